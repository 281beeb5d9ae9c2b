/** The key that signs here, among those that verify here: the name that tokens give it, and whether it is there at all. */

import type { JwtSettings } from "../options/settings.ts";
import { publicJwkOf } from "./pem.ts";

/** The keys of a configuration. */
export type KeySettings = Pick<
  JwtSettings,
  "algorithm" | "signingKey" | "verifyingKey" | "verifyingKeyFallbacks" | "jwks" | "jwkUrl"
>;

/** The option in which the public half of the signing key would have to be. */
export type MissingIn = "jwks" | "jwkUrl" | "verifyingKey";

/** What of a JWK is the key itself. */
const MATERIAL = ["kty", "n", "e", "crv", "x", "y"];

/** The `kid` of the signing key in `jwks`, by which its tokens are found there; `null` where it has none. */
export function ownKid({ algorithm, signingKey, jwks }: KeySettings): string | null {
  if (jwks === null || signingKey === "") return null;
  const own = publicJwkOf(signingKey);
  return jwks.keys.find((key) => isFor(key, algorithm.name) && isSame(own, key))?.kid ?? null;
}

/**
 * The option by which no token that is signed here can be verified here; `null` where that is possible, where nothing is
 * signed, and where the runtime cannot tell. simplejwt takes such settings, and a server that only issues tokens needs no more.
 */
export function ownKeyMissingIn(settings: KeySettings): MissingIn | null {
  const { algorithm, signingKey, verifyingKey, verifyingKeyFallbacks, jwks, jwkUrl } = settings;
  if (algorithm.hash !== null || signingKey === "") return null;
  const own = publicJwkOf(signingKey);
  if (own === null) return null;
  const isOwn = (pem: string): boolean => isSame(own, publicJwkOf(pem));
  if (verifyingKeyFallbacks.some(isOwn)) return null;
  if (jwks !== null) return ownKid(settings) === null ? "jwks" : null;
  // Which names the keys have there is found out later, and tokens name none.
  if (jwkUrl !== null) return "jwkUrl";
  return isOwn(verifyingKey) ? null : "verifyingKey";
}

/** Whether a member of a set verifies signatures of an algorithm, as `jose` decides it. */
function isFor({ alg, use, key_ops: uses }: Readonly<Record<string, unknown>>, algorithm: string): boolean {
  return (alg === undefined || alg === algorithm) && (use === undefined || use === "sig") &&
    (!Array.isArray(uses) || uses.includes("verify"));
}

function isSame(
  one: Readonly<Record<string, unknown>> | null,
  other: Readonly<Record<string, unknown>> | null,
): boolean {
  return one !== null && other !== null && MATERIAL.every((name) => one[name] === other[name]);
}
