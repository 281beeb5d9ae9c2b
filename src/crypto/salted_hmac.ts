/** Django's salted HMAC: the key is derived from the secret and the name of a purpose (`django/utils/crypto.py`). */

import { concatBytes, utf8 } from "../internal/bytes.ts";
import { createHmac, createTextHmac, hash, type HashAlgorithm } from "./hmac.ts";

/**
 * Computes an HMAC as Django's `salted_hmac(key_salt, value, secret, algorithm=…).digest()`. A string means its UTF-8.
 *
 * @param keySalt names the purpose, so that a signature for one is not valid for another
 * @param value what is authenticated
 * @param secret such as `SECRET_KEY`
 * @param algorithm `"sha1"` if not given, as in Django; djauth's own formats name theirs
 * @returns the raw digest
 * @throws {DjauthError} `invalid_algorithm` for MD5 if `node:crypto` is absent or lacks it
 *
 * @example Compute the same digest as Django
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

/** Creates {@link saltedHmac} for many values: the key is derived once. */
export function createSaltedHmac(
  keySalt: Uint8Array | string,
  secret: Uint8Array | string,
  algorithm: HashAlgorithm = "sha1",
): (value: Uint8Array | string) => Uint8Array {
  return createHmac(algorithm, derivedKey(keySalt, secret, algorithm));
}

/** Creates {@link createSaltedHmac} with base64url output, without padding. */
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
