/** Django's salted HMAC: the key is derived from the secret and a name of the purpose (`django/utils/crypto.py`). */

import { concatBytes, utf8 } from "../internal/bytes.ts";
import { createHmac, createTextHmac, hash, type HashAlgorithm } from "./hmac.ts";

/**
 * `salted_hmac(key_salt, value, secret, algorithm=…).digest()` of Django. A text means its UTF-8.
 *
 * @param keySalt names the purpose, so that a signature for one is none for another
 * @param algorithm as in Django, SHA-1 where it is not given; djauth's formats name theirs
 * @throws {DjauthError} `invalid_algorithm` for MD5 where `node:crypto` is absent or lacks it
 *
 * @example The digest that Django computes
 * ```ts
 * import { saltedHmac } from "@djauth/djauth";
 *
 * const digest = saltedHmac("salt", "value", "secret", "sha256");
 * console.log(digest.length); // 32
 * ```
 */
export function saltedHmac(
  keySalt: Uint8Array | string,
  value: Uint8Array | string,
  secret: Uint8Array | string,
  algorithm: HashAlgorithm = "sha1",
): Uint8Array {
  return createSaltedHmac(keySalt, secret, algorithm)(value);
}

/** {@link saltedHmac} for many values: the key is derived once. */
export function createSaltedHmac(
  keySalt: Uint8Array | string,
  secret: Uint8Array | string,
  algorithm: HashAlgorithm = "sha1",
): (value: Uint8Array | string) => Uint8Array {
  return createHmac(algorithm, derivedKey(keySalt, secret, algorithm));
}

/** {@link createSaltedHmac}, as base64url without padding. */
export function createSaltedTextHmac(
  keySalt: Uint8Array | string,
  secret: Uint8Array | string,
  algorithm: HashAlgorithm,
): (value: Uint8Array | string) => string {
  return createTextHmac(algorithm, derivedKey(keySalt, secret, algorithm));
}

function derivedKey(
  keySalt: Uint8Array | string,
  secret: Uint8Array | string,
  algorithm: HashAlgorithm,
): Uint8Array {
  return hash(algorithm, concatBytes(toBytes(keySalt), toBytes(secret)));
}

function toBytes(value: Uint8Array | string): Uint8Array {
  return typeof value === "string" ? utf8(value) : value;
}
