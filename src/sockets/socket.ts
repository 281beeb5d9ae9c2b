/** The socket as handlers see it: the same on every runtime, with the user and the session it rests on. */

import type { AuthCore } from "../auth/core.ts";
import { SessionPayload } from "../session/payload.ts";
import type { Session } from "../session/session.ts";
import type { StoredSession } from "../session/store.ts";
import type { DjangoUserRow } from "../users/user_table.ts";
import type { User } from "../users/user.ts";
import type { SocketBasis } from "./basis.ts";
import { fitReason, isSendableCode } from "./close_codes.ts";

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
export interface SocketParts<Row extends object, Data, SocketUser> {
  readonly core: AuthCore<Row>;
  readonly user: SocketUser;
  readonly data: Data;
  readonly protocol: string;
  /** The login or the visitor's session that it rests on; `null` where there is neither. */
  readonly basis: SocketBasis<Row> | null;
  /** The session as it was read for the upgrade. */
  readonly stored: StoredSession | null;
  /** The session, where it was opened while the upgrade was decided. */
  readonly session: Session | undefined;
}

/** A socket, whatever its `data` and whoever may open it. */
export type AnySocket<Row extends object> = DjangoSocket<Row, unknown, User<Row> | null>;

/** What a socket rests on; for the modules of djauth only. */
export let basisOf: <Row extends object>(socket: AnySocket<Row>) => SocketBasis<Row> | null;

/** Puts the user as known by now in the place of the one before; for the modules of djauth only. */
export let renewUser: <Row extends object>(socket: AnySocket<Row>, user: User<Row>) => void;

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
export class DjangoSocket<Row extends object = DjangoUserRow, Data = undefined, SocketUser = User<Row>> {
  static {
    basisOf = (socket) => socket.#basis;
    renewUser = (socket, user) => {
      socket.#user = user;
    };
  }

  /** What the `data` function of the options made. */
  data: Data;
  /** The subprotocol that was selected, or `""`. */
  readonly protocol: string;
  #user: SocketUser;
  readonly #core: AuthCore<Row>;
  readonly #basis: SocketBasis<Row> | null;
  // A server holds many sockets that nobody ever asks for these: the id is made and the session's text read on demand.
  #id: string | undefined;
  #sessionText: string | null;
  #session: Session | undefined;
  #transport: SocketTransport | undefined;

  /** Made by djauth when an upgrade is accepted. */
  constructor(parts: SocketParts<Row, Data, SocketUser>) {
    this.#user = parts.user;
    this.data = parts.data;
    this.protocol = parts.protocol;
    this.#core = parts.core;
    this.#basis = parts.basis;
    this.#sessionText = parts.stored?.payload.text ?? null;
    this.#session = parts.session;
  }

  /**
   * Who is there; `null` on an anonymous socket. Looked at again as long as the socket lives: when a column changes in the
   * database, this becomes another object, and `onIdentityChange` is told.
   */
  get user(): SocketUser {
    return this.#user;
  }

  /** A random id, unique across nodes. */
  get id(): string {
    return this.#id ??= crypto.randomUUID();
  }

  /**
   * The session that the socket rests on, as it was when the socket opened. `change()` and `save()` write it, over what
   * others wrote meanwhile; `forget()` and `load()` read it anew. A socket without one has an empty session, whose
   * cookie cannot reach the browser any more.
   */
  get session(): Session {
    this.#session ??= this.#core.openSession(this.#basis?.sessionKey ?? null, this.#stored());
    this.#sessionText = null;
    return this.#session;
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
   * Closes the socket.
   *
   * @param code 1000, or 3000 to 4999, or one that RFC 6455 gives a server
   * @param reason at most 123 bytes; a longer one is cut
   * @throws {RangeError} for another code
   */
  close(code: number = 1000, reason: string = ""): void {
    if (!isSendableCode(code)) {
      throw new RangeError(
        `The close code is ${code}, expected 1000, 3000 to 4999, or a server's of RFC 6455`,
      );
    }
    this.#transport?.close(code, fitReason(reason));
  }

  /** Ties the socket to its connection; for adapters. */
  attachTo(transport: SocketTransport): void {
    this.#transport = transport;
  }

  #stored(): StoredSession | null {
    if (this.#sessionText === null) return null;
    const payload = SessionPayload.fromText(this.#sessionText) ?? SessionPayload.EMPTY;
    return { payload, expireDate: new Date(this.#basis?.expiresAt ?? 0) };
  }
}
