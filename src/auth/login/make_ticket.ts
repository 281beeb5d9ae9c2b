/** Creates tickets. */

import type { RequestState } from "../request/request_state.ts";

/**
 * Creates a ticket for the login of a request.
 *
 * @throws {NotAuthenticated} with the reason, if nobody is signed in
 */
export async function makeTicket<Row extends object>(state: RequestState<Row>): Promise<string> {
  const { user, token } = await state.identity();
  if (user === null) throw await state.notAuthenticated();
  const userId = String(user.pk);
  if (token !== undefined) {
    return await state.core.tickets.make({ userId, sessionKey: null, claims: token.claims });
  }
  // A login made during this request is not saved yet, and the ticket needs its row.
  const session = await state.openedSession;
  if (session?.modified) await session.save();
  const sessionKey = session?.sessionKey ?? state.sessionKey;
  if (sessionKey === null) throw await state.notAuthenticated();
  return await state.core.tickets.make({ userId, sessionKey, claims: null });
}
