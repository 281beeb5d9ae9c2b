/** Public keys as a set (JWKS), searched by `kid` through `jose`. A set that has to be fetched is in `src/stores/`. */

import { createLocalJWKSet, type CryptoKey, errors, type JSONWebKeySet } from "jose";
import { ImproperlyConfigured } from "../../errors.ts";
import { type JwtAlgorithm, MIN_RSA_BITS } from "../options/algorithms.ts";

/** Finds the keys of a name that can be used; none where it is unknown. */
export type FindKeys = (kid: string) => Promise<readonly CryptoKey[]>;

/** Keys by their names. */
export interface KeySet {
  /**
   * The keys with this name that belong to the algorithm and can be used; none where it is unknown.
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
      return [await find({ alg, kid })].filter(isLongEnough);
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return (await allOf(error)).filter(isLongEnough);
      // A key that cannot be used is none: strangers choose the name, and must not make the server fail with it.
      return [];
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

/** Whether `jose` takes the key; for a shorter one it throws with every token. */
function isLongEnough({ algorithm }: CryptoKey): boolean {
  const { modulusLength } = algorithm as { readonly modulusLength?: number };
  return modulusLength === undefined || modulusLength >= MIN_RSA_BITS;
}
