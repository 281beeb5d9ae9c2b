/**
 * One connection from the runtime's events to the user's handlers. The runtimes end the process when a handler throws;
 * here it ends a socket.
 */

import type { EventListener } from "../auth/events.ts";
import { type Refusal, refusal } from "./close_codes.ts";
import type { AnonymousRule, SocketHandlers, SocketUser } from "./options.ts";
import type { DjangoSocket, SocketTransport } from "./socket.ts";
import { reasonOf } from "./trouble.ts";

/** The default of the runtime with the smaller one (Bun); the other has none, and sums fragments without an end. */
const MAX_PAYLOAD_LENGTH = 16 * 1024 * 1024;
/** The most bytes of UTF-8 that a UTF-16 code unit becomes. */
const BYTES_PER_UNIT = 3;

/** What an adapter tells of a connection. Nothing of it throws. */
export interface Connection {
  /** It is open. */
  opened(transport: SocketTransport): void;
  /** A message has come. */
  received(data: string | Uint8Array<ArrayBuffer>): void;
  /** It has ended, in whatever way. */
  closed(code: number, reason: string): void;
}

/** A connection that is accepted only to be closed with a reason: browsers hide a refusal over HTTP. */
export class RefusedConnection implements Connection {
  readonly #refusal: Refusal;

  /** Closes as this refusal says. */
  constructor(refusal: Refusal) {
    this.#refusal = refusal;
  }

  /** Says why, and nothing else happens. */
  opened(transport: SocketTransport): void {
    transport.close(this.#refusal.code, this.#refusal.reason);
  }

  /** Nothing that comes over it reaches the application. */
  received(): void {}

  /** Nobody was told that it opened. */
  closed(): void {}
}

/** A connection with a socket of the application. */
export class SocketConnection<Row extends object, Data, Anonymous extends AnonymousRule>
  implements Connection {
  readonly #socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>;
  readonly #handlers: SocketHandlers<Row, Data, Anonymous>;
  readonly #emit: EventListener;

  /** Carries events to these handlers. */
  constructor(
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    handlers: SocketHandlers<Row, Data, Anonymous>,
    emit: EventListener,
  ) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#emit = emit;
  }

  /** Ties the socket to its transport. */
  opened(transport: SocketTransport): void {
    this.#socket.attachTo(transport);
    this.#run("open", () => this.#handlers.open?.(this.#socket));
  }

  /** Hands a message on, unless it is too big. */
  received(data: string | Uint8Array<ArrayBuffer>): void {
    // What was under way when the socket was closed is nobody's business any more.
    if (!this.#socket.isOpen) return;
    if (isTooBig(data, this.#handlers.maxPayloadLength ?? MAX_PAYLOAD_LENGTH)) {
      return this.#close(refusal("message_too_big"));
    }
    this.#run("message", () => this.#handlers.message?.(this.#socket, data));
  }

  /** Tells of the end. */
  closed(code: number, reason: string): void {
    this.#run("close", () => this.#handlers.close?.(this.#socket, code, reason));
  }

  #run(where: "open" | "message" | "close", work: () => void | Promise<void>): void {
    const fail = (error: unknown): void => this.#close(refusal(reasonOf(error, where, this.#emit)));
    try {
      const result = work();
      // Whatever can be awaited: query builders hand out promises of their own kind.
      if (typeof result?.then === "function") Promise.resolve(result).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #close({ code, reason }: Refusal): void {
    this.#socket.close(code, reason);
  }
}

/** Whether a message has more bytes than allowed; text is only encoded where its length leaves that open. */
function isTooBig(data: string | Uint8Array, limit: number): boolean {
  if (typeof data !== "string") return data.byteLength > limit;
  if (data.length * BYTES_PER_UNIT <= limit) return false;
  return data.length > limit || new TextEncoder().encode(data).length > limit;
}
