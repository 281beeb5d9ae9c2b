/**
 * Decides before each refresh whether the user may have new tokens: simplejwt does so since 5.5, and checks the
 * password from its next release on.
 */

import type { NotAuthenticatedCode } from "../../error_codes.ts";
import { tokenRefusal } from "../../jwt/claims/refusals.ts";
import type { Token } from "../../jwt/tokens/token.ts";
import type { AuthCore } from "../core/core.ts";
import { mayHaveTokens } from "../login/token_login.ts";
import { findTokenUser } from "../identity/token_identity.ts";
import type { TokenService } from "../core/token_service.ts";
import type { Detail } from "./answers.ts";
import { notValid } from "./rejections.ts";

/** Why a user gets no new tokens: the code for events, and simplejwt's body for the client. */
export interface RefreshRefusal {
  readonly code: NotAuthenticatedCode | "permission_denied";
  readonly body: Detail;
}

const NO_ACCOUNT = { detail: "No active account found for the given token." };
const PASSWORD_CHANGED = { detail: "The user's password has been changed." };

/** Returns why the user of a refresh or sliding token gets no new ones; `null` if allowed. */
export async function refusalFor<Row extends object>(
  token: Token,
  core: AuthCore<Row>,
  service: TokenService<Row>,
): Promise<RefreshRefusal | null> {
  const { tokens } = service;
  const claim = tokens.userIdOf(token);
  // A token that names no user is refreshed, as in simplejwt; it is not accepted as a login.
  if (isFalsy(claim)) return null;
  const found = await findTokenUser(claim, service, core);
  if (found === "malformed") {
    return { code: "token_invalid", body: notValid(tokenRefusal("token_malformed")) };
  }
  if (found === null) return { code: "user_not_found", body: NO_ACCOUNT };
  if (!await mayHaveTokens(service, found.user)) {
    return { code: found.user.isActive ? "permission_denied" : "user_inactive", body: NO_ACCOUNT };
  }
  if (tokens.isPasswordCurrent(token, found.password)) return null;
  await tokens.blacklist(token);
  return { code: "password_changed", body: PASSWORD_CHANGED };
}

/** Returns whether a value is falsy in Python. */
function isFalsy(claim: unknown): boolean {
  if (Array.isArray(claim)) return claim.length === 0;
  if (typeof claim === "object" && claim !== null) return Object.keys(claim).length === 0;
  return !claim;
}
