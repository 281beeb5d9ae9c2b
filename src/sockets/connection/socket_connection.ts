/**
 * The connection of an accepted socket: from the runtime's events to the user's handlers. The runtimes end the process
 * when a handler throws; here it ends a socket.
 */

import { isLongerInUtf8 } from "../../internal/bytes.ts";
import type { User } from "../../users/user.ts";
import type { RefusalCode } from "../../error_codes.ts";
import type { Attempt } from "../admission/attempt.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { Connection, RuntimeEvent, RuntimeEventHandler } from "./connection.ts";
import type { SocketNode } from "../node/node.ts";
import type { AnonymousRule, SocketHandlers, SocketUser } from "../socket/options.ts";
import type { LiveSocket } from "../registry/registry.ts";
import {
  type AnySocket,
  type DjangoSocket,
  socketInside,
  type SocketKeeper,
  type SocketTransport,
} from "../socket/socket.ts";
import { type OwnMessage, ownMessage, refusedMessage } from "../protocol/token_messages.ts";
import { answerMessage } from "./own_messages.ts";
import { reasonOf, type TroubleSource } from "../upgrade/trouble.ts";

/** The default of the runtime with the smaller one (Bun); the other has none, and sums fragments without an end. */
const MAX_PAYLOAD_LENGTH = 16 * 1024 * 1024;

/** Messages of djauth's own that are declined one after the other; after one more, the client has lost its way. */
const MOST_DECLINED = 100;

/** A connection with a socket of the application. */
export class SocketConnection<Row extends object, Data, Anonymous extends AnonymousRule>
  implements Connection, LiveSocket<Row>, SocketKeeper {
  readonly #socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>;
  readonly #handlers: SocketHandlers<Row, Data, Anonymous>;
  readonly #node: SocketNode<Row>;
  /** The upgrade that it came from; not kept any longer than it holds places. */
  #attempt: Attempt | null;
  #isClosing = false;
  #isAnswering = false;
  /** Messages of djauth's own that were declined since the last one that was taken. */
  #declined = 0;
  #isOver = false;
  #openedAt = 0;

  /** Carries events to these handlers. */
  constructor(
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    handlers: SocketHandlers<Row, Data, Anonymous>,
    node: SocketNode<Row>,
    attempt: Attempt,
  ) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#node = node;
    this.#attempt = attempt;
    attempt.connects(this);
  }

  /** What the application sees. */
  get socket(): AnySocket<Row> {
    return this.#socket as AnySocket<Row>;
  }

  /** When it opened. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** Whether it was told to close, or has closed. */
  get isClosing(): boolean {
    return this.#isClosing || !this.#socket.isOpen;
  }

  /** Ties the socket to its transport. */
  opened(transport: SocketTransport): void {
    const attempt = this.#attempt!;
    const ending = attempt.opened() ?? this.#node.recentOrders.missed(this, attempt.heard, attempt.beganAt);
    // Replaced or disconnected meanwhile, or too late: the application never hears of it.
    if (ending !== null) {
      attempt.leaves();
      return void transport.close(ending.code, ending.reason);
    }
    if (!attempt.holdsPlaces) this.#attempt = null;
    socketInside.tie(this.socket, transport);
    socketInside.keep(this.socket, this);
    this.#openedAt = this.#node.core.clock.now();
    this.#node.opened(this, attempt.heard);
    this.#run("open", () => this.#handlers.open?.(this.#socket));
  }

  /** Hands a message on, unless it is too big. */
  received(data: string | Uint8Array<ArrayBuffer>): void {
    // What was under way when the socket was closed has no client to answer any more.
    if (this.isClosing) return;
    if (isTooBig(data, this.#handlers.maxPayloadLength ?? MAX_PAYLOAD_LENGTH)) {
      return this.refuse("message_too_big");
    }
    const { firstMessage, tokenRefresh } = this.#handlers;
    // A token in it is not the application's to see, whatever comes of it.
    const own = firstMessage || tokenRefresh ? ownMessage(data) : null;
    if (own !== null) return this.#answer(own);
    this.#run("message", () => this.#handlers.message?.(this.#socket, data));
  }

  /** Runs a handler of what only this runtime tells. */
  happened(what: RuntimeEvent, handler: RuntimeEventHandler, bytes?: Uint8Array): void {
    if (this.isClosing) return;
    this.#run(what, () => handler(this.#socket as never, bytes as never));
  }

  /** Tells of the end. */
  closed(code: number, reason: string): void {
    this.#attempt?.over();
    // A runtime that tells twice, or of a connection that never opened, tells the application nothing.
    if (this.#isOver || this.#openedAt === 0) return;
    this.#isOver = true;
    this.#node.closed(this, code, reason);
    this.#run("close", () => this.#handlers.close?.(this.#socket, code, reason));
  }

  /** Puts the user as known by now on the socket, and tells the application. */
  renew(user: User<Row>): void {
    const before = this.#socket.user;
    socketInside.renewUser(this.socket, user);
    this.#run("identityChange", () => this.#handlers.onIdentityChange?.(this.#socket, before));
  }

  /**
   * Puts another login under the socket.
   *
   * @param heard `node.heard` from before it was looked up; if not given it is looked at once in any case: who logs in was
   *   read before the password was checked, which takes its time
   * @param since `heard` from when the change began, where the socket did not rest on that login meanwhile: an order to
   *   disconnect it may have come
   */
  move(change: () => void, heard: number | null, since: number | null): void {
    this.#node.moved(this, change, heard);
    const { user } = this.#socket;
    const full =
      this.#attempt?.moved(user?.pk ?? null, socketInside.basisOf(this.socket)?.sessionKey ?? null) ?? null;
    if (full !== null) this.refuse(full);
    const ending = since === null ? null : this.#node.recentOrders.missed(this, since, this.#openedAt);
    if (ending !== null) this.end(ending.code, ending.reason);
  }

  /** How much the node has heard. */
  get heard(): number {
    return this.#node.heard;
  }

  /** Closes it; nothing of it reaches the application any more but its end. */
  end(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#attempt?.leaves();
    this.#node.closing(this);
    this.#socket.raw?.close(code, reason);
  }

  /** Closes it for one of djauth's own reasons. */
  refuse(reason: RefusalCode): void {
    this.end(refusal(reason).code, reason);
  }

  /** One at a time: a client that sends more meanwhile wants the database to work. */
  #answer(message: OwnMessage): void {
    if (this.#isAnswering) return this.#decline("try_again_later");
    this.#isAnswering = true;
    void answerMessage(this.#node, this, message, this.#handlers).then((reason) => {
      this.#isAnswering = false;
      if (reason === null) this.#declined = 0;
      else this.#decline(reason);
    });
  }

  /** Says that nothing has changed: not without end, since of a client that does not read, it would fill the memory. */
  #decline(reason: RefusalCode): void {
    if (++this.#declined > MOST_DECLINED) return this.refuse(reason);
    this.#socket.send(refusedMessage(reason));
  }

  #run(where: TroubleSource, work: () => void | Promise<void>): void {
    const fail = (error: unknown): void => this.refuse(reasonOf(error, where, this.#node.core.emit));
    try {
      const result = work();
      // Whatever can be awaited: query builders hand out promises of their own kind.
      if (typeof result?.then === "function") Promise.resolve(result).catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}

function isTooBig(data: string | Uint8Array, limit: number): boolean {
  return typeof data === "string" ? isLongerInUtf8(data, limit) : data.byteLength > limit;
}
