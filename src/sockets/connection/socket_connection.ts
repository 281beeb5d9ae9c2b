/**
 * The connection of an accepted socket: from the runtime's events to the application's handlers. The runtimes end the
 * process when a handler throws; djauth closes only the socket.
 */

import { isLongerInUtf8 } from "../../internal/bytes.ts";
import type { User } from "../../users/user.ts";
import type { RefusalCode } from "../../error_codes.ts";
import type { Attempt } from "../admission/attempt.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { Connection, RuntimeEvent, RuntimeEventHandler } from "./connection.ts";
import type { SocketNode } from "../node/node.ts";
import type { AnonymousRule, SocketHandlers, SocketUser } from "../socket/options.ts";
import type { Ending } from "../registry/close_all.ts";
import type { LiveSocket } from "../registry/registry.ts";
import type { MoveNews, SocketKeeper } from "../socket/keeper.ts";
import {
  type AnySocket,
  type DjangoSocket,
  socketInternals,
  type SocketTransport,
} from "../socket/socket.ts";
import { type OwnMessage, ownMessage, refusedMessage } from "../protocol/token_messages.ts";
import { answerMessage } from "./own_messages.ts";
import { reasonOf, type TroubleSource } from "../upgrade/trouble.ts";

/** Bun's default; Deno has none, and joins fragments without limit. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

/** How many of djauth's own messages are answered in a burst, besides one for each interval; more close the socket. */
const MAX_ANSWERS = 100;
const ANSWER_INTERVAL_MS = 1000;

