/** Refreshing and ending tokens by the refresh token in the cookie, where `jwt.cookies` keeps it there and the body has none. */

import { TokenClaims } from "../../jwt/claims/claims.ts";
import type { SignedTokens, Token } from "../../jwt/tokens/token.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import { requireCsrf } from "../request/csrf_check.ts";
import { insideOf } from "../request/jwt_store.ts";
import type { TokenService } from "../core/token_service.ts";

/**
 * The text of the refresh token in the cookie; `null` where there is none.
 *
 * @throws {CsrfError} `csrf_failed`: another site's page can make a browser send it
 */
export async function refreshCookie<Row extends object>(
  context: RequestContext<Row>,
  { transport: { cookies } }: TokenService<Row>,
): Promise<string | null> {
  const state = stateOf(context);
  const text = cookies === null ? undefined : state.cookie(cookies.refresh.name);
  if (!text) return null;
  await requireCsrf(state, { isAmbient: true });
  return text;
}

/** Puts new tokens into the cookies in place of those that came, unless those are ended before they are sent. */
export async function sendTokens<Row extends object>(
  context: RequestContext<Row>,
  { tokens }: TokenService<Row>,
  signed: SignedTokens,
  current: Token,
): Promise<void> {
  const parsed = (type: "access" | "refresh", text: string): Token => ({
    type,
    claims: tokens.decodeUnverified(text) ?? TokenClaims.EMPTY,
    currentTime: current.currentTime,
    text,
  });
  const refresh = signed.refresh === undefined ? current : parsed("refresh", signed.refresh);
  // A logout meanwhile has ended the token that came, and its successor only where the rotation had ended that one before.
  const revocable = refresh === current || tokens.settings.blacklistAfterRotation
    ? [refresh]
    : [current, refresh];
  insideOf(await context.jwt()).replace(parsed("access", signed.access), refresh, revocable);
}
