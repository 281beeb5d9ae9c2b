/** What a socket is to rest on, once its upgrade is decided. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { RequestIdentity } from "../../auth/identity/request_identity.ts";
import type { RequestState } from "../../auth/request/request_state.ts";
import type { Session } from "../../session/session.ts";
import type { StoredSession } from "../../session/store.ts";
import { SessionBasis } from "../socket/session_basis.ts";
import type { SocketParts } from "../socket/socket.ts";
import { TokenBasis } from "../socket/token_basis.ts";

/** What a socket rests on, and the session where one was opened. */
export type SocketRest<Row extends object> = Pick<SocketParts<Row, unknown, unknown>, "basis" | "session">;

/** What a socket rests on: whatever said who opens it, else the visitor's session. At once where that is known. */
export function basisFor<Row extends object>(
  state: RequestState<Row>,
  { user, token, stored, knownUntil, sessionKey: ofTicket = null }: RequestIdentity<Row>,
): SocketRest<Row> | Promise<SocketRest<Row>> {
  const { core } = state;
  // The session of a cookie that did not decide is not the socket's.
  if (token !== undefined) return { basis: new TokenBasis(core, token, user!), session: undefined };
  const sessionKey = ofTicket ?? (state.openedSession === undefined ? state.sessionKey : null);
  const expireDate = stored?.expireDate ?? knownUntil;
  return sessionKey === null || expireDate === undefined
    ? basisOfVisit(state)
    : { basis: basisOn(core, sessionKey, expireDate, stored), session: undefined };
}

/** The session of a visitor who may be nobody, and that may have changed while the upgrade was decided. */
async function basisOfVisit<Row extends object>(state: RequestState<Row>): Promise<SocketRest<Row>> {
  const { core } = state;
  const [stored, session] = [await state.stored(), await state.openedSession];
  // What `data()` made, or put under another key: that is what the cookies of the 101 name.
  if (session !== undefined && session.sessionKey !== null) {
    return { basis: basisOfOpened(state, session, stored), session };
  }
  // A session that `data()` ended is rested on all the same, so that the next look ends the socket.
  const basis = stored === null ? null : basisOn(core, state.sessionKey!, stored.expireDate, stored);
  return { basis, session };
}

/**
 * A session as it was found. With an identity cache it is sometimes read and sometimes not: a socket that had its data only
 * then would fail by chance, where its application does not load them. So it never has them from the beginning.
 */
function basisOn<Row extends object>(
  core: AuthCore<Row>,
  sessionKey: string,
  expireDate: Date,
  stored: StoredSession | undefined,
): SessionBasis<Row> {
  return new SessionBasis(core, sessionKey, expireDate, core.identities === null ? stored : undefined);
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