/** A connection that carries a socket of the application. */
export class SocketConnection<Row extends object, Data, Anonymous extends AnonymousRule>
  implements Connection, LiveSocket<Row>, SocketKeeper {
  readonly #socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>;
  readonly #handlers: SocketHandlers<Row, Data, Anonymous>;
  readonly #node: SocketNode<Row>;
  /** The upgrade it came from; only kept while that holds places. */
  #attempt: Attempt | null;
  /** What it was told to close with. */
  #ending: Ending | null = null;
  #isAnswering = false;
  /** Until when the answers so far use up the rate of one for each interval, by the monotonic clock. */
  #answersUntil = 0;
  #isOver = false;
  #openedAt = 0;

  /** Passes events to these handlers. */
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
    attempt.startOpening(this);
  }

  /** The socket as the application sees it. */
  get socket(): AnySocket<Row> {
    return this.#socket as AnySocket<Row>;
  }

  /** When it opened, in milliseconds since the epoch. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** Whether it was told to close or has closed. */
  get isClosing(): boolean {
    return !this.#socket.isOpen;
  }

  /** Ties the socket to its transport. */
  opened(transport: SocketTransport): void {
    const attempt = this.#attempt!;
    const ending = attempt.opened() ??
      this.#node.recentOrders.missed(this, attempt.newsCount, attempt.beganAt);
    // Replaced or disconnected meanwhile, or too late: the application is not notified.
    if (ending !== null) {
      attempt.markClosing();
      return void transport.close(ending.code, ending.reason);
    }
    if (!attempt.holdsPlaces) this.#attempt = null;
    socketInternals.tie(this.socket, transport);
    socketInternals.keep(this.socket, this);
    this.#openedAt = this.#node.core.clock.now();
    this.#node.opened(this, attempt.newsCount);
    this.#run("open", () => this.#handlers.open?.(this.#socket));
  }

  /** Passes a message on, unless it is too big or djauth's own. */
  received(data: string | Uint8Array<ArrayBuffer>): void {
    // Messages in flight when the socket was closed have no client to answer.
    if (this.isClosing) return;
    // All of it: an error of djauth's own must not end the process either.
    this.#run("message", () => this.#take(data));
  }

  /** Runs the handler of an event that only this runtime reports. */
  happened(what: RuntimeEvent, handler: RuntimeEventHandler, bytes?: Uint8Array): void {
    if (this.isClosing) return;
    this.#run(what, () => handler(this.#socket as never, bytes as never));
  }

  /** See {@link SocketKeeper.isEnding}. */
  get isEnding(): boolean {
    return this.#ending !== null;
  }

  /** Reports the end. */
  closed(reportedCode: number, reportedReason: string): void {
    this.#attempt?.finish();
    // Runtimes may report an end twice, or for a connection that never opened.
    if (this.#isOver || this.#openedAt === 0) return;
    this.#isOver = true;
    // Deno reports only what the client answered, if it did.
    const { code, reason } = this.#ending ?? { code: reportedCode, reason: reportedReason };
    this.#node.closed(this, code, reason);
    this.#run("close", () => this.#handlers.close?.(this.#socket, code, reason));
  }

  /** Puts the user's newer row on the socket and notifies the application. */
  renew(user: User<Row>): void {
    const before = this.#socket.user;
    socketInternals.renewUser(this.socket, user);
    this.#run("identityChange", () => this.#handlers.onIdentityChange?.(this.#socket, before));
  }

  /** Puts another login under the socket. */
  move(change: () => void, { atLookup, atStart }: MoveNews): void {
    this.#node.moved(this, change, atLookup);
    const { user } = this.#socket;
    const full =
      this.#attempt?.moveTo(user?.pk ?? null, socketInternals.basisOf(this.socket)?.sessionKey ?? null) ??
        null;
    if (full !== null) this.refuse(full);
    const ending = atStart === null ? null : this.#node.recentOrders.missed(this, atStart, this.#openedAt);
    if (ending !== null) this.end(ending.code, ending.reason);
  }

  /** See {@link SocketNode.newsCount}. */
  get newsCount(): number {
    return this.#node.newsCount;
  }

  /** Closes it; from then on only its end reaches the application. */
  end(code: number, reason: string): void {
    if (this.#ending !== null) return;
    this.#ending = { code, reason };
    this.#attempt?.markClosing();
    this.#node.closing(this);
    this.#socket.raw?.close(code, reason);
  }

  /** Closes it for one of djauth's own reasons. */
  refuse(reason: RefusalCode): void {
    this.end(refusal(reason).code, reason);
  }

  #take(data: string | Uint8Array<ArrayBuffer>): void | Promise<void> {
    if (isTooBig(data, this.#handlers.maxPayloadLength ?? MAX_PAYLOAD_BYTES)) {
      return this.refuse("message_too_big");
    }
    const { firstMessage, tokenRefresh } = this.#handlers;
    // The application must not see a token, even an invalid one.
    const own = firstMessage || tokenRefresh ? ownMessage(data) : null;
    return own === null ? this.#handlers.message?.(this.#socket, data) : this.#answer(own);
  }

  /** Answers one message at a time: a client that sends more meanwhile would only load the database. */
  #answer(message: OwnMessage): void {
    // Answers to a client that does not read them would fill the memory.
    if (!this.#takeAnswer()) return this.refuse("try_again_later");
    if (this.#isAnswering) return this.#decline("try_again_later");
    this.#isAnswering = true;
    void answerMessage(this.#node, this, message, this.#handlers).then((reason) => {
      this.#isAnswering = false;
      if (reason !== null) this.#decline(reason);
    });
  }

  #takeAnswer(): boolean {
    const now = this.#node.core.timers.now();
    this.#answersUntil = Math.max(this.#answersUntil, now) + ANSWER_INTERVAL_MS;
    return this.#answersUntil - now <= MAX_ANSWERS * ANSWER_INTERVAL_MS;
  }

  #decline(reason: RefusalCode): void {
    this.#socket.send(refusedMessage(reason));
  }

  #run(where: TroubleSource, work: () => void | Promise<void>): void {
    const fail = (error: unknown): void => this.refuse(reasonOf(error, where, this.#node.core.emit));
    try {
      const result = work();
      // Any thenable: query builders return their own kinds of promises.
      if (typeof result?.then === "function") Promise.resolve(result).catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}

function isTooBig(data: string | Uint8Array, limit: number): boolean {
  return typeof data === "string" ? isLongerInUtf8(data, limit) : data.byteLength > limit;
}
