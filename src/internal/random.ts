/** Random text from a source that is passed in, and the source for whoever is not given another one. */

import { generateRandomString } from "@oslojs/crypto/random";
import type { RandomBytes } from "../types.ts";

/** `RANDOM_STRING_CHARS` of `django/utils/crypto.py`: letters and digits; CSRF tokens and salts of password hashes. */
export const RANDOM_STRING_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** `VALID_KEY_CHARS` of `django/contrib/sessions/backends/base.py`: session keys. */
export const SESSION_KEY_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The CSPRNG of the runtime, at most 65,536 bytes at a time. */
export const SYSTEM_RANDOM: RandomBytes = (length: number): Uint8Array =>
  crypto.getRandomValues(new Uint8Array(length));

/**
 * A text of `length` characters, each equally likely. Mirrors `get_random_string`.
 *
 * @param alphabet at least two different ASCII characters
 */
export function randomString(length: number, alphabet: string, random: RandomBytes): string {
  // Rejection sampling inside: `byte % 62` would favour the first letters.
  return generateRandomString({ read: (bytes) => bytes.set(random(bytes.length)) }, alphabet, length);
}
