/** A set of public keys (JWKS), given or fetched, through `jose`: kept, renewed, and searched by `kid`. */

import {
  createLocalJWKSet,
  createRemoteJWKSet,
  type CryptoKey,
  customFetch,
  errors,
  type JSONWebKeySet,
} from "jose";
import { ImproperlyConfigured, KeysUnavailable } from "../../errors.ts";
import { concatBytes } from "../../internal/bytes.ts";
import type { JwtAlgorithm } from "../options/algorithms.ts";
import type { JwtSettings } from "../options/settings.ts";

/** Keys by their names. */
export interface KeySet {
  /**
   * The keys with this name that belong to the algorithm; none where it is unknown.
   *
   * @throws {KeysUnavailable} `keys_unavailable` where they have to be fetched and cannot be
   */
  find(kid: string): Promise<readonly CryptoKey[]>;
  /** Whether the keys are fresh, and the same as when this was asked last. */
  isUnchanged(): boolean;
}

/** Bytes that a document of keys may have. */
const MAX_DOCUMENT = 262_144;
/** Milliseconds without another attempt after a failed one, so that no request waits for what was just found to fail. */
const FAILURE_PAUSE = 1000;

/**
 * The keys of `jwks` or `jwkUrl`, or `null` where there is neither.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a set that is none
 */
export function createKeySet(settings: JwtSettings<never>, fetcher: typeof fetch = fetch): KeySet | null {
  const { jwks, jwkUrl, algorithm } = settings;
  if (jwks !== null) return givenKeys(jwks as JSONWebKeySet, algorithm.name);
  return jwkUrl === null ? null : fetchedKeys(jwkUrl, settings, fetcher);
}

function givenKeys(jwks: JSONWebKeySet, alg: JwtAlgorithm): KeySet {
  try {
    const local = createLocalJWKSet(jwks);
    return { find: (kid) => search(() => local({ alg, kid })), isUnchanged: () => true };
  } catch (cause) {
    throw new ImproperlyConfigured("jwt.jwks cannot be used, expected a JSON Web Key Set", { cause });
  }
}

function fetchedKeys(jwkUrl: string, settings: JwtSettings<never>, fetcher: typeof fetch): KeySet {
  const alg = settings.algorithm.name;
  let document = "";
  let hasChanged = false;
  let isFailing = false;
  let lastAttempt = -Infinity;
  const attempt = async (url: string, init: RequestInit): Promise<Response> => {
    const now = performance.now();
    if (isFailing && now - lastAttempt < FAILURE_PAUSE) throw new Error("The last attempt has just failed");
    lastAttempt = now;
    const response = await fetcher(url, init);
    if (response.status !== 200) throw new Error(`The answer has the status ${response.status}`);
    const text = await boundedText(response);
    // A key that is gone must not live on in what was verified with it.
    if (text !== document) hasChanged = true;
    document = text;
    return new Response(text);
  };
  const remote = createRemoteJWKSet(new URL(jwkUrl), {
    cacheMaxAge: settings.jwkCacheAge * 1000,
    cooldownDuration: settings.jwkCooldown * 1000,
    timeoutDuration: Math.ceil(settings.jwkTimeout * 1000),
    [customFetch]: attempt,
  });
  return {
    async find(kid) {
      try {
        const keys = await search(() => remote({ alg, kid }));
        isFailing = false;
        return keys;
      } catch (error) {
        isFailing = true;
        throw error;
      }
    },
    isUnchanged() {
      const isUnchanged = remote.fresh && !hasChanged;
      hasChanged = false;
      return isUnchanged;
    },
  };
}

/** The keys that `jose` finds. An unknown name is the stranger's fault, everything else is an outage. */
async function search(find: () => Promise<CryptoKey>): Promise<readonly CryptoKey[]> {
  try {
    return [await find()];
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return [];
    if (error instanceof errors.JWKSMultipleMatchingKeys) return await allOf(error);
    throw new KeysUnavailable(undefined, { cause: error });
  }
}

async function allOf(keys: AsyncIterable<CryptoKey>): Promise<CryptoKey[]> {
  const all: CryptoKey[] = [];
  for await (const key of keys) all.push(key);
  return all;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_DOCUMENT) throw new RangeError(`The document of keys has more than ${MAX_DOCUMENT} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(concatBytes(...chunks));
}
