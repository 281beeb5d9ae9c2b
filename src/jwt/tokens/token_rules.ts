/** simplejwt's rules for a token beyond those of JWT: an expiry, an identifier, and the right type. */

import type { TokenClaims } from "../claims/claims.ts";
import { type TokenRefusal, tokenRefusal } from "../claims/refusals.ts";

/** The settings that tokens are checked against. */
export interface TokenRules {
  readonly leeway: number;
  readonly tokenTypeClaim: string | null;
  readonly jtiClaim: string | null;
}

/** The last second that Python's `datetime` holds; simplejwt crashes beyond it. */
const LAST_SECOND = 253_402_300_799;

/** Returns why a token with a valid signature and valid times is not one of this type. Mirrors `Token.verify`. */
export function tokenFault(claims: TokenClaims, type: string, rules: TokenRules): TokenRefusal | null {
  const { tokenTypeClaim, jtiClaim } = rules;
  // Each claim is looked up once, since this runs for every request with a token. JSON has no `undefined`.
  const exp = claims.get("exp");
  if (exp === undefined) return tokenRefusal("token_no_exp");
  if (typeof exp !== "number" || exp > LAST_SECOND) return tokenRefusal("token_malformed");
  if (jtiClaim !== null && !claims.has(jtiClaim)) return tokenRefusal("token_no_id");
  if (tokenTypeClaim === null || type === "untyped") return null;
  const named = claims.get(tokenTypeClaim);
  if (named === undefined) return tokenRefusal("token_no_type");
  return named === type ? null : tokenRefusal("token_wrong_type");
}

/**
 * Returns why the expiry in a claim is refused, or `null`. Mirrors `Token.check_exp`.
 *
 * @param now seconds since the epoch
 */
export function refreshExpFault(
  claims: TokenClaims,
  claim: string,
  leeway: number,
  now: number,
): TokenRefusal | null {
  if (!claims.has(claim)) return tokenRefusal("token_no_refresh_exp", `Token has no '${claim}' claim`);
  const end = claims.get(claim);
  if (typeof end !== "number" || !(Math.abs(end) <= LAST_SECOND)) return tokenRefusal("token_malformed");
  return end <= now - leeway
    ? tokenRefusal("token_refresh_expired", `Token '${claim}' claim has expired`)
    : null;
}
