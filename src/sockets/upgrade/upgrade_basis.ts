/** What a socket is to rest on, once its upgrade is decided. */

import type { RequestState } from "../../auth/request/request_state.ts";
import type { Session } from "../../session/session.ts";
import type { StoredSession } from "../../session/store.ts";
import { SessionBasis } from "../socket/session_basis.ts";
import type { SocketParts } from "../socket/socket.ts";
import { TokenBasis } from "../socket/token_basis.ts";

/** What a socket rests on: whatever said who opens it, else the visitor's session. */
export async function basisFor<Row extends object>(
  state: RequestState<Row>,
): Promise<Pick<SocketParts<Row, unknown, unknown>, "basis" | "session">> {
  const { core } = state;
  const { token, sessionKey, stored: ofTicket } = await state.identity();
  // The session of a cookie that did not decide is not the socket's.
  if (token !== undefined) return { basis: new TokenBasis(core, token), session: undefined };
  if (sessionKey != null && ofTicket != null) {
    return { basis: new SessionBasis(core, sessionKey, ofTicket.expireDate, ofTicket), session: undefined };
  }
  const [stored, session] = [await state.stored(), await state.openedSession];
  // What `data()` made, or put under another key: that is what the cookies of the 101 name.
  if (session !== undefined && session.sessionKey !== null) {
    return { basis: basisOfOpened(state, session, stored), session };
  }
  // A session that `data()` ended is rested on all the same, so that the next look ends the socket.
  const basis = stored === null ? null : new SessionBasis(core, state.sessionKey!, stored.expireDate, stored);
  return { basis, session };
}

/** A session that was opened while the upgrade was decided. */
function basisOfOpened<Row extends object>(
  { core, sessionKey }: RequestState<Row>,
  session: Session,
  stored: StoredSession | null,
): SessionBasis<Row> {
  // When it would end if it were saved now, whether or not it was.
  const end = session.getExpiryDate();
  const key = session.sessionKey!;
  if (stored === null || key !== sessionKey) return new SessionBasis(core, key, end);
  // The earlier of both: before the socket closes, the row is read again.
  return new SessionBasis(core, key, end < stored.expireDate ? end : stored.expireDate, stored);
}
