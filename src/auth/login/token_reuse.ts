/** Refresh tokens that are used again after their rotation, to refresh or to log out. */

import type { TokenRefusal } from "../../jwt/claims/refusals.ts";
import type { TokenReuse } from "../../jwt/tokens/refresh.ts";
import type { TokenVerification } from "../../jwt/tokens/verification.ts";
import type { AuthCore } from "../core/core.ts";
import type { TokenService } from "../core/token_service.ts";
import { userKeyOf } from "../identity/token_identity.ts";

/** Emits `token.reused` for a refresh token that was used twice: an attacker may have a copy. */
export function emitReuse<Row extends object>(
  result: TokenVerification | TokenRefusal | TokenReuse,
  core: AuthCore<Row>,
  service: TokenService<Row>,
): void {
  if (!("revoked" in result)) return;
  // With the column's type, as in other events: simplejwt writes numbers as strings.
  const userId = userKeyOf(service.tokens.userIdOf(result.token), service, core);
  core.emit({ type: "token.reused", userId, revoked: result.revoked });
}
