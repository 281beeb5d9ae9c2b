/**
 * Which users may have tokens, and what is written when tokens are issued: simplejwt's rule and `update_last_login`.
 */

import type { User } from "../../users/user.ts";
import type { AuthCore } from "../core/core.ts";
import type { TokenService } from "../core/token_service.ts";
import { updateLastLogin } from "./last_login.ts";

/**
 * Returns the result of `USER_AUTHENTICATION_RULE`: by default, true for active users, or all without
 * `checkUserIsActive`.
 */
export async function mayHaveTokens<Row extends object>(
  { tokens: { settings } }: TokenService<Row>,
  user: User<Row>,
): Promise<boolean> {
  const { userAuthenticationRule: rule, checkUserIsActive } = settings;
  // Only `true` admits: a rule that forgot to return must not.
  if (rule !== null) return await rule(user) === true;
  return !checkUserIsActive || user.isActive;
}

/**
 * Applies `UPDATE_LAST_LOGIN`, which is off by default, since every token request would be a write; `ON_LOGIN_SUCCESS`
 * replaces it.
 */
export async function noteTokenLogin<Row extends object>(
  { clock }: Pick<AuthCore<Row>, "clock">,
  { tokens: { settings } }: TokenService<Row>,
  user: User<Row>,
  request: Request,
): Promise<void> {
  if (!settings.updateLastLogin) return;
  if (settings.onLoginSuccess !== null) return await settings.onLoginSuccess(user, request);
  await updateLastLogin(clock, user);
}
