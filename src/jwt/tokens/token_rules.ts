/** What simplejwt asks of a token beyond JWT: that it ends, is known by a name, and is used for what it was made for. */

import type { TokenClaims } from "../claims/claims.ts";
import { refusal, type TokenRefusal } from "../claims/refusals.ts";

/** The part of the settings that tokens are held against. */
export interface TokenRules {
  readonly leeway: number;
  readonly tokenTypeClaim: string | null;
  readonly jtiClaim: string | null;
}

/** The last second that Python's `datetime` holds; simplejwt crashes beyond it. */
const LAST_SECOND = 253_402_300_799;

/** Why a token whose signature and times are right may not be used as one of this type. Mirrors `Token.verify`. */
export function tokenFault(claims: TokenClaims, type: string, rules: TokenRules): TokenRefusal | null {
  const { tokenTypeClaim, jtiClaim } = rules;
  // Each claim is looked for once: every request with a token comes along here. JSON has no `undefined`.
  const exp = claims.get("exp");
  if (exp === undefined) return refusal("token_no_exp");
  if (typeof exp !== "number" || exp > LAST_SECOND) return refusal("token_malformed");
  if (jtiClaim !== null && !claims.has(jtiClaim)) return refusal("token_no_id");
  if (tokenTypeClaim === null || type === "untyped") return null;
  const named = claims.get(tokenTypeClaim);
  if (named === undefined) return refusal("token_no_type");
  return named === type ? null : refusal("token_wrong_type");
}

/**
 * Why the time in a claim does not count any more, or `null`. Mirrors `Token.check_exp`.
 *
 * @param now seconds since the epoch
 */
export function endFault(
  claims: TokenClaims,
  claim: string,
  leeway: number,
  now: number,
): TokenRefusal | null {
  if (!claims.has(claim)) return refusal("token_no_refresh_exp", `Token has no '${claim}' claim`);
  const end = claims.get(claim);
  if (typeof end !== "number" || !(Math.abs(end) <= LAST_SECOND)) return refusal("token_malformed");
  return end <= now - leeway ? refusal("token_refresh_expired", `Token '${claim}' claim has expired`) : null;
}
