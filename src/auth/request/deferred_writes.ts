/**
 * What Django writes while reading a session, deferred until the response is finished: a session with a wrong hash is
 * flushed, a hash made with an older key is renewed. These writes are optional, so they never fail a request.
 */

import { pythonStringText } from "../../internal/python/repr.ts";
import { HASH_SESSION_KEY } from "../../session/auth_keys.ts";
import type { RequestState } from "./request_state.ts";

/** Performs the upkeep that this request's identity calls for; returns whether the session was ended. */
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
  // Read again: if the row is gone by now, a new login may have replaced it, whose cookie must survive.
  if (await state.core.sessions.load(sessionKey!) === null) return false;
  const session = await state.openedSession;
  // Data written to a session that was opened anew are kept; those of the ended one are not.
  if (session?.sessionKey === sessionKey) await session!.flush();
  else await state.core.sessions.delete(sessionKey!);
  return true;
}

/**
 * Replaces the old hash under the same session key. Django cycles the key here, so that of parallel requests all but
 * one find their session gone.
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
