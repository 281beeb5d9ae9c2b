/** Random strings from a given source, and the default source. */

import { generateRandomString } from "@oslojs/crypto/random";
import type { RandomBytes } from "../types.ts";
import { toHex } from "./bytes.ts";

/** `RANDOM_STRING_CHARS` of `django/utils/crypto.py`: letters and digits, for CSRF tokens and password salts. */
export const RANDOM_STRING_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** `VALID_KEY_CHARS` of `django/contrib/sessions/backends/base.py`, for session keys. */
export const SESSION_KEY_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The CSPRNG of the runtime, at most 65,536 bytes at a time. */
export const SYSTEM_RANDOM: RandomBytes = (length: number): Uint8Array =>
  crypto.getRandomValues(new Uint8Array(length));

/**
 * Returns a string of `length` characters, each equally likely. Mirrors `get_random_string`.
 *
 * @param alphabet at least two different ASCII characters
 */
export function randomString(length: number, alphabet: string, randomBytes: RandomBytes): string {
  // Uses rejection sampling: `byte % 62` would favour the first letters.
  return generateRandomString({ read: (bytes) => bytes.set(randomBytes(bytes.length)) }, alphabet, length);
}

/** Returns a version 4 UUID, in lower case with hyphens. Mirrors Python's `uuid.uuid4`. */
export function randomUuid(randomBytes: RandomBytes): string {
  return uuidHex(randomBytes(16)).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Formats 16 random bytes as the hex of a version 4 UUID. */
export function uuidHex(bytes: Uint8Array): string {
  const uuid = Uint8Array.from(bytes.subarray(0, 16));
  uuid[6] = (uuid[6]! & 0x0f) | 0x40;
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
  return toHex(uuid);
}
