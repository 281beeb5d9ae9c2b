/** Looks for the signing key among the verifying keys: its `kid`, and whether it is among them at all. */

import type { JwtSettings } from "../options/settings.ts";
import { publicJwkOf } from "./pem.ts";

/** The settings about keys. */
export type KeySettings = Pick<
  JwtSettings,
  "algorithm" | "signingKey" | "verifyingKey" | "verifyingKeyFallbacks" | "jwks" | "jwkUrl"
>;

/** The option that lacks the public half of the signing key. */
export type MissingIn = "jwks" | "jwkUrl" | "verifyingKey";

/** The members of a JWK that are the key itself. */
const MATERIAL = ["kty", "n", "e", "crv", "x", "y"];

/** Returns the `kid` of the signing key in `jwks`, by which tokens name it; `null` if it is not there. */
export function ownKid({ algorithm, signingKey, jwks }: KeySettings): string | null {
  if (jwks === null || signingKey === "") return null;
  const own = publicJwkOf(signingKey);
  return jwks.keys.find((key) => isFor(key, algorithm.name) && isSame(own, key))?.kid ?? null;
}

/**
 * Returns the option because of which tokens that are signed here cannot be verified here; `null` if they can be, if
 * nothing is signed, or if the runtime cannot tell. simplejwt accepts such settings, and they suffice for a server that
 * only issues tokens.
 */
export function ownKeyMissingIn(settings: KeySettings): MissingIn | null {
  const { algorithm, signingKey, verifyingKey, verifyingKeyFallbacks, jwks, jwkUrl } = settings;
  if (algorithm.hash !== null || signingKey === "") return null;
  const own = publicJwkOf(signingKey);
  if (own === null) return null;
  const isOwn = (pem: string): boolean => isSame(own, publicJwkOf(pem));
  if (verifyingKeyFallbacks.some(isOwn)) return null;
  if (jwks !== null) return ownKid(settings) === null ? "jwks" : null;
  // The names of the keys there become known only later, so that tokens name none.
  if (jwkUrl !== null) return "jwkUrl";
  return isOwn(verifyingKey) ? null : "verifyingKey";
}

/** Returns whether a key of a set verifies signatures of an algorithm, by the rules of `jose`. */
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
