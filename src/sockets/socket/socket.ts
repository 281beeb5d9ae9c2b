/** The socket as handlers see it: the same on every runtime, with the user and the session it rests on. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { LoginSubject } from "../../auth/login/login_subject.ts";
import type { Session } from "../../session/session.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { User } from "../../users/user.ts";
import type { SocketBasis } from "./basis.ts";
import { fitReason, refusal, requireSendableCode } from "../protocol/close_codes.ts";
import {
  loginSocket,
  logoutSocket,
  type SocketLogin,
  type SocketLoginOptions,
  type SocketLoginPort,
} from "./socket_login.ts";

/** The slice of a runtime's own socket that is used. */
export interface SocketTransport {
  /** As `WebSocket.readyState`. */
  readonly readyState: number;
  /** Sends a message. */
  send(data: string | Uint8Array<ArrayBuffer> | ArrayBuffer): unknown;
  /** Closes. */
  close(code?: number, reason?: string): unknown;
}

/** What a socket is made of when its upgrade was accepted. */
export interface SocketParts<Row extends object, Data, Who> {
  readonly core: AuthCore<Row>;
  readonly user: Who;
  readonly data: Data;
  readonly protocol: string;
  /** The login or the visitor's session that it rests on; `null` where there is neither. */
  readonly basis: SocketBasis<Row> | null;
  /** The session, where it was opened while the upgrade was decided. */
  readonly session: Session | undefined;
  /** Whether it may go on without a user. */
  readonly mayBeAnonymous: boolean;
  /** What the claim of a login is tied to. */
  readonly binding: number;
}

/** Who keeps account of a socket: its connection. */
export interface SocketKeeper {
  /** How much the node has heard from the feed and of orders. */
  readonly heard: number;
  /** Puts another login under the socket; {@link heard} is what it was when that was looked up, and when the change began. */
  move(change: () => void, heard: number | null, since: number | null): void;
  /** Closes it. */
  end(code: number, reason: string): void;
}

/** A socket, whatever its `data` and whoever may open it. */
export type AnySocket<Row extends object = DjangoUserRow> = DjangoSocket<Row, unknown, User<Row> | null>;

/** What the modules of djauth may ask and change of a socket, and its application may not. */
export interface SocketInside {
  /** What it rests on. */
  basisOf<Row extends object>(socket: AnySocket<Row>): SocketBasis<Row> | null;
  /** Its id, where one was asked for. */
  madeIdOf<Row extends object>(socket: AnySocket<Row>): string | undefined;
  /** Ties it to the runtime's own. */
  tie<Row extends object>(socket: AnySocket<Row>, transport: SocketTransport): void;
  /** Puts the user as known by now in the place of the one before. */
  renewUser<Row extends object>(socket: AnySocket<Row>, user: User<Row>): void;
  /** Puts another login of the same user under it. */
  restOn<Row extends object>(socket: AnySocket<Row>, basis: SocketBasis<Row>): void;
  /** Says who keeps account of it. */
  keep<Row extends object>(socket: AnySocket<Row>, keeper: SocketKeeper): void;
}

/** The one door to the inside of a socket: see {@link SocketInside}. */
export let socketInside: SocketInside;

const OPEN = 1;

