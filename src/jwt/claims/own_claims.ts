/** The claims that are a token's own: whose it is, what for, and how long. No application writes over them. */

import { isObject, kindOf } from "../../internal/option_checks.ts";
import type { JwtSettings } from "../options/settings.ts";

/** The names of the claims that settings are about. */
export type ClaimNames = Pick<
  JwtSettings,
  "tokenTypeClaim" | "jtiClaim" | "userIdClaim" | "slidingTokenRefreshExpClaim" | "revokeTokenClaim"
>;

/** Their names. `aud`, `iss`, `sub` and `nbf` are not among them: simplejwt's projects add these themselves. */
export function ownClaims(settings: ClaimNames): ReadonlySet<string> {
  const { tokenTypeClaim, jtiClaim, userIdClaim, slidingTokenRefreshExpClaim, revokeTokenClaim } = settings;
  const named = [tokenTypeClaim, jtiClaim, userIdClaim, slidingTokenRefreshExpClaim, revokeTokenClaim];
  return new Set(["exp", "iat", "jti", ...named.filter((name) => name !== null)]);
}

/**
 * Refuses a claim that is a token's own: written over, it would make the token another user's, or one that never ends.
 *
 * @throws {TypeError}
 */
export function requireFree(name: string, own: ReadonlySet<string>): void {
  if (own.has(name)) throw new TypeError(`The claim "${name}" belongs to the token itself`);
}

/**
 * What the hook `claims` has answered, as names and values.
 *
 * @throws {TypeError} for what is no object, and for a claim that is a token's own
 */
export function customClaims(answer: unknown, own: ReadonlySet<string>): [name: string, value: unknown][] {
  if (!isObject(answer)) {
    throw new TypeError(`jwt.claims answered ${kindOf(answer)}, expected an object of claims`);
  }
  const claims = Object.entries(answer);
  for (const [name] of claims) requireFree(name, own);
  return claims;
}
