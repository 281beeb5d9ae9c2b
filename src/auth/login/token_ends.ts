/** Ends the tokens of a request, as by a logout. Cookies are not changed here. */

import { isListedType, type Token } from "../../jwt/tokens/token.ts";
import type { User } from "../../users/user.ts";
import type { TokenService } from "../core/token_service.ts";
import { namesUser } from "../identity/token_identity.ts";
import type { RequestState } from "../request/request_state.ts";
import { emitReuse } from "./token_reuse.ts";

/**
 * Ends the access tokens of a request: the one that counts and, if the client also sent another one, that in the
 * cookie, of which somebody may have a copy.
 */
export async function endAccessTokens<Row extends object>(
  state: RequestState<Row>,
  counted: Token | null,
  service: TokenService<Row>,
): Promise<void> {
  await endAccess(counted, service);
  const { tokens, transport: { cookies } } = service;
  const inCookie = cookies === null ? undefined : state.cookie(cookies.access.name);
  if (!inCookie || inCookie === counted?.text) return;
  const verified = await tokens.verifyAny(inCookie);
  if ("token" in verified) await endAccess(verified.token, service);
}

/** Blacklists a token used as a credential, if requests look up such tokens in the blacklist. */
async function endAccess<Row extends object>(
  token: Token | null,
  { tokens, transport }: TokenService<Row>,
): Promise<void> {
  if (token === null) return;
  if (transport.checkAccessTokens || isListedType(token.type)) await tokens.blacklist(token);
}

/**
 * Ends another user's tokens in the cookies that a login replaces: nobody could log out with them afterwards.
 *
 * @param access the access token that counted before the login: the store of the request may hold a new one already
 */
export async function endTokensOfAnother<Row extends object>(
  state: RequestState<Row>,
  user: User<Row>,
  service: TokenService<Row>,
  access: Token | null,
): Promise<void> {
  const { core } = state;
  const { tokens, transport: { cookies } } = service;
  if (cookies === null) return;
  const text = state.cookie(cookies.refresh.name);
  const claims = text === undefined ? null : tokens.decodeUnverified(text);
  // Unverified, since the descendants of an invalid token must end as well; a forged one ends nothing.
  const refresh: Token | null = claims && { type: "refresh", claims, currentTime: core.clock.now(), text };
  if (refresh !== null && !namesUser(refresh, user, service, core)) {
    emitReuse(await tokens.endRefresh(text), core, service);
  }
  const isReplaced = access !== null && access.text === state.cookie(cookies.access.name);
  if (isReplaced && !namesUser(access, user, service, core)) await endAccess(access, service);
}
