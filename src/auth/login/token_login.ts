/** Which users may have tokens, and what is written when one gets some: simplejwt's rule and `update_last_login`. */

import type { User } from "../../users/user.ts";
import type { AuthCore } from "../core/core.ts";
import type { TokenService } from "../core/token_service.ts";
import { updateLastLogin } from "./last_login.ts";

/** `USER_AUTHENTICATION_RULE`: by default every active user, or every user without `checkUserIsActive`. */
export async function mayHaveTokens<Row extends object>(
  { tokens: { settings } }: TokenService<Row>,
  user: User<Row>,
): Promise<boolean> {
  const { userAuthenticationRule: rule, checkUserIsActive } = settings;
  // Only `true` lets in: a rule that forgot to return must not.
  if (rule != null) return await rule(user) === true;
  return !checkUserIsActive || user.isActive;
}

/**
 * `UPDATE_LAST_LOGIN`, off by default, since every request for tokens would be a write; and in place of the date what
 * `ON_LOGIN_SUCCESS` does.
 */
export async function noteTokenLogin<Row extends object>(
  { clock }: Pick<AuthCore<Row>, "clock">,
  { tokens: { settings } }: TokenService<Row>,
  user: User<Row>,
  request: Request,
): Promise<void> {
  if (!settings.updateLastLogin) return;
  if (settings.onLoginSuccess != null) return await settings.onLoginSuccess(user, request);
  await updateLastLogin(clock, user);
}
