/** The socket as handlers see it: the same on every runtime, with its user and session. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { LoginSubject } from "../../auth/login/login_subject.ts";
import type { Session } from "../../session/session.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { User } from "../../users/user.ts";
import type { SocketBasis } from "./basis.ts";
import type { SocketKeeper } from "./keeper.ts";
import { fitReason, refusal, requireSendableCode } from "../protocol/close_codes.ts";
import {
  loginSocket,
  logoutSocket,
  type SocketLogin,
  type SocketLoginOptions,
  type SocketLoginPort,
} from "./socket_login.ts";

/** The part of a runtime's own socket that djauth uses. */
export interface SocketTransport {
  /** As `WebSocket.readyState`. */
  readonly readyState: number;
  /** Sends a message. */
  send(data: string | Uint8Array<ArrayBuffer> | ArrayBuffer): unknown;
  /** Closes the connection. */
  close(code?: number, reason?: string): unknown;
}

/** The initial state of a socket whose upgrade was accepted. */
export interface SocketParts<Row extends object, Data, Who> {
  readonly core: AuthCore<Row>;
  readonly user: Who;
  readonly data: Data;
  readonly protocol: string;
  /** The login or the visitor's session that it rests on; `null` without either. */
  readonly basis: SocketBasis<Row> | null;
  /** The session, if it was opened while the upgrade was decided. */
  readonly session: Session | undefined;
  /** Whether it may continue without a user. */
  readonly mayBeAnonymous: boolean;
  /** The binding of a login's claim. */
  readonly binding: number;
}

/** A socket with any `data` and any user. */
export type AnySocket<Row extends object = DjangoUserRow> = DjangoSocket<Row, unknown, User<Row> | null>;

/** Access to a socket for djauth's own modules, hidden from the application. */
export interface SocketInside {
  /** Returns what it rests on. */
  basisOf<Row extends object>(socket: AnySocket<Row>): SocketBasis<Row> | null;
  /** Returns its id, if that was ever read. */
  madeIdOf<Row extends object>(socket: AnySocket<Row>): string | undefined;
  /** Ties it to the runtime's own socket. */
  tie<Row extends object>(socket: AnySocket<Row>, transport: SocketTransport): void;
  /** Replaces the user by a newer row. */
  renewUser<Row extends object>(socket: AnySocket<Row>, user: User<Row>): void;
  /** Puts another login of the same user under it. */
  restOn<Row extends object>(socket: AnySocket<Row>, basis: SocketBasis<Row>): void;
  /** Ties it to its connection. */
  keep<Row extends object>(socket: AnySocket<Row>, keeper: SocketKeeper): void;
}

/** The only access to the inside of a socket: see {@link SocketInside}. */
export let socketInternals: SocketInside;

/** `WebSocket.OPEN`. */
export const OPEN = 1;

/**
 * An authenticated WebSocket.
 *
 * @example An echo that names the user
 * ```ts
 * import type { DjangoSocket } from "@djauth/djauth";
 *
 * export function message(socket: DjangoSocket, data: string | Uint8Array<ArrayBuffer>): void {
 *   socket.send(`${socket.user.username} said ${data}`);
 * }
 * ```
 */
export class DjangoSocket<Row extends object = DjangoUserRow, Data = undefined, Who = User<Row>> {
  static {
    socketInternals = {
      basisOf: (socket) => socket.#basis,
      madeIdOf: (socket) => socket.#id,
      tie(socket, transport) {
        socket.#transport = transport;
      },
      renewUser(socket, user) {
        socket.#user = user;
      },
      restOn(socket, basis) {
        socket.#basis = basis;
      },
      keep(socket, keeper) {
        socket.#keeper = keeper;
      },
    };
  }

  /** The result of the option `data`. */
  data: Data;
  /** The subprotocol that was selected, or `""`. */
  readonly protocol: string;
  #user: Who;
  readonly #core: AuthCore<Row>;
  readonly #mayBeAnonymous: boolean;
  readonly #binding: number;
  #basis: SocketBasis<Row> | null;
  #keeper: SocketKeeper | undefined;
  /** The last login or logout, until it has finished. */
  #turn: Promise<unknown> | undefined;
  // Created on demand: most sockets never need an id or a session.
  #id: string | undefined;
  #session: Session | undefined;
  #transport: SocketTransport | undefined;

  /** Created by djauth when an upgrade is accepted. */
  constructor(parts: SocketParts<Row, Data, Who>) {
    this.#user = parts.user;
    this.data = parts.data;
    this.protocol = parts.protocol;
    this.#core = parts.core;
    this.#basis = parts.basis;
    this.#mayBeAnonymous = parts.mayBeAnonymous;
    this.#binding = parts.binding;
    this.#session = parts.session;
  }

  /**
   * The user; `null` on an anonymous socket. Rechecked while the socket lives: when a column changes in the database,
   * this becomes another object and `onIdentityChange` is called.
   */
  get user(): Who {
    return this.#user;
  }

  /** A random id, unique across nodes. */
  get id(): string {
    // Not from `randomBytes`, which takes 20 times as long: an application may read the id of every socket.
    return this.#id ??= crypto.randomUUID();
  }

