/** Logins and logouts of a request, in a session and in tokens. Both at once stay one and the same person's. */

import { isSameKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import { namesUser } from "../identity/token_identity.ts";
import { insideOf } from "../request/jwt_store.ts";
import { SESSION_KEY } from "../../session/auth_keys.ts";
import { rejectCredentials } from "./authenticate.ts";
import { currentUser } from "./current_user.ts";
import { login, renewKey } from "./session_login.ts";
import type { RequestState } from "../request/request_state.ts";
import { noteTokenLogin } from "./token_login.ts";
import { endAccess, endTokensOfAnother } from "./token_ends.ts";
import { tellReuse } from "./token_reuse.ts";
import { requireTokens } from "../core/token_service.ts";

/** Into the session of a request. */
export async function loginWithSession<Row extends object>(
  state: RequestState<Row>,
  user: User<Row>,
  path: string,
): Promise<void> {
  if (hasTokenCookie(state)) {
    await endTokensOfAnother(state, user, requireTokens(state.core));
    // Beside the new session they would contradict it at the next request.
    if (await haveTokensOfAnother(state, user)) (await state.jwt()).clear();
  }
  await login(state, user, path);
}

/** Into a pair of tokens. */
export async function loginWithTokens<Row extends object>(
  state: RequestState<Row>,
  user: User<Row>,
): Promise<void> {
  const { core } = state;
  const service = requireTokens(core);
  if (await currentUser(core, user) === null) {
    throw rejectCredentials(
      core,
      "wrong_password",
      "The user is gone, or has another password than when it was read",
    );
  }
  const store = await state.jwt();
  if (state.hasSession) await cleanSession(state, user);
  if (hasTokenCookie(state)) await endTokensOfAnother(state, user, service);
  await noteTokenLogin(core, service, user, state.request);
  const access = await insideOf(store).issue(user);
  // With its token: whatever outlives the request, as a socket does, must end with it.
  state.becomes(user, access);
  // What another page knows from before the login is worth nothing afterwards, where cookies sign in.
  if (service.transport.cookies !== null) state.csrf().rotate();
}

/** Blacklists what can be, and takes the tokens from the client. */
export async function logoutTokens<Row extends object>(
  state: RequestState<Row>,
  refreshText: unknown,
): Promise<void> {
  const { jwt } = state.core;
  if (jwt === null) return;
  const { tokens, transport: { cookies } } = jwt;
  const store = await state.jwt();
  const { access, refresh } = insideOf(store);
  if (cookies !== null) store.clear();
  const inCookie = cookies === null ? undefined : state.cookie(cookies.refresh.name) || undefined;
  // One that this request itself was given.
  if (refresh !== null && refresh.text !== inCookie) await tokens.blacklist(refresh);
  for (const text of new Set([inCookie, refreshText])) {
    // Also where it is good no more: a thief may have rotated it, and what came of that must not outlive the logout.
    if (text !== undefined) tellReuse(await tokens.endRefresh(text), state.core, jwt);
  }
  await endAccess(access, jwt);
}

/** Whether a request carries tokens in cookies, whatever they are worth. */
function hasTokenCookie<Row extends object>(state: RequestState<Row>): boolean {
  const cookies = state.core.jwt?.transport.cookies ?? null;
  return cookies !== null &&
    [cookies.access, cookies.refresh].some(({ name }) => state.cookie(name) !== undefined);
}

/** Leaves no session of another user beside the new tokens; a visitor's own goes on under a new key, as at every login. */
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
  const { access, refresh } = insideOf(await state.jwt());
  const service = requireTokens(state.core);
  return [access, refresh].some((token) => token !== null && !namesUser(token, user, service, state.core));
}
