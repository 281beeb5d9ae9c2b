/** The CSRF secret of one request: get_token and rotate_token of `django.middleware.csrf`, and the cookie they set. */

import type { SetCookie } from "../../internal/cookies.ts";
import { readCsrfSecret } from "../../origin/csrf.ts";
import { maskSecret, newCsrfSecret } from "../../origin/csrf_token.ts";
import { CSRF_SESSION_KEY } from "../../session/auth_keys.ts";
import type { Session } from "../../session/session.ts";
import type { Clock, RandomBytes } from "../../types.ts";
import type { Settings } from "../options/settings.ts";

/** What a {@link CsrfState} needs from its request. */
export interface CsrfStateSources {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** Returns the value of a cookie of the request. */
  cookie(name: string): string | undefined;
  /** Returns the request's session, for `csrf.useSessions`. */
  session(): Promise<Session>;
}

/** The CSRF secret of one request. */
export class CsrfState {
  readonly #sources: CsrfStateSources;
  #secret: Promise<string> | null = null;
  #isAsked = false;
  #isRotated = false;

  /** Creates the state; nothing is read before it is needed. */
  constructor(sources: CsrfStateSources) {
    this.#sources = sources;
  }

  /** Returns the freshly masked secret, for a form or a script; creates it if there is none, and sends the cookie. */
  async token(): Promise<string> {
    // The promise is kept rather than its value: two concurrent callers must not get two secrets.
    const secret = await (this.#secret ??= this.#receivedOrNew());
    this.#isAsked = true;
    return maskSecret(secret, this.#sources.randomBytes);
  }

  /** Creates a new secret, as at every login: tokens from before the login become invalid. */
  rotate(): void {
    this.#secret = Promise.resolve(newCsrfSecret(this.#sources.randomBytes));
    this.#isRotated = true;
  }

  /**
   * Returns the cookie to send, or `null`; with `csrf.useSessions`, stores the secret in the session instead.
   *
   * @param hasFailed whether the request failed, so that its login is discarded: then the page's tokens remain valid as
   * well
   */
  async cookie(hasFailed: boolean): Promise<SetCookie | null> {
    const isChanged = this.#isAsked || this.#isRotated && !hasFailed;
    if (!isChanged || this.#secret === null) return null;
    const { settings } = this.#sources;
    const value = await this.#secret;
    if (settings.origin.useSessions) {
      const session = await this.#sources.session();
      if (session.get(CSRF_SESSION_KEY) !== value) session.set(CSRF_SESSION_KEY, value);
      return null;
    }
    const maxAge = settings.csrfCookieAge;
    const expires = maxAge === null ? null : new Date(this.#sources.clock.now() + maxAge * 1000);
    return { ...settings.csrfCookie, value, maxAge, expires };
  }

  async #receivedOrNew(): Promise<string> {
    try {
      return await this.#received() ?? newCsrfSecret(this.#sources.randomBytes);
    } catch (error) {
      this.#secret = null;
      throw error;
    }
  }

  /** Returns the secret of the request; a malformed one counts as none and is replaced by a new one. */
  async #received(): Promise<string | null> {
    const { origin } = this.#sources.settings;
    const sessionToken = origin.useSessions ? await csrfSecretIn(this.#sources.session()) : null;
    return readCsrfSecret({ cookie: (name) => this.#sources.cookie(name), sessionToken }, origin);
  }
}

/** Returns the secret in the session, for `csrf.useSessions`. */
export async function csrfSecretIn(session: Promise<Session>): Promise<string | null> {
  const secret = (await session).get(CSRF_SESSION_KEY);
  return typeof secret === "string" ? secret : null;
}
