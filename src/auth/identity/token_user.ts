/** A user as described by a token's claims: `TokenUser` of simplejwt. It is not checked whether the user exists. */

import { idIn, type TokenClaims } from "../../jwt/claims/claims.ts";
import type { Token } from "../../jwt/tokens/token.ts";

/** A user as described by a token, with the names of simplejwt's `TokenUser`, which a user of the table has as well. */
export interface TokenUser {
  /** The claim `jwt.userIdClaim`, as a string. */
  readonly id: string;
  /** The claim `username`, or `""`. */
  readonly username: string;
  /** The claim `is_staff`; only `true` counts. */
  readonly is_staff: boolean;
  /** The claim `is_superuser`; only `true` counts. */
  readonly is_superuser: boolean;
  /** All claims. */
  readonly claims: TokenClaims;
}

/** Returns the user of a token, or `null` if it names none. */
export function tokenUser({ claims }: Token, userIdClaim: string): TokenUser | null {
  const id = idIn(claims, userIdClaim);
  if (typeof id !== "string" && typeof id !== "number" && typeof id !== "bigint") return null;
  const username = claims.get("username");
  return {
    id: String(id),
    username: typeof username === "string" ? username : "",
    is_staff: claims.get("is_staff") === true,
    is_superuser: claims.get("is_superuser") === true,
    claims,
  };
}
