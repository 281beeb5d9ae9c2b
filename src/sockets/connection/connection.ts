/** The events that an adapter reports of a connection, and the connection that is accepted only to be closed. */

import type { Attempt } from "../admission/attempt.ts";
import type { EventListener } from "../../auth/events/events.ts";
import { refusal, type SocketRefusal } from "../protocol/close_codes.ts";
import type { SocketTransport } from "../socket/socket.ts";

/** What an adapter tells of a connection. Nothing of it throws. */
export interface Connection {
  /** It is open. */
  opened(transport: SocketTransport): void;
  /** A message has come. */
  received(data: string | Uint8Array<ArrayBuffer>): void;
  /**
   * Something of the runtime's own has happened, for which the application has this handler.
   *
   * @param handler takes the application's socket, and the bytes that came
   */
  happened(what: RuntimeEvent, handler: RuntimeEventHandler, bytes?: Uint8Array): void;
  /** It has ended, in whatever way; or it will never be, as when the client left before the upgrade. */
  closed(code: number, reason: string): void;
}

/** What one of the runtimes tells of a socket, and the others do not. */
export type RuntimeEvent = "drain" | "ping" | "pong";

/** The application's handler, whatever its socket: only an adapter knows its type. */
export type RuntimeEventHandler = (socket: never, bytes: never) => void | Promise<void>;

/** A connection that is accepted only to be closed with a reason: browsers hide a refusal over HTTP. */
export class RefusedConnection implements Connection {
  readonly #refusal: SocketRefusal;
  readonly #attempt: Attempt;

  /** Closes as this refusal says. */
  constructor(refusal: SocketRefusal, attempt: Attempt) {
    this.#refusal = refusal;
    this.#attempt = attempt;
    attempt.connects();
  }

  /** Says why, and nothing else happens. */
  opened(transport: SocketTransport): void {
    this.#attempt.opened();
    transport.close(this.#refusal.code, this.#refusal.reason);
  }

  /** Nothing that comes over it reaches the application. */
  received(): void {}

  /** Nor does anything else. */
  happened(): void {}

  /** Nobody was told that it opened. */
  closed(): void {
    this.#attempt.over();
  }
}

/** The connection of a socket that djauth did not decide about, on a server whose sockets are djauth's. */
export class ForeignConnection implements Connection {
  readonly #emit: EventListener;

  /** Reports to this listener. */
  constructor(emit: EventListener) {
    this.#emit = emit;
  }

  /** Closes it: no handler of the application is there for it. */
  opened(transport: SocketTransport): void {
    const error = new TypeError(
      "A handler upgraded a request by itself, on a server whose sockets are those of attach(): leave its path to " +
        "`websocket.path`",
    );
    this.#emit({ type: "error", where: "routes", error });
    const { code, reason } = refusal("server_error");
    transport.close(code, reason);
  }

  /** Nothing of it reaches the application. */
  received(): void {}

  /** Nor does anything else. */
  happened(): void {}

  /** Nobody was told that it opened. */
  closed(): void {}
}
