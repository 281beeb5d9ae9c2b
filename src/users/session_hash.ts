/**
 * The hash in a session that ties it to the password: changing the password ends every session. The encoded password is
 * an opaque string here.
 */

import { createSaltedHmac } from "../crypto/salted_hmac.ts";
import { constantTimeEqual, toHex } from "../internal/bytes.ts";
import { createTextMemo } from "../internal/text_memo.ts";
import type { SecretKeys } from "../types.ts";

/** The options of {@link createSessionHash}. */
export interface SessionHashOptions {
  /** Django's `SECRET_KEY` and `SECRET_KEY_FALLBACKS`. */
  keys: SecretKeys;
  /** Whether the SHA-1 form of Django 3.0 and older is accepted as well; `false` if not given. */
  legacy?: boolean;
}

/** The result of verifying a session's hash: made with the current key, with an older one, or not for this password. */
export type SessionHashState = "current" | "fallback" | "invalid";

/** Makes and verifies session hashes. */
export interface SessionHash {
  /** Returns the hash for a session of a user with this encoded password, in hex. */
  make(password: string): string;
  /** Verifies a hash from a session against this encoded password; anything but a string is `"invalid"`. */
  verify(password: string, hash: unknown): SessionHashState;
}

const KEY_SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";

/**
 * Creates the session hashes of a set of keys.
 *
 * Mirrors `AbstractBaseUser.get_session_auth_hash` and the verification in `django.contrib.auth.get_user`.
 */
export function createSessionHash(options: SessionHashOptions): SessionHash {
  const { keys, legacy = false } = options;
  const [current, ...fallbacks] = [keys.current, ...keys.fallbacks].map((key) => formsOf(key, legacy));
  // A hash is a pure function of the key and the password column, and every request of a user needs the same one. The
  // encoded passwords may stay in memory as cache keys: every look-up of a user loads them anyway, and the signing key,
  // which is worth more, is there as well. They are never printed, stored or returned from here.
  const known = createTextMemo<string>();

  function make(password: string): string {
    const kept = known.get(password);
    if (kept !== undefined) return kept;
    const hash = current![0]!(password);
    known.offer(password, () => hash);
    return hash;
  }

  function verify(password: string, hash: unknown): SessionHashState {
    if (typeof hash !== "string") return "invalid";
    if (constantTimeEqual(hash, make(password))) return "current";
    const matches = (form: HashForm) => constantTimeEqual(hash, form(password));
    if (current!.slice(1).some(matches)) return "current";
    return fallbacks.flat().some(matches) ? "fallback" : "invalid";
  }

  return { make, verify };
}

type HashForm = (password: string) => string;

/** Returns the forms of the hash under one key, the current one first. */
function formsOf(key: string, legacy: boolean): HashForm[] {
  return (legacy ? ["sha256", "sha1"] as const : ["sha256"] as const).map((algorithm) => {
    const hmac = createSaltedHmac(KEY_SALT, key, algorithm);
    return (password) => toHex(hmac(password));
  });
}
