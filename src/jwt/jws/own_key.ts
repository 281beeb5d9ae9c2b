/** The key that signs here, among those that verify here: the name that tokens give it. */

import type { JwtSettings } from "../options/settings.ts";
import { publicJwkOf } from "./pem.ts";

/** The keys of a configuration. */
export type KeySettings = Pick<
  JwtSettings,
  "algorithm" | "signingKey" | "jwks"
>;

/** What of a JWK is the key itself. */
const MATERIAL = ["kty", "n", "e", "crv", "x", "y"];

/** The `kid` of the signing key in `jwks`, by which its tokens are found there; `null` where it has none. */
export function ownKid({ algorithm, signingKey, jwks }: KeySettings): string | null {
  if (jwks === null || signingKey === "") return null;
  const own = publicJwkOf(signingKey);
  return jwks.keys.find((key) => isFor(key, algorithm.name) && isSame(own, key))?.kid ?? null;
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
