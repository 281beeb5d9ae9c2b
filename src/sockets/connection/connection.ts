/** The events that an adapter reports about a connection, and connections that are accepted only to be closed. */

import type { Attempt } from "../admission/attempt.ts";
import type { EventListener } from "../../auth/events/events.ts";
import { refusal, type SocketRefusal } from "../protocol/close_codes.ts";
import type { SocketTransport } from "../socket/socket.ts";

/** The events that an adapter reports about a connection. None of the methods throws. */
export interface Connection {
  /** The connection is open. */
  opened(transport: SocketTransport): void;
  /** A message has come. */
  received(data: string | Uint8Array<ArrayBuffer>): void;
  /**
   * An event that only this runtime has occurred, for which the application has this handler.
   *
   * @param handler takes the application's socket and the bytes of the event
   */
  happened(what: RuntimeEvent, handler: RuntimeEventHandler, bytes?: Uint8Array): void;
  /** The connection has ended in any way, or will never open, as when the client left before the upgrade. */
  closed(code: number, reason: string): void;
}

/** Events of a socket that not all runtimes report. */
export type RuntimeEvent = "drain" | "ping" | "pong";

/** The application's handler, for any type of socket: only an adapter knows the type. */
export type RuntimeEventHandler = (socket: never, bytes: never) => void | Promise<void>;

/** A connection that is accepted only to be closed with a reason: browsers hide refusals over HTTP from pages. */
export class RefusedConnection implements Connection {
  readonly #refusal: SocketRefusal;
  readonly #attempt: Attempt;

  /** Closes with the code and reason of this refusal. */
  constructor(refusal: SocketRefusal, attempt: Attempt) {
    this.#refusal = refusal;
    this.#attempt = attempt;
    attempt.startOpening();
  }

  /** Closes the connection with the reason. */
  opened(transport: SocketTransport): void {
    this.#attempt.opened();
    transport.close(this.#refusal.code, this.#refusal.reason);
  }

  /** Messages are discarded. */
  received(): void {}

  /** Other events are discarded as well. */
  happened(): void {}

  /** Not reported, as its opening was not. */
  closed(): void {
    this.#attempt.finish();
  }
}

/** A connection upgraded without djauth, on a server whose sockets are djauth's. */
export class ForeignConnection implements Connection {
  readonly #emit: EventListener;

  /** Reports to this listener. */
  constructor(emit: EventListener) {
    this.#emit = emit;
  }

  /** Closes it: the application has no handler for it. */
  opened(transport: SocketTransport): void {
    const error = new TypeError(
      "A handler upgraded a request itself, on a server whose sockets belong to attach(); leave its path to " +
        "`websocket.path`",
    );
    this.#emit({ type: "error", where: "routes", error });
    const { code, reason } = refusal("server_error");
    transport.close(code, reason);
  }

  /** Messages are discarded. */
  received(): void {}

  /** Other events are discarded as well. */
  happened(): void {}

  /** Not reported, as its opening was not. */
  closed(): void {}
}
