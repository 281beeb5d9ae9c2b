/**
 * The claims that bring a login from a socket to its page: a socket cannot set a cookie, so the page gets it with one
 * request. What ties a claim to a browser is decided where requests are known; here it is a text, the binding.
 */

import { saltedHmac } from "../../crypto/salted_hmac.ts";
import { TimestampSigner } from "../../crypto/timestamp_signer.ts";
import { SessionError } from "../../errors.ts";
import { toHex } from "../../internal/bytes.ts";
import { pythonStringText } from "../../internal/python/repr.ts";
import { RANDOM_STRING_CHARS, randomString } from "../../internal/random.ts";
import { SessionPayload } from "../../session/payload.ts";
import { hasExpired, type SessionStore } from "../../session/store.ts";
import type { Clock, RandomBytes, SecretKeys } from "../../types.ts";

/** The login that a claim stands for. */
export interface ClaimedLogin {
  /** Its session, which no script ever sees. */
  readonly sessionKey: string;
  /** Whose it is, as text. */
  readonly userId: string;
}

/** Makes claims, and gives what they stand for, once. */
export interface LoginClaims {
  /**
   * A claim that is good for {@link CLAIM_AGE} seconds, and with this binding only.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  make(login: ClaimedLogin, binding: string): Promise<string>;
  /**
   * What a claim stands for, or `null`. A claim that was not made with one of these bindings costs no query and is not
   * used up: nobody can spoil one that he cannot redeem.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  take(claim: string, bindings: readonly string[]): Promise<ClaimedLogin | null>;
}

/** What {@link createLoginClaims} stands on. */
export interface LoginClaimsOptions {
  readonly keys: SecretKeys;
  /** Sessions with {@link CLAIM_DATA_SALT}: whoever presents a row of ours as a session finds an empty one. */
  readonly store: Pick<SessionStore, "create" | "take">;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Seconds: as long as one request of a page may take. */
export const CLAIM_AGE = 30;

/** The key salt of the rows' data. */
export const CLAIM_DATA_SALT = "djauth.login_claim.data";
const ROW_SALT = "djauth.login_claim.row";
const SALT = "djauth.login_claim";

/** An id, the time in base62, and the signature. */
const SHAPE = /^[A-Za-z0-9]{32}:[A-Za-z0-9]{1,8}:[A-Za-z0-9_-]{43}$/;

/** Makes the claims of a site. */
export function createLoginClaims({ keys, store, clock, random }: LoginClaimsOptions): LoginClaims {
  // The binding goes into the salt: it is signed along, and stands in no claim for anybody to read.
  const signerOf = (key: string, binding: string) =>
    new TimestampSigner({ key, salt: `${SALT}.${binding}`, clock });

  /** The key of the row of the claim with this id, or `null` for a claim that is forged, too old or bound otherwise. */
  function rowOf(claim: string, bindings: readonly string[]): string | null {
    if (!SHAPE.test(claim)) return null;
    for (const key of [keys.current, ...keys.fallbacks]) {
      for (const binding of bindings) {
        const verified = signerOf(key, binding).verify(claim, { maxAge: CLAIM_AGE });
        if (!("code" in verified)) return rowKey(key, verified.value);
      }
    }
    return null;
  }

  return {
    async make({ sessionKey, userId }, binding) {
      const id = randomString(32, RANDOM_STRING_CHARS, random);
      const payload = SessionPayload.fromEntries([
        ["session", pythonStringText(sessionKey)],
        ["user", pythonStringText(userId)],
      ]);
      // Short as its life is, clearsessions tidies up what nobody redeems.
      const expireDate = new Date(clock.now() + CLAIM_AGE * 1000);
      if (!await store.create(rowKey(keys.current, id), { payload, expireDate })) {
        throw new SessionError("session_exists", "There is a claim with this id already");
      }
      return signerOf(keys.current, binding).sign(id);
    },

    async take(claim, bindings) {
      const row = rowOf(claim, bindings);
      // Deleted as it is read: of two who redeem it at once, on whatever node, one gets it.
      const stored = row === null ? null : await store.take(row);
      if (stored === null || hasExpired(stored, clock)) return null;
      const [sessionKey, userId] = [stored.payload.get("session"), stored.payload.get("user")];
      return typeof sessionKey === "string" && typeof userId === "string" ? { sessionKey, userId } : null;
    },
  };
}

/** Looks like Django's own keys; who has the claim cannot find it without the site's key. */
function rowKey(key: string, id: string): string {
  return toHex(saltedHmac(ROW_SALT, id, key, "sha256")).slice(0, 32);
}
