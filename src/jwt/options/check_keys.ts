/** The keys among the options of `jwt`, checked by their shape. No key is ever quoted. */

import { ImproperlyConfigured } from "../../errors.ts";
import { fromBase64Url } from "../../internal/bytes.ts";
import { type AlgorithmEntry, MIN_RSA_BITS } from "./algorithms.ts";
import { isObject, requireSome, wrongKind } from "../../internal/option_checks.ts";
import type { JwtOptions } from "./options.ts";

/**
 * Refuses keys that cannot belong to the algorithm.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireKeyOptions<User>(options: JwtOptions<User>, algorithm: AlgorithmEntry): void {
  const { signingKey, verifyingKey, verifyingKeyFallbacks = [], jwkUrl = null, jwks } = options;
  for (const [name, key] of Object.entries({ signingKey, verifyingKey })) {
    if (key !== undefined && typeof key !== "string") {
      const kind = key === null ? "null" : typeof key === "object" ? "an object" : `a ${typeof key}`;
      throw new ImproperlyConfigured(`jwt.${name} is ${kind}, expected a text`);
    }
  }
  const areTexts = Array.isArray(verifyingKeyFallbacks) &&
    verifyingKeyFallbacks.every((key) => typeof key === "string" && key !== "");
  if (!areTexts) {
    throw new ImproperlyConfigured(
      "jwt.verifyingKeyFallbacks is no list of keys, expected texts that are not empty",
    );
  }
  if (
    jwkUrl !== null && (typeof jwkUrl !== "string" || !/^https?:\/\//.test(jwkUrl) || !URL.canParse(jwkUrl))
  ) {
    throw wrongAddress(jwkUrl);
  }
  if (jwks !== undefined) checkKeySet(jwks);
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

/** Of an address only the scheme is said: it may hold a password. */
function wrongAddress(jwkUrl: unknown): ImproperlyConfigured {
  const [scheme] = /^[a-z][a-z0-9+.-]{0,30}:/i.exec(String(jwkUrl)) ?? [];
  const expected = "one such as https://example.com/jwks.json";
  if (scheme === undefined) return wrongKind("jwt.jwkUrl", jwkUrl, expected);
  return new ImproperlyConfigured(
    `jwt.jwkUrl is an address that begins with "${scheme}", expected ${expected}`,
  );
}

/**
 * Refuses what is not a secret for HMAC. A public key must never be one: everyone has it, and could sign.
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

/** Each key is found by its `kid`, and is public: what verifies must not be able to sign. */
function checkKeySet(jwks: unknown): void {
  if (!isObject(jwks)) throw wrongKind("jwt.jwks", jwks, "an object");
  const { keys } = jwks;
  requireSome("jwt.jwks.keys", keys, "public key");
  if (!Array.isArray(keys)) throw wrongKind("jwt.jwks.keys", keys, "a list of keys");
  for (const key of keys as unknown[]) {
    if (!isObject(key)) throw wrongKind("an item of jwt.jwks.keys", key, "an object");
    if (typeof key.kid !== "string") {
      throw new ImproperlyConfigured("jwt.jwks has a key without kid, by which tokens name their key");
    }
    if (typeof key.kty !== "string" || key.kty === "oct" || "d" in key) {
      throw new ImproperlyConfigured("jwt.jwks has a key that is secret or has no kty, expected public keys");
    }
  }
}

/** Refused here and not with the tokens: whoever sends one that names a short key would have the server fail. */
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

/** The length of a number as a JWK has it; 0 for what is none. */
function bitsOf(number: unknown): number {
  const bytes = typeof number === "string" ? fromBase64Url(number) : null;
  const first = bytes?.findIndex((byte) => byte !== 0) ?? -1;
  return first === -1 ? 0 : bytes!.subarray(first).length * 8 - Math.clz32(bytes![first]!) + 24;
}
