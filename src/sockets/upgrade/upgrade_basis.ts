/** The basis of a socket, once its upgrade is decided. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { RequestIdentity } from "../../auth/identity/request_identity.ts";
import type { RequestState } from "../../auth/request/request_state.ts";
import type { Session } from "../../session/session.ts";
import type { StoredSession } from "../../session/store.ts";
import { SessionBasis } from "../socket/session_basis.ts";
import type { SocketParts } from "../socket/socket.ts";
import { TokenBasis } from "../socket/token_basis.ts";

/** What a socket rests on, and its session if that was opened. */
export type SocketRest<Row extends object> = Pick<SocketParts<Row, unknown, unknown>, "basis" | "session">;

/** Returns the login that identified the user, else the visitor's session; without a promise where that is known. */
export function basisFor<Row extends object>(
  state: RequestState<Row>,
  { user, token, upkeep, stored, knownUntil, sessionKey: ofTicket = null }: RequestIdentity<Row>,
): SocketRest<Row> | Promise<SocketRest<Row>> {
  const { core } = state;
  // A session cookie that did not identify the user is ignored.
  if (token !== undefined) return { basis: new TokenBasis(core, token, user), session: undefined };
  // The data of the cookie's session belong to nobody, as over HTTP; a ticket has a session of its own.
  if (upkeep === "end_session" && ofTicket === null && state.openedSession === undefined) {
    return { basis: null, session: core.openSession(null, null) };
  }
  const sessionKey = ofTicket ?? (state.openedSession === undefined ? state.sessionKey : null);
  const expireDate = stored?.expireDate ?? knownUntil;
  return sessionKey === null || expireDate === undefined
    ? basisOfVisit(state)
    : { basis: basisOn(core, sessionKey, expireDate, stored), session: undefined };
}

/** Returns the visitor's session, with or without a user, which may have changed while the upgrade was decided. */
async function basisOfVisit<Row extends object>(state: RequestState<Row>): Promise<SocketRest<Row>> {
  const { core } = state;
  const [stored, session] = [await state.stored(), await state.openedSession];
  // The session that `data()` created or gave another key, which the cookies of the 101 name.
  if (session !== undefined && session.sessionKey !== null) {
    return { basis: basisOfOpened(state, session, stored), session };
  }
  // A session that `data()` ended still becomes the basis, so that the next recheck closes the socket.
  const basis = stored === null ? null : basisOn(core, state.sessionKey!, stored.expireDate, stored);
  return { basis, session };
}

/**
 * Creates the basis of a session as it was found. With an identity cache, its data are only read sometimes; they are
 * never kept then, since an application that does not load them first would fail by chance.
 */
function basisOn<Row extends object>(
  core: AuthCore<Row>,
  sessionKey: string,
  expireDate: Date,
  stored: StoredSession | undefined,
): SessionBasis<Row> {
  return new SessionBasis(core, sessionKey, expireDate, core.identities === null ? stored : undefined);
}

/** Creates the basis of a session that was opened while the upgrade was decided. */
function basisOfOpened<Row extends object>(
  { core, sessionKey }: RequestState<Row>,
  session: Session,
  stored: StoredSession | null,
): SessionBasis<Row> {
  // When it would expire if it were saved now, whether or not it was.
  const end = session.getExpiryDate();
  const key = session.sessionKey!;
  if (stored === null || key !== sessionKey) return new SessionBasis(core, key, end);
  // The earlier of both is safe: the row is read again before the socket closes.
  return new SessionBasis(core, key, end < stored.expireDate ? end : stored.expireDate, stored);
}
