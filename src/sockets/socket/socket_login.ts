/** Login and logout over a socket: Django's rules for the session in the database, and a claim for its cookie. */

import type { AuthCore } from "../../auth/core/core.ts";
import { sessionBackend, usualBackend } from "../../auth/login/backends.ts";
import { loginSession } from "../../auth/login/session_login.ts";
import { type LoginSubject, subjectOf } from "../../auth/login/login_subject.ts";
import { DjauthError, SessionError } from "../../errors.ts";
import { requireMethodOptions } from "../../internal/option_checks.ts";
import type { Session } from "../../session/session.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { SocketBasis } from "./basis.ts";
import { SessionBasis } from "./session_basis.ts";

/** Options of a login over a socket. */
export interface SocketLoginOptions {
  /** Which of `authenticationBackends` the session names; by default and for `"session"`, as with `auth.login()`. */
  backend?: string;
}

/** The result of a login over a socket. */
export interface SocketLogin<Row extends object = DjangoUserRow> {
  /**
   * For the page, which posts it within 30 seconds to `claimPath` on the socket's server (`/.djauth/claim` by default)
   * to get the session's cookie. Valid once, and only for the browser and the Origin that opened the socket.
   */
  readonly claim: string;
  /** The user of the socket. */
  readonly user: User<Row>;
}

/** The socket as a login or logout sees and changes it. */
export interface SocketLoginPort<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly session: Session;
  /** The binding of the claim. */
  readonly binding: number;
  /** `SocketNode.newsCount` when the login or logout began; `null` for a socket without a connection. */
  readonly newsAtStart: number | null;
  /** Returns the user, as of now. */
  user(): User<Row> | null;
  /** Returns what it rests on, as of now. */
  basis(): SocketBasis<Row> | null;
  /** Returns whether messages can be sent. */
  isOpen(): boolean;
  /**
   * Ties the socket to a user and that user's login.
   *
   * @param newsAtStart see `MoveNews.atStart`
   */
  rebind(user: User<Row> | null, basis: SocketBasis<Row> | null, newsAtStart: number | null): void;
  /** Turns the socket into an anonymous one where that is allowed, else closes it. */
  becomeAnonymous(): void;
}

/** Logs a user in. */
export async function loginSocket<Row extends object>(
  port: SocketLoginPort<Row>,
  subject: LoginSubject<Row>,
  options: SocketLoginOptions,
): Promise<SocketLogin<Row>> {
  const { core, session } = port;
  requireMethodOptions("login()", options, ["backend"]);
  const backend = sessionBackend(core, options.backend ?? "session");
  requireOpen(port);
  const known = await subjectOf(core, subject);
  const owner = port.user();
  if (owner !== null && !isSameKey(owner.pk, known.pk)) {
    throw new DjauthError(
      "user_mismatch",
      "The socket is another user's: log out first, or open a new socket",
    );
  }
  return await unwatched(port, async () => {
    await refresh(session);
    const before = session.sessionKey;
    await loginSession(core, session, known, backend ?? usualBackend(core, known));
    await session.save();
    const sessionKey = session.sessionKey!;
    // No page will learn of a login on a socket that has closed meanwhile, so it is undone.
    const requireReachable = async (): Promise<void> => {
      if (!port.isOpen() && sessionKey !== before) await session.flush();
      requireOpen(port);
    };
    await requireReachable();
    const login = { userId: String(known.pk), sessionKey, claims: null };
    const claim = await core.loginClaims.make(login, String(port.binding));
    port.rebind(known, new SessionBasis(core, sessionKey, session.getExpiryDate()), port.newsAtStart);
    // A limit or an order may just have closed it.
    await requireReachable();
    return { claim, user: known };
  });
}

/** Logs the user out. */
export async function logoutSocket<Row extends object>(port: SocketLoginPort<Row>): Promise<void> {
  const { core, session } = port;
  const sessionKey = port.basis()?.sessionKey ?? null;
  await unwatched(port, async () => {
    // The session that the socket rests on may not be the one it has open.
    if (sessionKey !== null && sessionKey !== session.sessionKey) await core.sessions.delete(sessionKey);
    await session.flush();
    port.becomeAnonymous();
  });
}

/**
 * Runs work that replaces or ends the socket's own session. Meanwhile the socket rests on nothing, so that a recheck
 * does not take this for a login that was ended elsewhere.
 */
async function unwatched<Row extends object, Result>(
  port: SocketLoginPort<Row>,
  work: () => Promise<Result>,
): Promise<Result> {
  const [user, basis] = [port.user(), port.basis()];
  port.rebind(user, null, null);
  try {
    return await work();
  } catch (error) {
    port.rebind(user, basis, port.newsAtStart);
    throw error;
  }
}

/**
 * Reads the session anew: the login depends on its data, and those read when the socket opened may be long out of date.
 * Unsaved changes of the application are saved first.
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
  if (!port.isOpen()) throw new DjauthError("socket_closed", "The socket is closed");
}
