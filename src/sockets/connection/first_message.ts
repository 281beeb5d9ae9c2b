/**
 * Connections whose client sends its token in the first message: no application code runs before the decision, and
 * frames that arrive meanwhile are neither lost nor reordered.
 */

import { emitRejected } from "../../auth/events/rejected.ts";
import { credentialsOf } from "../../auth/identity/credentials.ts";
import type { RequestInfo } from "../../auth/request/context.ts";
import type { RefusalCode } from "../../error_codes.ts";
import type { Attempt } from "../admission/attempt.ts";
import type { Waiter } from "../admission/attempt_control.ts";
import { urlOf } from "../../internal/request_url.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { Connection, RuntimeEvent, RuntimeEventHandler } from "./connection.ts";
import type { SocketNode } from "../node/node.ts";
import type { AnonymousRule, SocketHandlers } from "../socket/options.ts";
import { SocketConnection } from "./socket_connection.ts";
import { OPEN, type SocketTransport } from "../socket/socket.ts";
import { AUTHENTICATED, isTooLong, tokenOf } from "../protocol/token_messages.ts";
import { reasonOf } from "../upgrade/trouble.ts";
import { decideUpgrade, emitRefusal, upgradeState } from "../upgrade/upgrade.ts";

/** The longest that a connection without a user is kept. */
export const MAX_DEADLINE_SECONDS = 300;
/** Frames that may arrive while the token is verified. */
const MAX_FRAMES = 16;

/** The most that a waiting connection's headers may hold: more than a browser's cookies do. */
const MAX_HEADER_CHARACTERS = 32_768;

/** Refusals after which the client may still send a token. */
const OPEN_TO_MORE: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  "not_authenticated",
  "session_ended",
  "session_expired",
  "token_expired",
  "origin_not_allowed",
]);

/** Creates the connections of one server that wait for their first message. */
export class FirstMessages<Row extends object, Data, Anonymous extends AnonymousRule> {
  readonly node: SocketNode<Row>;
  readonly handlers: SocketHandlers<Row, Data, Anonymous>;

  constructor(node: SocketNode<Row>, handlers: SocketHandlers<Row, Data, Anonymous>) {
    this.node = node;
    this.handlers = handlers;
  }

  get deadlineMs(): number {
    const { firstMessage } = this.handlers;
    const own = typeof firstMessage === "object" ? firstMessage.deadline : undefined;
    return (own ?? Math.min(this.node.core.settings.sockets.authenticationDeadline, MAX_DEADLINE_SECONDS)) *
      1000;
  }

  /** Returns whether a request brings no login, so that it can only wait for a token. */
  hasNoLogin(request: Request): boolean {
    const { core } = this.node;
    const state = upgradeState(core, request);
    return core.jwt !== null && credentialsOf(state, core.jwt.transport).length === 0;
  }

  /** Returns whether a token may still come after a refusal: never where the client itself sent the refused login. */
  mayWait(request: Request, reason: RefusalCode): boolean {
    const { core } = this.node;
    if (core.jwt === null || !OPEN_TO_MORE.has(reason)) return false;
    return credentialsOf(upgradeState(core, request), core.jwt.transport).every(({ isAmbient }) => isAmbient);
  }

  /**
   * Creates the connection, or returns why there is no room for one more.
   *
   * @param refused why the login that came with the upgrade was refused; `null` where none came
   */
  connection(
    request: Request,
    info: RequestInfo,
    attempt: Attempt,
    refused: RefusalCode | null,
  ): Connection | RefusalCode {
    const { attempts } = this.node;
    if (attempts.isClosed) return "server_restart";
    if (isTooMuch(request.headers)) return "message_too_big";
    // Counted now: otherwise connections would not count against their address until they send a token.
    const full = attempt.reserveWaiting(request, info);
    if (full !== null) return full;
    attempts.makeRoom();
    // Neither runtime allows reading the request after the upgrade.
    const copy = new Request(urlOf(request).href, { headers: new Headers(request.headers) });
    const { remoteAddress } = info;
    return new FirstMessageConnection(
      this,
      copy,
      remoteAddress === undefined ? {} : { remoteAddress },
      attempt,
      refused,
    );
  }
}

/** Deno accepts hundreds of kilobytes of headers, which a crowd of strangers could make the node keep. */
function isTooMuch(headers: Headers): boolean {
  let size = 0;
  for (const [name, value] of headers) size += name.length + value.length;
  return size > MAX_HEADER_CHARACTERS;
}

