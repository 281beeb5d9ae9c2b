/** Refreshing and ending tokens by the refresh token in the cookie, if `jwt.cookies` is on and the body has none. */

import { TokenClaims } from "../../jwt/claims/claims.ts";
import type { SignedTokens, Token } from "../../jwt/tokens/token.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import { requireCsrf } from "../request/csrf_check.ts";
import { internalsOf } from "../request/jwt_store.ts";
import type { TokenService } from "../core/token_service.ts";

/**
 * Returns the encoded refresh token in the cookie; `null` if there is none.
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

/** Replaces the tokens in the cookies by new ones, unless the old ones are ended before the response is sent. */
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
  // A concurrent logout has ended the old token, and its successor only if the rotation had already blacklisted the old
  // one.
  const revocable = refresh === current || tokens.settings.blacklistAfterRotation
    ? [refresh]
    : [current, refresh];
  internalsOf(await context.jwt()).replace(parsed("access", signed.access), refresh, revocable);
}
