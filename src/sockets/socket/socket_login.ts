/** Login and logout over a socket: Django's rules for the session in the database, and a claim for the cookie. */

import type { AuthCore } from "../../auth/core/core.ts";
import { requireBackend, usualBackend } from "../../auth/login/backends.ts";
import { loginSession } from "../../auth/login/session_login.ts";
import { type LoginSubject, subjectOf } from "../../auth/login/login_subject.ts";
import { DjauthError, SessionError } from "../../errors.ts";
import { requireTaken } from "../../internal/option_checks.ts";
import type { Session } from "../../session/session.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { SocketBasis } from "./basis.ts";
import { SessionBasis } from "./session_basis.ts";

/** How a login over a socket is made. */
export interface SocketLoginOptions {
  /** Which of `authenticationBackends` the session names; the first if not given. */
  backend?: string;
}

/** A login that was made over a socket. */
export interface SocketLogin<Row extends object = DjangoUserRow> {
  /**
   * For the page, which posts it within 30 seconds to the path `claimPath` of the socket's server, by default
   * `/.djauth/claim`, and so gets the session's cookie. Good once, and only for the browser and the page that opened
   * the socket.
   */
  readonly claim: string;
  /** Who is there now. */
  readonly user: User<Row>;
}

/** What a login or a logout sees and changes of its socket. */
export interface SocketLoginPort<Row extends object> {
  readonly core: AuthCore<Row>;
  /** Whose it is by now. */
  readonly user: User<Row> | null;
  /** What it rests on by now. */
  readonly basis: SocketBasis<Row> | null;
  readonly session: Session;
  /** What a claim is tied to. */
  readonly binding: number;
  /** How much the node had heard when this began; `null` where nobody keeps account of the socket. */
  readonly heard: number | null;
  /** Whether messages can be sent. */
  isOpen(): boolean;
  /**
   * Ties the socket to a user from now on, and to what that rests on.
   *
   * @param since what had been heard when it ceased to rest on anything: orders that came meanwhile count
   */
  rebind(user: User<Row> | null, basis: SocketBasis<Row> | null, since: number | null): void;
  /** The user is gone: the socket goes on as an anonymous one where it may, else it closes. */
  becomeAnonymous(): void;
}

/** Logs in. */
export async function loginSocket<Row extends object>(
  port: SocketLoginPort<Row>,
  subject: LoginSubject<Row>,
  options: SocketLoginOptions,
): Promise<SocketLogin<Row>> {
  const { core, session } = port;
  requireTaken("login()", options, ["backend"]);
  const asked = options.backend === undefined ? null : requireBackend(core, options.backend);
  requireOpen(port);
  const known = await subjectOf(core, subject);
  if (port.user !== null && !isSameKey(port.user.pk, known.pk)) {
    throw new DjauthError(
      "user_mismatch",
      409,
      "The socket is another user's: log out first, or open a new socket",
    );
  }
  return await unwatched(port, async () => {
    await refresh(session);
    const before = session.sessionKey;
    await loginSession(core, session, known, asked ?? usualBackend(core, known));
    await session.save();
    const sessionKey = session.sessionKey!;
    // Of a login on a socket that has closed meanwhile no page will ever hear: nothing is left of it.
    const requireHeard = async (): Promise<void> => {
      if (!port.isOpen() && sessionKey !== before) await session.flush();
      requireOpen(port);
    };
    await requireHeard();
    const login = { userId: String(known.pk), sessionKey, claims: null };
    const claim = await core.loginClaims.make(login, String(port.binding));
    port.rebind(known, new SessionBasis(core, sessionKey, session.getExpiryDate()), port.heard);
    // Also where a limit or an order has closed it just now.
    await requireHeard();
    return { claim, user: known };
  });
}

/** Logs out. */
export async function logoutSocket<Row extends object>(port: SocketLoginPort<Row>): Promise<void> {
  const { core, session } = port;
  const sessionKey = port.basis?.sessionKey ?? null;
  await unwatched(port, async () => {
    // A socket may rest on a session and have another open, or none.
    if (sessionKey !== null && sessionKey !== session.sessionKey) await core.sessions.delete(sessionKey);
    await session.flush();
    port.becomeAnonymous();
  });
}

/**
 * Runs what replaces or ends the session under the socket itself: meanwhile the socket rests on nothing, so that this is
 * not taken for a login that was ended elsewhere.
 */
async function unwatched<Row extends object, Result>(
  port: SocketLoginPort<Row>,
  work: () => Promise<Result>,
): Promise<Result> {
  const { user, basis } = port;
  port.rebind(user, null, null);
  try {
    return await work();
  } catch (error) {
    port.rebind(user, basis, port.heard);
    throw error;
  }
}

/**
 * The session as it is by now: what was read when the socket opened may be long out of date, and a login decides by it.
 * What the application has set and not saved goes along.
 */
async function refresh(session: Session): Promise<void> {
  if (session.sessionKey === null) return;
  try {
    if (session.modified) await session.save();
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
  }
  session.forget();
  await session.load();
}

function requireOpen<Row extends object>(port: SocketLoginPort<Row>): void {
  if (!port.isOpen()) throw new DjauthError("socket_closed", 409, "The socket is closed");
}