/** A connection that waits for its token, then passes its events to the socket. */
class FirstMessageConnection<Row extends object, Data, Anonymous extends AnonymousRule>
  implements Connection, Waiter {
  readonly #home: FirstMessages<Row, Data, Anonymous>;
  readonly #attempt: Attempt;
  /** Only kept while it waits, since a client may leave the connection open indefinitely. */
  #visit: { readonly request: Request; readonly info: RequestInfo } | null;
  #transport: SocketTransport | null = null;
  #connection: Connection | null = null;
  /** Frames that arrived while the token was verified; `null` before the token. */
  #frames: (string | Uint8Array<ArrayBuffer>)[] | null = null;
  #isOver = false;
  #cancel: () => void;

  constructor(
    home: FirstMessages<Row, Data, Anonymous>,
    request: Request,
    info: RequestInfo,
    attempt: Attempt,
    refused: RefusalCode | null,
  ) {
    this.#home = home;
    this.#attempt = attempt;
    this.#visit = { request, info };
    attempt.startOpening(this);
    attempt.startWaiting(this);
    // A page that sends no token learns why its cookies were refused: after a timeout it would reconnect for ever.
    const reason = refused ?? "authentication_timeout";
    // Started here, so that a connection that never opens is dropped as well.
    this.#cancel = home.node.core.timers.after(home.deadlineMs, () => this.#reject(reason));
  }

  /** Only ties the transport: the token is yet to come. */
  opened(transport: SocketTransport): void {
    const ending = this.#attempt.opened();
    if (this.#isOver) return void transport.close();
    this.#transport = transport;
    if (ending !== null) this.#close(ending.reason);
  }

  /** Takes the first message as the token; keeps or passes on those after it. */
  received(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#connection !== null) return this.#connection.received(data);
    if (this.#isOver) return;
    if (this.#frames === null) return void this.#begin(data).catch((error) => this.#fail(error));
    if (this.#frames.length >= MAX_FRAMES || isTooLong(data)) return this.#reject("message_too_big");
    this.#frames.push(data);
  }

  /** Passes the event on where the application has the socket already. */
  happened(what: RuntimeEvent, handler: RuntimeEventHandler, bytes?: Uint8Array): void {
    this.#connection?.happened(what, handler, bytes);
  }

  /** The connection has ended. */
  closed(code: number, reason: string): void {
    this.#end();
    this.#attempt.finish();
    this.#connection?.closed(code, reason);
  }

  /** Closes it, as when its place has gone to another. */
  refuse(reason: RefusalCode): void {
    if (!this.#isOver) this.#close(reason);
  }

  /** Closes it to make room: it has been silent for longest. */
  giveWay(): void {
    this.#reject("try_again_later");
  }

  async #begin(data: string | Uint8Array<ArrayBuffer>): Promise<void> {
    if (isTooLong(data)) return this.#reject("message_too_big");
    const token = tokenOf(data, "djauth.authenticate");
    if (token === null) return this.#reject("not_authenticated");
    this.#frames = [];
    // From here on, the deadline of the decision applies.
    this.#cancel();
    const { node, handlers } = this.#home;
    const attempt = this.#attempt;
    const { request, info } = this.#visit!;
    attempt.startWaiting(this);
    attempt.restart(node.newsCount);
    const decision = await decideUpgrade(node.core, request, handlers, info, attempt, token);
    if (this.#isOver) return;
    if (!decision.accepted) {
      emitRefusal(node.core, request, decision.reason);
      return this.#close(decision.reason);
    }
    const [transport, frames] = [this.#transport!, this.#frames];
    attempt.stopWaiting();
    // The client has just left; the runtime will report that.
    if (transport.readyState !== OPEN) return this.#end();
    transport.send(AUTHENTICATED);
    this.#end();
    const connection = new SocketConnection(decision.socket, handlers, node, attempt);
    this.#connection = connection;
    connection.opened(transport);
    for (const frame of frames) connection.received(frame);
  }

  #fail(error: unknown): void {
    const reason = reasonOf(error, "message", this.#home.node.core.emit);
    if (!this.#isOver) this.#close(reason);
  }

  #reject(reason: RefusalCode): void {
    if (this.#visit === null) return;
    emitRejected(this.#home.node.core.emit, this.#visit.request, reason);
    this.#close(reason);
  }

  #close(reason: RefusalCode): void {
    this.#end();
    // A decision still under way must not replace another socket of this user.
    this.#attempt.stop(reason);
    this.#attempt.startLingering();
    this.#transport?.close(refusal(reason).code, reason);
  }

  #end(): void {
    this.#isOver = true;
    this.#visit = null;
    this.#frames = null;
    this.#cancel();
  }
}
