/** A set of public keys (JWKS), searched by `kid` through `jose`. `src/stores/remote_key_set.ts` fetches sets. */

import { createLocalJWKSet, type CryptoKey, errors, type JSONWebKeySet } from "jose";
import { ImproperlyConfigured } from "../../errors.ts";
import { type JwtAlgorithm, MIN_RSA_BITS } from "../options/algorithms.ts";

/** Finds the usable keys with a name; none if it is unknown. */
export type FindKeys = (kid: string) => Promise<readonly CryptoKey[]>;

/** Keys by name. */
export interface KeySet {
  /**
   * Finds the keys with this name that can be used with the algorithm; none if it is unknown.
   *
   * @throws {KeysUnavailable} `keys_unavailable` if they must be fetched and cannot be
   */
  find(kid: string): Promise<readonly CryptoKey[]>;
  /**
   * Identifies the current keys: a number that grows with every change, or `null` while they are out of date, so that
   * earlier verifications must not be trusted.
   */
  generation(): number | null;
}

/**
 * Creates the search in a document of keys.
 *
 * @throws {Error} of `jose`, for a document that is not a JSON Web Key Set
 */
export function keysIn(document: unknown, alg: JwtAlgorithm): FindKeys {
  const find = createLocalJWKSet(document as JSONWebKeySet);
  return async (kid) => {
    try {
      return [await find({ alg, kid })].filter(isLongEnough);
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return (await allOf(error)).filter(isLongEnough);
      // An unusable key counts as unknown: clients choose the name, and must not make the server fail by it.
      return [];
    }
  };
}

/**
 * Creates the key set of `jwks`.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a value that is not a JSON Web Key Set
 */
export function localKeySet(jwks: unknown, alg: JwtAlgorithm): KeySet {
  try {
    return { find: keysIn(jwks, alg), generation: () => 0 };
  } catch (cause) {
    throw new ImproperlyConfigured("jwt.jwks cannot be used, expected a JSON Web Key Set", { cause });
  }
}

async function allOf(keys: AsyncIterable<CryptoKey>): Promise<CryptoKey[]> {
  const all: CryptoKey[] = [];
  for await (const key of keys) all.push(key);
  return all;
}

/** Returns whether `jose` accepts the key; with a shorter one, it would throw for every token. */
function isLongEnough({ algorithm }: CryptoKey): boolean {
  const { modulusLength } = algorithm as { readonly modulusLength?: number };
  return modulusLength === undefined || modulusLength >= MIN_RSA_BITS;
}
