/** Checks the shape of the keys among the options of `jwt`. Keys are never quoted. */

import { ImproperlyConfigured } from "../../errors.ts";
import { fromBase64Url } from "../../internal/bytes.ts";
import { type AlgorithmEntry, MIN_RSA_BITS } from "./algorithms.ts";
import { isObject, requireSome, wrongKind } from "../../internal/option_checks.ts";
import type { JwtOptions } from "./options.ts";

/**
 * Refuses keys that cannot be used with the algorithm.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireKeyOptions<User>(options: JwtOptions<User>, algorithm: AlgorithmEntry): void {
  const { signingKey, verifyingKey, verifyingKeyFallbacks = [], jwkUrl = null, jwks } = options;
  for (const [name, key] of Object.entries({ signingKey, verifyingKey })) {
    if (key !== undefined && typeof key !== "string") {
      const kind = key === null ? "null" : typeof key === "object" ? "an object" : `a ${typeof key}`;
      throw new ImproperlyConfigured(`jwt.${name} is ${kind}, expected a string`);
    }
  }
  const areKeys = Array.isArray(verifyingKeyFallbacks) &&
    verifyingKeyFallbacks.every((key) => typeof key === "string" && key !== "");
  if (!areKeys) {
    throw new ImproperlyConfigured(
      "jwt.verifyingKeyFallbacks is not a list of keys, expected non-empty strings",
    );
  }
  if (
    jwkUrl !== null && (typeof jwkUrl !== "string" || !/^https?:\/\//.test(jwkUrl) || !URL.canParse(jwkUrl))
  ) {
    throw wrongAddress(jwkUrl);
  }
  if (jwks !== undefined) requireKeySet(jwks);
  if (algorithm.hash !== null) {
    if (signingKey !== undefined) requireSecret("signingKey", algorithm, signingKey);
    for (const key of verifyingKeyFallbacks) requireSecret("verifyingKeyFallbacks", algorithm, key);
    return;
  }
  if (jwkUrl !== null && jwks !== undefined) {
    throw new ImproperlyConfigured("jwt.jwkUrl and jwt.jwks are both given, expected one of them");
  }
  if (!verifyingKey && jwkUrl === null && jwks === undefined) {
    throw new ImproperlyConfigured(
      `jwt.verifyingKey is missing, expected a public key as PEM for ${algorithm.name}, or jwkUrl or jwks`,
    );
  }
  if (jwks !== undefined && algorithm.keyType === "rsa") requireLongKeys(jwks.keys, algorithm);
}

/** Returns the error for an address. It names only the scheme: a URL may contain a password. */
function wrongAddress(jwkUrl: unknown): ImproperlyConfigured {
  const [scheme] = /^[a-z][a-z0-9+.-]{0,30}:/i.exec(String(jwkUrl)) ?? [];
  const expected = "one such as https://example.com/jwks.json";
  if (scheme === undefined) return wrongKind("jwt.jwkUrl", jwkUrl, expected);
  return new ImproperlyConfigured(
    `jwt.jwkUrl is a string that begins with "${scheme}", expected ${expected}`,
  );
}

/**
 * Refuses anything but a secret for HMAC. A public key must never be one: everybody who has it could sign.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireSecret(option: string, algorithm: AlgorithmEntry, key: string): void {
  const isKeyPair = key.includes("-----BEGIN") || /^(?:ssh-|ecdsa-sha2-)/.test(key) ||
    /^\s*[[{][^]*"kty"/.test(key);
  if (key !== "" && !isKeyPair) return;
  throw new ImproperlyConfigured(
    `jwt.${option} is ${
      key === "" ? "empty" : "an asymmetric key or a JWK"
    }, expected a secret for ${algorithm.name}`,
  );
}

/** Requires public keys with a `kid`: tokens name their key by it, and keys that verify must not be able to sign. */
function requireKeySet(jwks: unknown): void {
  if (!isObject(jwks)) throw wrongKind("jwt.jwks", jwks, "an object");
  const { keys } = jwks;
  requireSome("jwt.jwks.keys", keys, "public key");
  if (!Array.isArray(keys)) throw wrongKind("jwt.jwks.keys", keys, "a list of keys");
  for (const key of keys as unknown[]) {
    if (!isObject(key)) throw wrongKind("an item of jwt.jwks.keys", key, "an object");
    if (typeof key.kid !== "string") {
      throw new ImproperlyConfigured(
        "jwt.jwks has a key without kid, expected one for each key, by which tokens name it",
      );
    }
    if (typeof key.kty !== "string" || key.kty === "oct" || "d" in key) {
      throw new ImproperlyConfigured("jwt.jwks has a key that is secret or has no kty, expected public keys");
    }
  }
}

/** Refuses short keys at startup: otherwise, any client could make the server fail with a token that names one. */
function requireLongKeys(keys: readonly Readonly<Record<string, unknown>>[], { name }: AlgorithmEntry): void {
  for (const { kty, kid, n } of keys) {
    const bits = kty === "RSA" ? bitsOf(n) : Infinity;
    if (bits >= MIN_RSA_BITS) continue;
    throw new ImproperlyConfigured(
      `jwt.jwks has the RSA key ${
        JSON.stringify(kid)
      } with ${bits} bits, expected at least ${MIN_RSA_BITS} for ${name}`,
    );
  }
}

/** Returns the bit length of a number in a JWK; 0 for any other value. */
function bitsOf(number: unknown): number {
  const bytes = typeof number === "string" ? fromBase64Url(number) : null;
  const first = bytes?.findIndex((byte) => byte !== 0) ?? -1;
  return first === -1 ? 0 : bytes!.subarray(first).length * 8 - Math.clz32(bytes![first]!) + 24;
}
