/**
 * What every password hasher has in common: the interface, and Django's rules about salts. The algorithms
 * themselves stand in files of their own and are listed in `hashers.ts`.
 */

import { RANDOM_STRING_CHARS, randomString } from "../internal/random.ts";
import type { RandomBytes } from "../types.ts";

/** The parts of an encoded password under Django's names: `algorithm`, `hash`, `salt` and the work factors. */
export interface DecodedPassword {
  /** The name before the first `$`. */
  readonly algorithm: string;
  /** The hash as it is written. */
  readonly hash: string;
  /** The salt; `null` for algorithms that have none. */
  readonly salt: string | null;
  /** A work factor, such as `iterations`. */
  readonly [workFactor: string]: string | number | null;
}

/** One algorithm with its work factors. Mirrors `django.contrib.auth.hashers.BasePasswordHasher`. */
export interface Hasher {
  /** The name before the first `$` of what it encodes. */
  readonly algorithm: string;
  /** A new random salt. */
  salt(): string;
  /**
   * The encoded password.
   *
   * @throws {RangeError} when the salt is empty or holds a `$`
   */
  encode(password: Uint8Array, salt: string): Promise<string>;
  /** Whether the password is right; `false` for what this hasher cannot have written. */
  verify(password: Uint8Array, encoded: string): Promise<boolean>;
  /** The parts, or `null` for what this hasher cannot have written. */
  decode(encoded: string): DecodedPassword | null;
  /** Whether there is *less* work in the hash than configured, or the salt is too short; to Django, any other work counts. */
  isWeaker(encoded: string): boolean;
  /**
   * Does the work that is missing in `encoded`, or all of it for `null`, so that a refusal costs the same whatever is
   * stored: as much as the heaviest hash that was verified so far, and at least what is configured.
   */
  hardenRuntime(password: Uint8Array, encoded: string | null): Promise<void>;
}

/** The bits of randomness that every salt of Django's has at least. */
export const SALT_ENTROPY = 128;

const BITS_PER_CHARACTER = Math.log2(RANDOM_STRING_CHARS.length);

/** A salt with at least this many bits. Mirrors `BasePasswordHasher.salt`. */
export function newSalt(entropy: number, randomBytes: RandomBytes): string {
  return randomString(Math.ceil(entropy / BITS_PER_CHARACTER), RANDOM_STRING_CHARS, randomBytes);
}

/** Whether a salt has fewer bits than it should. Mirrors `must_update_salt`; Python counts code points. */
export function isSaltShort(salt: string, entropy: number): boolean {
  return [...salt].length * BITS_PER_CHARACTER < entropy;
}

/** A `$` in a salt would move the borders between the parts of the encoded password. */
export function requireSalt(salt: string): void {
  if (salt === "" || salt.includes("$")) {
    throw new RangeError('The salt of a password must be given and cannot contain "$"');
  }
}
