/**
 * Whether the user of a refresh token may have new ones, asked before each refresh: simplejwt asks since 5.5, and about the
 * password from its next release on.
 */

import type { NotAuthenticatedCode } from "../../error_codes.ts";
import { refusal } from "../../jwt/claims/refusals.ts";
import type { Token } from "../../jwt/tokens/token.ts";
import type { AuthCore } from "../core/core.ts";
import { mayHaveTokens } from "../login/token_login.ts";
import { findTokenUser } from "../identity/token_identity.ts";
import type { TokenService } from "../core/token_service.ts";
import type { Detail } from "./answers.ts";
import { notValid } from "./rejections.ts";

/** Why a user gets no new tokens: the code for events, and simplejwt's words for the client. */
export interface RefreshRefusal {
  readonly code: NotAuthenticatedCode | "permission_denied";
  readonly body: Detail;
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
    return { code: "token_invalid", body: notValid(refusal("token_malformed")) };
  }
  if (found === null) return { code: "user_not_found", body: NO_ACCOUNT };
  if (!await mayHaveTokens(service, found.user)) {
    return { code: found.user.isActive ? "permission_denied" : "user_inactive", body: NO_ACCOUNT };
  }
  if (tokens.isPasswordCurrent(token, found.password)) return null;
  await tokens.blacklist(token);
  return { code: "password_changed", body: PASSWORD_CHANGED };
}

/** What Python takes for false. */
function isFalsy(claim: unknown): boolean {
  if (Array.isArray(claim)) return claim.length === 0;
  if (typeof claim === "object" && claim !== null) return Object.keys(claim).length === 0;
  return !claim;
}
