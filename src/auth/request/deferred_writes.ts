/**
 * What Django writes while it reads a session, moved to where a response can still carry a cookie: a session whose hash
 * is wrong is ended, a hash that an older key made is renewed. Never necessary, so it never fails a request.
 */

import { pythonStringText } from "../../internal/python/repr.ts";
import { HASH_SESSION_KEY } from "../../session/auth_keys.ts";
import type { RequestState } from "./request_state.ts";

/** Does what the identity of this request asks for; whether the session was ended. */
export async function runDeferredWrites<Row extends object>(state: RequestState<Row>): Promise<boolean> {
  const identity = await state.askedIdentity;
  if (identity === undefined || identity.upkeep === null) return false;
  return await state.core.optionalWrites.run(async () => {
    if (identity.upkeep === "end_session") return await endSession(state);
    await renewHash(state, state.core.sessionHash.make(identity.user!.password));
    return false;
  });
}

async function endSession<Row extends object>(state: RequestState<Row>): Promise<boolean> {
  const { sessionKey } = state;
  // Read again: where the row has gone meanwhile, a new login may have replaced it, and its cookie must live.
  if (await state.core.sessions.load(sessionKey!) === null) return false;
  const session = await state.openedSession;
  // What was put into a session that is opened anew stays; data of the ended one do not.
  if (session?.sessionKey === sessionKey) await session!.flush();
  else await state.core.sessions.delete(sessionKey!);
  return true;
}

/**
 * Puts the new hash in the place of the old one, under the same key. Django takes a new key here, and of parallel
 * requests all but one then find their session gone.
 */
async function renewHash<Row extends object>(state: RequestState<Row>, hash: string): Promise<void> {
  const stored = await state.stored();
  if (stored === null) return;
  const old = stored.payload.raw(HASH_SESSION_KEY);
  await state.core.sessions.update(state.sessionKey!, (current, expireDate) => {
    const isSame = current.raw(HASH_SESSION_KEY) === old;
    const payload = isSame ? current.with([[HASH_SESSION_KEY, pythonStringText(hash)]]) : current;
    return { payload, expireDate };
  });
}
