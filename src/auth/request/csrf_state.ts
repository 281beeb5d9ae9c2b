/** The CSRF secret of one request: `django.middleware.csrf`'s get_token, rotate_token and the cookie they set. */

import type { SetCookie } from "../../internal/cookies.ts";
import { readCsrfSecret } from "../../origin/csrf.ts";
import { maskSecret, newCsrfSecret } from "../../origin/csrf_token.ts";
import { CSRF_SESSION_KEY } from "../../session/auth_keys.ts";
import type { Session } from "../../session/session.ts";
import type { Clock, RandomBytes } from "../../types.ts";
import type { Settings } from "../options/settings.ts";

/** What the state needs from its request. */
export interface CsrfStateSources {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** The value of a request's cookie. */
  cookie(name: string): string | undefined;
  /** The request's session, where `csrf.useSessions` keeps the secret. */
  session(): Promise<Session>;
}

/** The CSRF secret of one request. */
export class CsrfState {
  readonly #sources: CsrfStateSources;
  #secret: Promise<string> | null = null;
  #isAsked = false;
  #isRotated = false;

  /** Nothing is read before it is needed. */
  constructor(sources: CsrfStateSources) {
    this.#sources = sources;
  }

  /** A fresh mask of the secret, for a form or a script; makes the secret when there is none, and sends the cookie. */
  async token(): Promise<string> {
    // The promise is kept and not its value: two who ask at once must not be given two secrets.
    const secret = await (this.#secret ??= this.#receivedOrNew());
    this.#isAsked = true;
    return maskSecret(secret, this.#sources.randomBytes);
  }

  /** A new secret, as at every login: a token from before the login is worth nothing afterwards. */
  rotate(): void {
    this.#secret = Promise.resolve(newCsrfSecret(this.#sources.randomBytes));
    this.#isRotated = true;
  }

  /**
   * The cookie to be sent, or `null`; where the session keeps the secret, it is put there instead.
   *
   * @param hasFailed whether the request failed, so that its login is not kept: then the page's tokens stay good as well
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

  /** The secret that came with the request; a malformed one counts as none, and a new one takes its place. */
  async #received(): Promise<string | null> {
    const { origin } = this.#sources.settings;
    const sessionToken = origin.useSessions ? await csrfSecretIn(this.#sources.session()) : null;
    return readCsrfSecret({ cookie: (name) => this.#sources.cookie(name), sessionToken }, origin);
  }
}

/** The secret in the session, where `csrf.useSessions` keeps it. */
export async function csrfSecretIn(session: Promise<Session>): Promise<string | null> {
  const secret = (await session).get(CSRF_SESSION_KEY);
  return typeof secret === "string" ? secret : null;
}