/**
 * An authenticated WebSocket.
 *
 * @example An echo that knows who is there
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
    socketInside = {
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

  /** What the `data` function of the options made. */
  data: Data;
  /** The subprotocol that was selected, or `""`. */
  readonly protocol: string;
  #user: Who;
  readonly #core: AuthCore<Row>;
  readonly #mayBeAnonymous: boolean;
  readonly #binding: number;
  #basis: SocketBasis<Row> | null;
  #keeper: SocketKeeper | undefined;
  /** The last login or logout, until it is over. */
  #turn: Promise<unknown> | undefined;
  // A server holds many sockets that nobody ever asks for these: the id is made and the session opened on demand.
  #id: string | undefined;
  #session: Session | undefined;
  #transport: SocketTransport | undefined;

  /** Made by djauth when an upgrade is accepted. */
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
   * Who is there; `null` on an anonymous socket. Looked at again as long as the socket lives: when a column changes in the
   * database, this becomes another object, and `onIdentityChange` is told.
   */
  get user(): Who {
    return this.#user;
  }

  /** A random id, unique across nodes. */
  get id(): string {
    // The runtime's own, in a twentieth of the time that one of `randomBytes` takes: every socket may be asked for its id.
    return this.#id ??= crypto.randomUUID();
  }

  /**
   * The session that the socket rests on, as it was when the socket opened. `change()` and `save()` write it, over what
   * others wrote meanwhile; `forget()` and `load()` read it anew. With `identityCache` it was not read yet,
   * unless `data` or `condition` has called `context.session()`: then `await socket.session.load()` before the first look into it,
   * which throws a `TypeError` otherwise. A socket without one has an empty session, whose cookie
   * cannot reach the browser any more.
   */
  get session(): Session {
    const basis = this.#basis;
    return this.#session ??= basis === null
      ? this.#core.openSession(null, null)
      : this.#core.openSession(basis.sessionKey, basis.stored);
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return this.#transport?.readyState === OPEN;
  }

  /** The runtime's own socket, for what only that one can do; `undefined` before the socket is open. */
  get raw(): SocketTransport | undefined {
    return this.#transport;
  }

  /** Sends a message; on a socket that is not open, nothing happens. */
  send(data: string | Uint8Array<ArrayBuffer> | ArrayBuffer): void {
    // A socket may close at any moment: sending to one that just did is no mistake of the caller's.
    if (this.isOpen) this.#transport!.send(data);
  }

  /**
   * Closes the socket: from now on it gets no messages, and is none of `auth.sockets`.
   *
   * @param code 1000, or 3000 to 4999, or one that RFC 6455 gives a server
   * @param reason at most 123 bytes; a longer one is cut
   * @throws {RangeError} for another code
   */
  close(code: number = 1000, reason: string = ""): void {
    requireSendableCode(code);
    const fitted = fitReason(reason);
    if (this.#keeper === undefined) this.#transport?.close(code, fitted);
    else this.#keeper.end(code, fitted);
  }

  /**
   * Logs a user in over this socket: its session gets a new key, or is emptied where it was another user's, and
   * `last_login` is written, as by `django.contrib.auth.login`. From now on the socket is this user's and rests on that
   * login. The cookie goes to the page by way of the claim, which the page posts to `claimPath`. The `condition` of the
   * sockets is not asked about who logs in here: hold the user against it before.
   *
   * @param user a user, or the id of one: `{ userId: 7 }`
   * @throws {DjauthError} `user_mismatch` on a socket of another user; `socket_closed` when nobody is there any more;
   * `user_deleted` when the user is gone meanwhile
   * @throws {AuthenticationError} `user_not_found` for an id that nobody has
   * @throws {SessionError} `session_deleted` when the session was ended meanwhile
   * @throws {DatabaseError} `database_permission_denied` where the role may not write sessions or `last_login`
   * @throws {DatabaseUnavailable} `database_unavailable`; where the outage began between the new session and its claim, the
   * cookie of the page is worth nothing any more, and the person has to log in again
   * @throws {TypeError} for a backend that is not configured, for neither or both of user and id, for anything beside an id, and
   * for an id that is none
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
   * Logs out: the session that this socket rests on ends in the database, and with it all other sockets of it. This one
   * goes on as an anonymous one where `anonymous` lets it, also where a `condition` would not have let it open as one, else it
   * closes with 4401 `session_ended`. A token does not end by it. The cookie that the browser keeps is worth nothing any more.
   * Mirrors `django.contrib.auth.logout`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  logout(): Promise<void> {
    return this.#inTurn(() => logoutSocket(this.#loginPort()));
  }

  /** One after the other: two logins at once would each take the other's session for its own. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = (this.#turn ?? Promise.resolve()).then(work);
    const last = turn.catch(() => {}).then(() => {
      if (this.#turn === last) this.#turn = undefined;
    });
    this.#turn = last;
    return turn;
  }

  #loginPort(): SocketLoginPort<Row> {
    const rebind: SocketLoginPort<Row>["rebind"] = (user, basis, since) => {
      const change = (): void => {
        this.#user = user as Who;
        this.#basis = basis;
      };
      if (this.#keeper === undefined) change();
      else this.#keeper.move(change, null, since);
    };
    const current = (): Pick<SocketLoginPort<Row>, "user" | "basis"> => ({
      user: this.#user as User<Row> | null,
      basis: this.#basis,
    });
    return {
      core: this.#core,
      // Both may change while the login waits: a renewed token must not be taken back by one that fails.
      get user() {
        return current().user;
      },
      get basis() {
        return current().basis;
      },
      session: this.session,
      binding: this.#binding,
      heard: this.#keeper?.heard ?? null,
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
