/** Public keys as a set (JWKS), searched by `kid` through `jose`. A set that has to be fetched is in `src/stores/`. */

import { createLocalJWKSet, type CryptoKey, errors, type JSONWebKeySet } from "jose";
import { ImproperlyConfigured, KeysUnavailable } from "../../errors.ts";
import type { JwtAlgorithm } from "../options/algorithms.ts";

/** Finds the keys of a name; none where it is unknown. */
export type FindKeys = (kid: string) => Promise<readonly CryptoKey[]>;

/** Keys by their names. */
export interface KeySet {
  /**
   * The keys with this name that belong to the algorithm; none where it is unknown.
   *
   * @throws {KeysUnavailable} `keys_unavailable` where they have to be fetched and cannot be
   */
  find(kid: string): Promise<readonly CryptoKey[]>;
  /**
   * Which keys are in force: a number that grows with every change; `null` while they are too old to say, so that what was
   * verified before must not be believed.
   */
  generation(): number | null;
}

/**
 * The search in a document of keys.
 *
 * @throws {Error} `jose`'s own, for what is not a JSON Web Key Set
 */
export function keysIn(document: unknown, alg: JwtAlgorithm): FindKeys {
  const find = createLocalJWKSet(document as JSONWebKeySet);
  return async (kid) => {
    try {
      return [await find({ alg, kid })];
    } catch (error) {
      // An unknown name is the token's own fault; a key that cannot be used is not.
      if (error instanceof errors.JWKSNoMatchingKey) return [];
      if (error instanceof errors.JWKSMultipleMatchingKeys) return await allOf(error);
      throw new KeysUnavailable("The key that a token names cannot be used", { cause: error });
    }
  };
}

/**
 * The keys of `jwks`.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a set that is none
 */
export function givenKeys(jwks: unknown, alg: JwtAlgorithm): KeySet {
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
