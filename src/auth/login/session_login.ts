/** `login`, `logout` and `update_session_auth_hash` of `django.contrib.auth`. */

import { SessionError } from "../../errors.ts";
import { constantTimeEqual } from "../../internal/bytes.ts";
import { BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY } from "../../session/auth_keys.ts";
import type { Session } from "../../session/session.ts";
import { isSameKey, parsePrimaryKey } from "../../users/primary_key.ts";
import { passwordAsRead } from "../../users/django_user.ts";
import type { User } from "../../users/user.ts";
import { sessionUserId, sessionVerdict } from "../identity/session_identity.ts";
import type { AuthCore } from "../core/core.ts";
import { updateLastLogin } from "./last_login.ts";
import type { RequestState } from "../request/request_state.ts";

/** Logs a user in on this request. */
export async function login<Row extends object>(
  state: RequestState<Row>,
  user: User<Row>,
  backend: string,
): Promise<void> {
  await loginSession(state.core, await state.session(), user, backend);
  state.setIdentity(user);
  state.csrf().rotate();
}

/** Turns a session into the login of a user, by Django's rules. The user's entries stay in memory until it is saved. */
export async function loginSession<Row extends object>(
  core: AuthCore<Row>,
  session: Session,
  user: User<Row>,
  backend: string,
): Promise<void> {
  // First, so that a login that fails here has changed nothing.
  await updateLastLogin(core.clock, user);
  const hash = core.sessionHash.make(user.password);
  if (session.has(SESSION_KEY)) {
    // Data of another user, or of the same one from before a password change, must not be carried over.
    if (!isSameLogin(session, user, hash, core)) await session.flush();
  } else {
    // Against session fixation: a key known before the login, perhaps planted by an attacker, must not be one
    // afterwards.
    await renewKey(session);
  }
  session.set(SESSION_KEY, String(user.pk));
  session.set(BACKEND_SESSION_KEY, backend);
  session.set(HASH_SESSION_KEY, hash);
}

/** Gives an anonymous session a new key; flushes it if its row is gone in the meantime. */
export async function renewKey(session: Session): Promise<void> {
  try {
    await session.cycleKey();
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== "session_deleted") throw error;
    await session.flush();
  }
}

/** Logs out: deletes the session's row and cookie. */
export async function logout<Row extends object>(state: RequestState<Row>): Promise<void> {
  await (await state.session()).flush();
  state.setIdentity(null);
}

/** Keeps this session after a user's own password change, under a new key; all other sessions of the user end. */
export async function updateSessionAuthHash<Row extends object>(
  state: RequestState<Row>,
  user: User<Row>,
): Promise<void> {
  await keepLogin(state, user, user.password, (session) => session.cycleKey());
}

/** Keeps the user's own session valid with this password; `cycle` changes its key. */
export async function keepLogin<Row extends object>(
  state: RequestState<Row>,
  user: User<Row>,
  password: string,
  cycle: (session: Session) => Promise<void>,
): Promise<void> {
  const { core } = state;
  const session = await state.session();
  const isOwn = await isLoginOf(state, session, user);
  const before = session.get(HASH_SESSION_KEY);
  // Before the key changes, so that the new row never has the old hash.
  if (isOwn) session.set(HASH_SESSION_KEY, core.sessionHash.make(password));
  try {
    await cycle(session);
  } catch (error) {
    // The handler may continue, and the session that it saves must still be a login.
    if (isOwn && before !== undefined) session.set(HASH_SESSION_KEY, before);
    throw error;
  }
  if (isOwn) state.setIdentity(user);
}

/**
 * Returns whether a session is a login of this user: Django's `request.user == user`. Naming the user is not enough: a
 * login that had ended with an older password would be revived.
 */
async function isLoginOf<Row extends object>(
  state: RequestState<Row>,
  session: Session,
  user: User<Row>,
): Promise<boolean> {
  const { core } = state;
  const payload = session.payload();
  const id = sessionUserId(payload, core);
  if (id === null || !isSameKey(id, user.pk)) return false;
  const known = await state.askedIdentity;
  // With a token, or if not identified yet, the user is known but not whether the session is valid.
  if (known !== undefined && known.token === undefined) {
    return known.user !== null && isSameKey(known.user.pk, user.pk);
  }
  // The row already has the new password, while the login is based on the old one.
  const verdict = sessionVerdict(user, passwordAsRead(user), payload, core);
  return verdict === "current" || verdict === "fallback";
}

function isSameLogin<Row extends object>(
  session: Session,
  user: User<Row>,
  hash: string,
  core: AuthCore<Row>,
): boolean {
  const id = parsePrimaryKey(core.table.primaryKeyType, session.get(SESSION_KEY));
  const stored = session.get(HASH_SESSION_KEY);
  return id !== null && isSameKey(id, user.pk) && typeof stored === "string" &&
    constantTimeEqual(stored, hash);
}
