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
  // A login made during this request is not saved yet, and the ticket needs its row.
  const opened = await state.openedSession;
  if (token === undefined && opened?.modified) await opened.save();
  return await state.core.tickets.make({
    sessionKey: token === undefined ? opened?.sessionKey ?? state.sessionKey : null,
    claims: token === undefined ? null : token.claims,
    userId: String(user.pk),
  });
}
