/**
 * Connections that bring their token with their first message: nothing of the application happens on one before it is
 * decided about, and nothing that comes meanwhile is lost or changes places.
 */

import { credentialsOf } from "../../auth/identity/credentials.ts";
import type { RequestInfo } from "../../auth/request/context.ts";
import type { RefusalCode } from "../../error_codes.ts";
import type { Attempt, Waiter } from "../admission/attempt.ts";
import { urlOf } from "../../internal/request_url.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { Connection, RuntimeEvent, RuntimeEventHandler } from "./connection.ts";
import type { SocketNode } from "../node/node.ts";
import type { AnonymousRule, SocketHandlers } from "../socket/options.ts";
import { SocketConnection } from "./socket_connection.ts";
import type { SocketTransport } from "../socket/socket.ts";
import { AUTHENTICATED, isTooLong, tokenOf } from "../protocol/token_messages.ts";
import { reasonOf } from "../upgrade/trouble.ts";
import { decideUpgrade, tellRefusal, upgradeState } from "../upgrade/upgrade.ts";

/** Seconds; a connection whose user is not known is not kept for longer. */
export const LONGEST_WAIT = 300;
/** As `WebSocket.readyState`. */
const OPEN = 1;
/** What may come while the token is looked at. */
const MOST_FRAMES = 16;

/** Characters of the headers of one that waits: more than the cookies of a browser have. */
const MOST_HEADERS = 32_768;

/** Refusals after which a token may still come. */
const OPEN_TO_MORE: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  "not_authenticated",
  "session_ended",
  "session_expired",
  "token_expired",
  "origin_not_allowed",
]);

/** The connections of one server that wait for their first message. */
export class FirstMessages<Row extends object, Data, Anonymous extends AnonymousRule> {
  readonly node: SocketNode<Row>;
  readonly handlers: SocketHandlers<Row, Data, Anonymous>;

  constructor(node: SocketNode<Row>, handlers: SocketHandlers<Row, Data, Anonymous>) {
    this.node = node;
    this.handlers = handlers;
  }

  /** Milliseconds. */
  get deadline(): number {
    const { firstMessage } = this.handlers;
    const own = typeof firstMessage === "object" ? firstMessage.deadline : undefined;
    return (own ?? Math.min(this.node.core.settings.sockets.authenticationDeadline, LONGEST_WAIT)) * 1000;
  }

  /** Whether a request without any login is to wait, rather than to be decided about. */
  hasNoLogin(request: Request): boolean {
    const { core } = this.node;
    const state = upgradeState(core, request);
    return core.jwt !== null && credentialsOf(state, core.jwt.transport).length === 0;
  }

  /** Whether a refusal leaves room for a token: never where the client has brought a login itself, which is no good. */
  mayWait(request: Request, reason: RefusalCode): boolean {
    const { core } = this.node;
    if (core.jwt === null || !OPEN_TO_MORE.has(reason)) return false;
    return credentialsOf(upgradeState(core, request), core.jwt.transport).every(({ isAmbient }) => isAmbient);
  }

  /**
   * The connection; or why there is no room for one more, which says nothing about who that is.
   *
   * @param refused why the login that came with the upgrade is none; `null` where none came
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
    // A stranger's connection counts for its address: without this, nobody's would count until it brings a token.
    const full = attempt.reserveWaiting(request, info);
    if (full !== null) return full;
    attempts.makeRoom();
    // Once it is upgraded, neither runtime lets its request be read any more.
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

/** On Deno, headers may have hundreds of kilobytes, which a crowd of strangers would let wait here. */
function isTooMuch(headers: Headers): boolean {
  let size = 0;
  for (const [name, value] of headers) size += name.length + value.length;
  return size > MOST_HEADERS;
}

/** One that waits. */
class FirstMessageConnection<Row extends object, Data, Anonymous extends AnonymousRule>
  implements Connection, Waiter {
  readonly #home: FirstMessages<Row, Data, Anonymous>;
  readonly #attempt: Attempt;
  /** Who came; not kept any longer than it waits, since a client may leave it open for as long as it likes. */
  #visit: { readonly request: Request; readonly info: RequestInfo } | null;
  #transport: SocketTransport | null = null;
  #connection: Connection | null = null;
  /** What came while the token was looked at; `null` before it came. */
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
    attempt.connects(this);
    attempt.waits(this);
    // From here on, so that one whose connection never opens is forgotten as well.
    // A page that has nothing more to say hears what its cookies are worth: by a timeout it would come back for ever.
    const reason = refused ?? "authentication_timeout";
    this.#cancel = home.node.core.timers.after(home.deadline, () => this.#reject(reason));
  }

  /** It is open, and nothing happens. */
  opened(transport: SocketTransport): void {
    const ending = this.#attempt.opened();
    if (this.#isOver) return void transport.close();
    this.#transport = transport;
    if (ending !== null) this.#close(ending.reason);
  }

  /** The first message; or one after it. */
  received(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#connection !== null) return this.#connection.received(data);
    if (this.#isOver) return;
    if (this.#frames === null) return void this.#begin(data).catch((error) => this.#fail(error));
    if (this.#frames.length >= MOST_FRAMES || isTooLong(data)) return this.#reject("message_too_big");
    this.#frames.push(data);
  }

  /** Once it is a socket of the application's, that is told. */
  happened(what: RuntimeEvent, handler: RuntimeEventHandler, bytes?: Uint8Array): void {
    this.#connection?.happened(what, handler, bytes);
  }

  /** It has ended. */
  closed(code: number, reason: string): void {
    this.#end();
    this.#attempt.over();
    this.#connection?.closed(code, reason);
  }

  /** Closes it, as when its place is another's now. */
  refuse(reason: RefusalCode): void {
    if (!this.#isOver) this.#close(reason);
  }

  /** Others came, and this one has been silent for longest. */
  giveWay(): void {
    this.#reject("try_again_later");
  }

  async #begin(data: string | Uint8Array<ArrayBuffer>): Promise<void> {
    if (isTooLong(data)) return this.#reject("message_too_big");
    const token = tokenOf(data, "djauth.authenticate");
    if (token === null) return this.#reject("not_authenticated");
    this.#frames = [];
    // The decision has a deadline of its own.
    this.#cancel();
    const { node, handlers } = this.#home;
    const attempt = this.#attempt;
    const { request, info } = this.#visit!;
    attempt.waits(this);
    node.attempts.beginAnew(attempt, node.heard);
    const decision = await decideUpgrade(node.core, request, handlers, info, attempt, token);
    if (this.#isOver) return;
    if (!decision.accepted) {
      tellRefusal(node.core, request, decision.reason);
      return this.#close(decision.reason);
    }
    const [transport, frames] = [this.#transport!, this.#frames];
    attempt.waitsNoMore();
    // The client has just left: the runtime will say so.
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
    const path = urlOf(this.#visit.request).pathname;
    this.#home.node.core.emit({ type: "auth.rejected", code: reason, path });
    this.#close(reason);
  }

  #close(reason: RefusalCode): void {
    this.#end();
    // What is still being decided must not take the place of another socket of this user.
    this.#attempt.stop(reason);
    this.#attempt.lingers();
    this.#transport?.close(refusal(reason).code, reason);
  }

  #end(): void {
    this.#isOver = true;
    this.#visit = null;
    this.#frames = null;
    this.#cancel();
  }
}
