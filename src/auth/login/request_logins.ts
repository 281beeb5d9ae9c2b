/**
 * Login and logout on a request, with a session and with tokens. If both are present, they always belong to the same
 * user.
 */

import { isSameKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import { namesUser } from "../identity/token_identity.ts";
import { internalsOf } from "../request/jwt_store.ts";
import { SESSION_KEY } from "../../session/auth_keys.ts";
import { refusedCredentials } from "./authenticate.ts";
import { rereadUser } from "./reread_user.ts";
import { login, renewKey } from "./session_login.ts";
import type { RequestState } from "../request/request_state.ts";
import { noteTokenLogin } from "./token_login.ts";
import { endAccessTokens, endTokensOfAnother } from "./token_ends.ts";
import { emitReuse } from "./token_reuse.ts";
import { requireTokens } from "../core/token_service.ts";

/** Logs a user in to the session of a request. */
export async function loginWithSession<Row extends object>(
  state: RequestState<Row>,
  user: User<Row>,
  path: string,
): Promise<void> {
  // First: a login that fails must not have ended what it was to replace.
  await login(state, user, path);
  await dropTokensOfAnother(state, user);
}

/** Ends another user's tokens in the cookies of a request that now has a session of this user, and the cookies. */
export async function dropTokensOfAnother<Row extends object>(
  state: RequestState<Row>,
  user: User<Row>,
): Promise<void> {
  if (!hasTokenCookie(state)) return;
  const { access } = internalsOf(await state.jwt());
  await endTokensOfAnother(state, user, requireTokens(state.core), access);
  // Next to the session, they would be a contradiction at the next request.
  if (await haveTokensOfAnother(state, user)) (await state.jwt()).clear();
}

/** Logs a user in with a pair of tokens. */
export async function loginWithTokens<Row extends object>(
  state: RequestState<Row>,
  user: User<Row>,
): Promise<void> {
  const { core } = state;
  const service = requireTokens(core);
  if (await rereadUser(core, user) === null) {
    throw refusedCredentials(
      core,
      "wrong_password",
      "The user is gone, or has a different password than when it was read",
    );
  }
  const store = await state.jwt();
  const { access: before } = internalsOf(store);
  // First: a login that fails, as in a hook, must not have ended what it was to replace.
  await noteTokenLogin(core, service, user, state.request);
  const access = await internalsOf(store).issue(user);
  if (state.hasSession) await cleanSession(state, user);
  if (hasTokenCookie(state)) await endTokensOfAnother(state, user, service, before);
  // With its token: whatever outlives the request, such as a socket, must end when the token does.
  state.setIdentity(user, access);
  // As with a session: if cookies carry the login, CSRF tokens from before it become invalid.
  if (service.transport.cookies !== null) state.csrf().rotate();
}

/** Blacklists what can be blacklisted, and deletes the client's token cookies. */
export async function logoutTokens<Row extends object>(
  state: RequestState<Row>,
  refreshText: unknown,
): Promise<void> {
  const { jwt } = state.core;
  if (jwt === null) return;
  const { tokens, transport: { cookies } } = jwt;
  const store = await state.jwt();
  const { access, refresh } = internalsOf(store);
  if (cookies !== null) store.clear();
  const inCookie = cookies === null ? undefined : state.cookie(cookies.refresh.name) || undefined;
  // A refresh token issued during this very request.
  if (refresh !== null && refresh.text !== inCookie) await tokens.blacklist(refresh);
  for (const text of new Set([inCookie, refreshText])) {
    // Even if it is no longer valid: a thief may have rotated it, and its descendants must not outlive the logout.
    if (text !== undefined) emitReuse(await tokens.endRefresh(text), state.core, jwt);
  }
  await endAccessTokens(state, access, jwt);
}

/** Returns whether a request carries token cookies, valid or not. */
function hasTokenCookie<Row extends object>(state: RequestState<Row>): boolean {
  const cookies = state.core.jwt?.transport.cookies ?? null;
  return cookies !== null &&
    [cookies.access, cookies.refresh].some(({ name }) => state.cookie(name) !== undefined);
}

/** Flushes a session of another user; an anonymous one continues under a new key, as at every login. */
async function cleanSession<Row extends object>(state: RequestState<Row>, user: User<Row>): Promise<void> {
  const session = await state.session();
  if (!session.has(SESSION_KEY)) {
    if (!session.isEmpty()) await renewKey(session);
    return;
  }
  const { user: owner } = await state.sessionIdentity();
  if (owner === null || !isSameKey(owner.pk, user.pk)) await session.flush();
}

async function haveTokensOfAnother<Row extends object>(
  state: RequestState<Row>,
  user: User<Row>,
): Promise<boolean> {
  const { access, refresh } = internalsOf(await state.jwt());
  const service = requireTokens(state.core);
  return [access, refresh].some((token) => token !== null && !namesUser(token, user, service, state.core));
}
