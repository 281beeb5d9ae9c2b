/**
 * The interface of all password hashers, and Django's rules about salts. The algorithms have files of their own and are
 * listed in `hashers.ts`.
 */

import { RANDOM_STRING_CHARS, randomString } from "../internal/random.ts";
import type { RandomBytes } from "../types.ts";

/** The parts of an encoded password under Django's names: `algorithm`, `hash`, `salt` and the work factors. */
export interface DecodedPassword {
  /** The name before the first `$`. */
  readonly algorithm: string;
  /** The hash as it was encoded. */
  readonly hash: string;
  /** The salt; `null` for algorithms without one. */
  readonly salt: string | null;
  /** A work factor, such as `iterations`. */
  readonly [workFactor: string]: string | number | null;
}

/** One algorithm with its work factors. Mirrors `django.contrib.auth.hashers.BasePasswordHasher`. */
export interface Hasher {
  /** The name before the first `$` of its encoded passwords. */
  readonly algorithm: string;
  /** Returns a new random salt. */
  salt(): string;
  /**
   * Hashes and encodes a password.
   *
   * @throws {RangeError} if the salt is empty or contains a `$`
   */
  encode(password: Uint8Array, salt: string): Promise<string>;
  /** Verifies a password; `false` as well if this hasher cannot have written `encoded`. */
  verify(password: Uint8Array, encoded: string): Promise<boolean>;
  /** Returns the parts of an encoded password, or `null` if this hasher cannot have written it. */
  decode(encoded: string): DecodedPassword | null;
  /**
   * Returns whether the hash has *less* work than configured, or a short salt; for Django, any other work factor
   * counts.
   */
  isWeaker(encoded: string): boolean;
  /**
   * Does the work that `encoded` lacks, or all of it for `null`, so that a refusal costs the same whatever is stored:
   * as much as the most expensive hash verified so far, and at least the configured work.
   */
  hardenRuntime(password: Uint8Array, encoded: string | null): Promise<void>;
}

/** The minimum randomness of Django's salts. */
export const SALT_ENTROPY_BITS = 128;

const BITS_PER_CHARACTER = Math.log2(RANDOM_STRING_CHARS.length);

/** Returns a new salt with at least this many bits. Mirrors `BasePasswordHasher.salt`. */
export function newSalt(entropy: number, randomBytes: RandomBytes): string {
  return randomString(Math.ceil(entropy / BITS_PER_CHARACTER), RANDOM_STRING_CHARS, randomBytes);
}

/** Returns whether a salt has fewer bits than this. Mirrors `must_update_salt`; Python counts code points. */
export function isSaltShort(salt: string, entropy: number): boolean {
  return [...salt].length * BITS_PER_CHARACTER < entropy;
}

/** Rejects an empty salt, and `$`, which would shift the boundaries between the parts of the encoded password. */
export function requireSalt(salt: string): void {
  if (salt === "" || salt.includes("$")) {
    throw new RangeError('The salt is empty or contains "$", expected a non-empty string without it');
  }
}
