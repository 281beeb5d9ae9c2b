/** The reserved claims of a token, for its user, purpose and lifetime, which no application may overwrite. */

import { isObject, kindOf } from "../../internal/option_checks.ts";
import type { JwtSettings } from "../options/settings.ts";

/** The settings that name claims. */
export type ClaimNames = Pick<
  JwtSettings,
  "tokenTypeClaim" | "jtiClaim" | "userIdClaim" | "slidingTokenRefreshExpClaim" | "revokeTokenClaim"
>;

/** Returns the names of the reserved claims. `aud`, `iss`, `sub` and `nbf` are not among them: projects add these. */
export function reservedClaims(settings: ClaimNames): ReadonlySet<string> {
  const { tokenTypeClaim, jtiClaim, userIdClaim, slidingTokenRefreshExpClaim, revokeTokenClaim } = settings;
  const named = [tokenTypeClaim, jtiClaim, userIdClaim, slidingTokenRefreshExpClaim, revokeTokenClaim];
  return new Set(["exp", "iat", "jti", ...named.filter((name) => name !== null)]);
}

/**
 * Refuses a reserved claim: overwriting it could give the token another user or an endless lifetime.
 *
 * @throws {TypeError}
 */
export function requireCustomClaim(name: string, reserved: ReadonlySet<string>): void {
  if (reserved.has(name)) throw new TypeError(`The claim "${name}" belongs to the token itself`);
}

/**
 * Returns the names and values that the hook `claims` returned.
 *
 * @throws {TypeError} for anything but an object, and for a reserved claim
 */
export function customClaims(
  answer: unknown,
  reserved: ReadonlySet<string>,
): [name: string, value: unknown][] {
  if (!isObject(answer)) {
    throw new TypeError(`jwt.claims returned ${kindOf(answer)}, expected an object of claims`);
  }
  const claims = Object.entries(answer);
  for (const [name] of claims) requireCustomClaim(name, reserved);
  return claims;
}
