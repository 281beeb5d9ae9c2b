/** Random text from a source that is passed in, and the source where no other is given. */

import { generateRandomString } from "@oslojs/crypto/random";
import type { RandomBytes } from "../types.ts";
import { toHex } from "./bytes.ts";

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
export function randomString(length: number, alphabet: string, randomBytes: RandomBytes): string {
  // Rejection sampling inside: `byte % 62` would favour the first letters.
  return generateRandomString({ read: (bytes) => bytes.set(randomBytes(bytes.length)) }, alphabet, length);
}

/** A UUID of version 4, in lower case with hyphens. Mirrors Python's `uuid.uuid4`. */
export function randomUuid(randomBytes: RandomBytes): string {
  return uuidHex(randomBytes(16)).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** 16 bytes as the hex of a UUID of version 4. */
export function uuidHex(bytes: Uint8Array): string {
  const uuid = Uint8Array.from(bytes.subarray(0, 16));
  uuid[6] = (uuid[6]! & 0x0f) | 0x40;
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
  return toHex(uuid);
}
