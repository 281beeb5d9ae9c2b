/**
 * Logins that are handed on once: a short signed text in the open, and what it stands for in a row of the session table and
 * nowhere else. Tickets bring a login from a request to an upgrade, login claims from a socket to its page. What ties one
 * to a browser is decided where requests are known; here it is a text, the binding.
 */

import { saltedHmac } from "../../crypto/salted_hmac.ts";
import { TimestampSigner } from "../../crypto/timestamp_signer.ts";
import { SessionError } from "../../errors.ts";
import { toHex } from "../../internal/bytes.ts";
import { pythonStringText } from "../../internal/python/repr.ts";
import { RANDOM_STRING_CHARS, randomString } from "../../internal/random.ts";
import { TokenClaims } from "../../jwt/claims/claims.ts";
import { SessionPayload } from "../../session/payload.ts";
import { hasExpired, type SessionStore } from "../../session/store.ts";
import type { Clock, RandomBytes, SecretKeys } from "../../types.ts";

/** The login that a text stands for, and whose it was when the text was made. */
export interface OneTimeLogin {
  /** The primary key as text. */
  readonly userId: string;
  /** Its session, which no script ever sees; `null` where it rests on a token. */
  readonly sessionKey: string | null;
  /** The claims of its token; `null` where it rests on a session. */
  readonly claims: TokenClaims | null;
}

/** Makes the texts, and gives what they stand for, once. */
export interface OneTimeLogins {
  /**
   * A text that is good for {@link ONE_TIME_AGE} seconds, and with this binding only.
   *
   * @param binding what only the right client has, hashed; `null`: the text alone is enough
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  make(login: OneTimeLogin, binding?: string | null): Promise<string>;
  /**
   * What a text stands for; `null` for one that is forged, too old or used. A text that was not made with one of these
   * bindings costs no query and is not used up: a client cannot spoil one that it cannot redeem.
   *
   * @param bindings those that the client fits; none if not given
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  take(text: string, bindings?: readonly (string | null)[]): Promise<OneTimeLogin | null>;
}

/** The dependencies of {@link createOneTimeLogins}. */
export interface OneTimeLoginsOptions {
  readonly keys: SecretKeys;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /**
   * Makes the sessions whose data are signed with this salt. It is none of Django's: a client that presents the key of
   * such a row as its session finds an empty one.
   */
  readonly sessionsWith: (salt: string) => Pick<SessionStore, "create" | "take">;
}

/** Seconds: from the answer that brings the text to the request that uses it. */
export const ONE_TIME_AGE = 30;

/** An id, the time in base62, and the signature. */
const SHAPE = /^[A-Za-z0-9]{32}:[A-Za-z0-9]{1,8}:[A-Za-z0-9_-]{43}$/;

/** Whether a text can be one of these: an application may have a field of that name for something else. */
export function isOneTimeShape(text: string): boolean {
  return SHAPE.test(text);
}

/**
 * Makes the tickets, or the login claims, of a site.
 *
 * @param name which of them: the salts hang on it, so that none can be passed off as the other
 */
export function createOneTimeLogins(
  name: "login_claim" | "ticket",
  { keys, clock, randomBytes, sessionsWith }: OneTimeLoginsOptions,
): OneTimeLogins {
  const salt = `djauth.${name}`;
  const store = sessionsWith(`${salt}.data`);

  // In the salt, a binding is signed along and stands in no text for anybody to read. As a hash, it is never "row" or "data".
  const signerOf = (key: string, binding: string | null) =>
    new TimestampSigner({ key, salt: binding === null ? salt : `${salt}.${binding}`, clock });

  /** Looks like Django's own keys; a client that has the text cannot find the row without the site's key. */
  const rowKey = (key: string, id: string) =>
    toHex(saltedHmac(`${salt}.row`, id, key, "sha256")).slice(0, 32);

  /** The key of a text's row; `null` for a text that is forged, too old or bound otherwise. */
  function rowOf(text: string, bindings: readonly (string | null)[]): string | null {
    if (!isOneTimeShape(text)) return null;
    for (const key of [keys.current, ...keys.fallbacks]) {
      for (const binding of bindings) {
        const verified = signerOf(key, binding).verify(text, { maxAge: ONE_TIME_AGE });
        if (!("code" in verified)) return rowKey(key, verified.value);
      }
    }
    return null;
  }

  return {
    async make(login, binding = null) {
      const id = randomString(32, RANDOM_STRING_CHARS, randomBytes);
      // Short as its life is, clearsessions tidies up what is never used.
      const expireDate = new Date(clock.now() + ONE_TIME_AGE * 1000);
      if (!await store.create(rowKey(keys.current, id), { payload: payloadOf(login), expireDate })) {
        throw new SessionError("session_exists", `There is a ${name} with this id already`);
      }
      return signerOf(keys.current, binding).sign(id);
    },

    async take(text, bindings = [null]) {
      const row = rowOf(text, bindings);
      // Deleted as it is read: of two requests that use it at once, on whatever node, one gets it.
      const stored = row === null ? null : await store.take(row);
      return stored === null || hasExpired(stored, clock) ? null : loginIn(stored.payload);
    },
  };
}

function payloadOf({ userId, sessionKey, claims }: OneTimeLogin): SessionPayload {
  const entries = [["user", userId], ["session", sessionKey], ["claims", claims?.text ?? null]] as const;
  return SessionPayload.fromEntries(
    entries.flatMap(([name, text]) => text === null ? [] : [[name, pythonStringText(text)]]),
  );
}

/** The login of a row; `null` for a row that says of no user what the login rests on. */
function loginIn(payload: SessionPayload): OneTimeLogin | null {
  const textOf = (name: string) => {
    const value = payload.get(name);
    return typeof value === "string" ? value : null;
  };
  const [userId, sessionKey, text] = [textOf("user"), textOf("session"), textOf("claims")];
  const claims = text === null ? null : TokenClaims.fromText(text);
  return userId === null || (sessionKey === null && claims === null) ? null : { userId, sessionKey, claims };
}
