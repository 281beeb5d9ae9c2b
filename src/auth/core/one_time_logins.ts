/**
 * Logins that are handed over once: a short signed string for the client, and a row of the session table that alone
 * holds the login. Tickets carry a login from a request to an upgrade, login claims from a socket to its page. They may
 * be bound to a browser; the binding is made where requests are known and is just a string here.
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

/** The login that is handed over, by its session or its token, and its user at the time of creation. */
export type OneTimeLogin = SessionLogin | TokenLogin;

interface LoginUser {
  /** The primary key as a string. */
  readonly userId: string;
}

interface SessionLogin extends LoginUser {
  /** Its session, which no script ever sees. */
  readonly sessionKey: string;
  readonly claims: null;
}

interface TokenLogin extends LoginUser {
  readonly sessionKey: null;
  /** The claims of its token. */
  readonly claims: TokenClaims;
}

/** Creates one-time logins, and redeems each once. */
export interface OneTimeLogins {
  /**
   * Creates a string that is valid for {@link ONE_TIME_AGE_SECONDS} seconds, and with this binding only.
   *
   * @param binding a hash of something that only the right client has; `null`: the string alone is enough
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  make(login: OneTimeLogin, binding?: string | null): Promise<string>;
  /**
   * Redeems a string; `null` if it is forged, too old or used. A string that was not created with one of these bindings
   * costs no query and is not used up: a client cannot spoil one that it cannot redeem.
   *
   * @param bindings those that the client matches; by default, none
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
   * Creates the store of sessions whose data are signed with this salt, which is not one of Django's: a client that
   * presents the key of such a row as a session key gets an empty session.
   */
  readonly sessionsWith: (salt: string) => Pick<SessionStore, "create" | "take">;
}

/** The time from the response with the string to the request that uses it. */
export const ONE_TIME_AGE_SECONDS = 30;

/** The id, the time in base62, and the signature. */
const SHAPE = /^[A-Za-z0-9]{32}:[A-Za-z0-9]{1,8}:[A-Za-z0-9_-]{43}$/;

/** Returns whether a string has this format: an application may use a field of that name for something else. */
export function isOneTimeShape(text: string): boolean {
  return SHAPE.test(text);
}

/**
 * Creates the tickets, or the login claims, of a site.
 *
 * @param name the kind, from which the salts are derived, so that one cannot be passed off as the other
 */
export function createOneTimeLogins(
  name: "login_claim" | "ticket",
  { keys, clock, randomBytes, sessionsWith }: OneTimeLoginsOptions,
): OneTimeLogins {
  const salt = `djauth.${name}`;
  const store = sessionsWith(`${salt}.data`);

  // As part of the salt, the binding is signed without being readable in the string. As a hash, it is never "row" or
  // "data".
  const signerOf = (key: string, binding: string | null) =>
    new TimestampSigner({ key, salt: binding === null ? salt : `${salt}.${binding}`, clock });

  /** Looks like one of Django's own keys; a client cannot derive it from the string without the site's secret key. */
  const rowKey = (key: string, id: string) =>
    toHex(saltedHmac(`${salt}.row`, id, key, "sha256")).slice(0, 32);

  /** Returns the row key of a string; `null` if it is forged, too old or bound differently. */
  function rowOf(text: string, bindings: readonly (string | null)[]): string | null {
    if (!isOneTimeShape(text)) return null;
    for (const key of [keys.current, ...keys.fallbacks]) {
      for (const binding of bindings) {
        const verified = signerOf(key, binding).verify(text, { maxAge: ONE_TIME_AGE_SECONDS });
        if (!("code" in verified)) return rowKey(key, verified.value);
      }
    }
    return null;
  }

  return {
    async make(login, binding = null) {
      const id = randomString(32, RANDOM_STRING_CHARS, randomBytes);
      // With an expiry, so that clearsessions deletes rows that are never used.
      const expireDate = new Date(clock.now() + ONE_TIME_AGE_SECONDS * 1000);
      if (!await store.create(rowKey(keys.current, id), { payload: payloadOf(login), expireDate })) {
        throw new SessionError("session_exists", `There is a ${name} with this id already`);
      }
      return signerOf(keys.current, binding).sign(id);
    },

    async take(text, bindings = [null]) {
      const row = rowOf(text, bindings);
      // Deleted as it is read: of two concurrent requests, on whatever node, only one gets it.
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

/** Returns the login of a row; `null` if the row lacks the user, or both session and token. */
function loginIn(payload: SessionPayload): OneTimeLogin | null {
  const textOf = (name: string) => {
    const value = payload.get(name);
    return typeof value === "string" ? value : null;
  };
  const [userId, sessionKey, text] = [textOf("user"), textOf("session"), textOf("claims")];
  if (userId === null) return null;
  if (sessionKey !== null) return { userId, sessionKey, claims: null };
  const claims = text === null ? null : TokenClaims.fromText(text);
  return claims === null ? null : { userId, sessionKey, claims };
}
