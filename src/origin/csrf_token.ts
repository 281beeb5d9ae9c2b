/**
 * CSRF secrets and the tokens derived from them, as `django.middleware.csrf` writes and reads them. csrf.ts decides
 * when a token is required.
 */

import { constantTimeEqual } from "../internal/bytes.ts";
import { RANDOM_STRING_CHARS, randomString } from "../internal/random.ts";
import type { RandomBytes } from "../types.ts";

const SECRET_LENGTH = 32;
const TOKEN_LENGTH = 2 * SECRET_LENGTH;
const ALPHABET = RANDOM_STRING_CHARS;
const ALLOWED = /^[a-zA-Z0-9]*$/;

/** Django's reasons to reject a malformed token. */
export type TokenFormatReason = "has incorrect length" | "has invalid characters";

/** Returns a new secret: 32 letters and digits. Mirrors `_get_new_csrf_string`. */
export function newCsrfSecret(randomBytes: RandomBytes): string {
  return randomString(SECRET_LENGTH, ALPHABET, randomBytes);
}

/**
 * Returns a token of 64 characters for a page: a new mask and the secret shifted by it, so that compression of the page
 * does not reveal the secret (BREACH). Mirrors `_mask_cipher_secret`.
 *
 * @throws {RangeError} if the secret is not 32 letters and digits
 */
export function maskSecret(secret: string, randomBytes: RandomBytes): string {
  if (secret.length !== SECRET_LENGTH || !ALLOWED.test(secret)) {
    throw new RangeError("The CSRF secret is malformed, expected 32 letters and digits");
  }
  const mask = newCsrfSecret(randomBytes);
  return mask + shift(secret, mask, 1);
}

/** Returns the secret in a token of 64 characters, or null if it is not one. Mirrors `_unmask_cipher_token`. */
export function unmaskToken(token: string): string | null {
  if (token.length !== TOKEN_LENGTH || !ALLOWED.test(token)) return null;
  return shift(token.slice(SECRET_LENGTH), token.slice(0, SECRET_LENGTH), -1);
}

/** Returns what is wrong with the format of a token or cookie, or null. Mirrors `_check_token_format`. */
export function tokenFormatFault(token: string): TokenFormatReason | null {
  const isAllowed = ALLOWED.test(token);
  const length = isAllowed || token.length > 2 * TOKEN_LENGTH ? token.length : [...token].length;
  if (length !== SECRET_LENGTH && length !== TOKEN_LENGTH) return "has incorrect length";
  return isAllowed ? null : "has invalid characters";
}

/** Returns the secret in a plain (32 characters) or masked (64) token, or null if it is neither. */
export function secretOf(token: string): string | null {
  if (tokenFormatFault(token) !== null) return null;
  return token.length === TOKEN_LENGTH ? unmaskToken(token) : token;
}

/** Returns whether a token and a secret, each masked or not, belong together. Mirrors `_does_token_match`. */
export function doesTokenMatch(token: string, secret: string): boolean {
  const sent = secretOf(token);
  const known = secretOf(secret);
  // In constant time: the secret must not be found character by character.
  return sent !== null && known !== null && constantTimeEqual(sent, known);
}

function shift(text: string, mask: string, direction: 1 | -1): string {
  let shifted = "";
  for (let i = 0; i < text.length; i++) {
    const place = ALPHABET.indexOf(text.charAt(i)) + direction * ALPHABET.indexOf(mask.charAt(i));
    shifted += ALPHABET.charAt((place + ALPHABET.length) % ALPHABET.length);
  }
  return shifted;
}
