/**
 * Whether the user of a refresh token may have new ones, asked before each refresh: simplejwt asks since 5.5, and about the
 * password from its next release on.
 */

import { refusal, type TokenRefusal } from "../../jwt/claims/refusals.ts";
import type { TokenReuse } from "../../jwt/tokens/refresh.ts";
import type { Token } from "../../jwt/tokens/token.ts";
import type { AuthCore } from "../core/core.ts";
import { mayHaveTokens } from "../login/token_login.ts";
import { findTokenUser } from "../identity/token_identity.ts";
import type { TokenService } from "../core/token_service.ts";

/** A refusal as simplejwt words it. */
export interface RefreshRefusal {
  readonly detail: string;
  readonly code?: string;
}

const NO_ACCOUNT = { detail: "No active account found for the given token." };
const PASSWORD_CHANGED = { detail: "The user's password has been changed." };

/** Why the user of a refresh or sliding token gets no new ones; `null` where nothing speaks against it. */
export async function refusalFor<Row extends object>(
  token: Token,
  core: AuthCore<Row>,
  service: TokenService<Row>,
): Promise<RefreshRefusal | null> {
  const { tokens } = service;
  const claim = tokens.userIdOf(token);
  // A token that names nobody is refreshed, as in simplejwt; it signs nobody in.
  if (isFalsy(claim)) return null;
  const found = await findTokenUser(claim, service, core);
  if (found === "malformed") {
    return { detail: refusal("token_malformed").message, code: "token_not_valid" };
  }
  if (found === null || !await mayHaveTokens(service, found.user)) return NO_ACCOUNT;
  if (tokens.isPasswordCurrent(token, found.password)) return null;
  await tokens.blacklist(token);
  return PASSWORD_CHANGED;
}

/** Tells of a refresh token that was used twice: somebody has a copy. */
export function tellReuse<Row extends object>(
  refused: TokenRefusal | TokenReuse,
  core: AuthCore<Row>,
  { tokens }: TokenService<Row>,
): void {
  if (refused.code !== "token_reused" || !("revoked" in refused)) return;
  const claim = tokens.userIdOf(refused.token);
  const userId = typeof claim === "string" || typeof claim === "number" ? claim : null;
  core.emit({ type: "token.reused", userId, revoked: refused.revoked });
}

/** What Python takes for false. */
function isFalsy(claim: unknown): boolean {
  if (Array.isArray(claim)) return claim.length === 0;
  if (typeof claim === "object" && claim !== null) return Object.keys(claim).length === 0;
  return !claim;
}