  /**
   * The session that the socket rests on, as it was when the socket opened; `forget()` and `load()` read it anew.
   * `change()` works on the current row under a lock, and `save()` applies only what was changed here to it. With
   * `identityCache` it has not been read, unless `data` or `condition` called `context.session()`: call `await
   * socket.session.load()` before the first access, which otherwise throws a `TypeError`. Without a session this is an
   * empty one, whose cookie cannot reach the browser any more.
   */
  get session(): Session {
    const basis = this.#basis;
    return this.#session ??= basis === null
      ? this.#core.openSession(null, null)
      : this.#core.openSession(basis.sessionKey, basis.stored);
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    // Told to close, the runtime's socket may still call itself open for a moment.
    return this.#transport?.readyState === OPEN && !this.#keeper?.isEnding;
  }

  /** The runtime's own socket, for features that only that has; `undefined` before the socket is open. */
  get raw(): SocketTransport | undefined {
    return this.#transport;
  }

  /** Sends a message; does nothing on a socket that is not open. */
  send(data: string | Uint8Array<ArrayBuffer> | ArrayBuffer): void {
    // A socket may close at any time: sending to a closed one is not the caller's mistake.
    if (this.isOpen) this.#transport!.send(data);
  }

  /**
   * Closes the socket: it receives no more messages and leaves `auth.sockets`.
   *
   * @param code 1000, 3000 to 4999, or a code that RFC 6455 allows a server
   * @param reason at most 123 bytes; a longer one is cut
   * @throws {RangeError} for any other code
   */
  close(code: number = 1000, reason: string = ""): void {
    requireSendableCode(code);
    const fitted = fitReason(reason);
    if (this.#keeper === undefined) this.#transport?.close(code, fitted);
    else this.#keeper.end(code, fitted);
  }

  /**
   * Logs a user in over this socket: its session gets a new key, or is flushed if it was another user's, and
   * `last_login` is written, as by `django.contrib.auth.login`. From then on the socket belongs to this user and rests
   * on that login. The cookie reaches the page by way of the claim, which the page posts to `claimPath`. The option
   * `condition` is not applied to the user: check it before.
   *
   * @param user a user, or the id of one: `{ userId: 7 }`
   * @throws {DjauthError} `user_mismatch` on a socket of another user; `socket_closed` when the client has left;
   * `user_deleted` when the user was deleted meanwhile
   * @throws {AuthenticationError} `user_not_found` for an unknown id
   * @throws {SessionError} `session_deleted` when the session was ended meanwhile
   * @throws {DatabaseError} `database_permission_denied` where the role may not write sessions or `last_login`
   * @throws {DatabaseUnavailable} `database_unavailable`; if the outage began between the new session and its claim,
   * the page's cookie is not valid any more and the user has to log in again
   * @throws {TypeError} for a backend that is not configured, for neither or both of user and id, for any other
   * property beside an id, and for an invalid id
   *
   * @example A login over a socket that was opened without a user
   * ```ts
   * import { AuthenticationError, type DjangoAuth, type DjangoSocket, type User } from "@djauth/djauth";
   *
   * type Guest = DjangoSocket<object, undefined, User<object> | null>;
   *
   * export async function logIn(auth: DjangoAuth<object>, socket: Guest, form: string): Promise<void> {
   *   const { username, password } = JSON.parse(form);
   *   try {
   *     const { claim } = await socket.login(await auth.authenticate({ username, password }));
   *     socket.send(JSON.stringify({ claim }));
   *   } catch (error) {
   *     if (!(error instanceof AuthenticationError)) throw error;
   *     socket.send(JSON.stringify({ refused: true }));
   *   }
   * }
   * ```
   */
  login(user: LoginSubject<Row>, options: SocketLoginOptions = {}): Promise<SocketLogin<Row>> {
    return this.#inTurn(() => loginSocket(this.#loginPort(), user, options));
  }

  /**
   * Logs out: ends the session that this socket rests on in the database, and with it the session's other sockets. This
   * one continues as an anonymous socket where `anonymous` allows that (even if a `condition` would not let one open),
   * else it closes with 4401 `session_ended`. Tokens stay valid. The cookie in the browser is not valid any more.
   * Mirrors `django.contrib.auth.logout`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` where the role may not delete sessions
   */
  logout(): Promise<void> {
    return this.#inTurn(() => logoutSocket(this.#loginPort()));
  }

  /** Runs one at a time: two concurrent logins would each take the other's session for their own. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = (this.#turn ?? Promise.resolve()).then(work);
    const last = turn.catch(() => {}).then(() => {
      if (this.#turn === last) this.#turn = undefined;
    });
    this.#turn = last;
    return turn;
  }

  #loginPort(): SocketLoginPort<Row> {
    const rebind: SocketLoginPort<Row>["rebind"] = (user, basis, newsAtStart) => {
      const change = (): void => {
        this.#user = user as Who;
        this.#basis = basis;
      };
      if (this.#keeper === undefined) change();
      // The user was read before the password was checked, which takes its time: news may have been missed.
      else this.#keeper.move(change, { atLookup: null, atStart: newsAtStart });
    };
    return {
      core: this.#core,
      // Read when they are needed: a login that fails must not undo a renewal of the token meanwhile.
      user: () => this.#user as User<Row> | null,
      basis: () => this.#basis,
      session: this.session,
      binding: this.#binding,
      newsAtStart: this.#keeper?.newsCount ?? null,
      isOpen: () => this.isOpen,
      rebind,
      becomeAnonymous: () => {
        if (this.#mayBeAnonymous) return rebind(null, null, null);
        const { code, reason } = refusal("session_ended");
        this.close(code, reason);
      },
    };
  }
}
