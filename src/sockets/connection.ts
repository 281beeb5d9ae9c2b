/** What an adapter tells of a connection, and the connection of somebody who is refused. */

import type { Refusal } from "./close_codes.ts";
import type { SocketTransport } from "./socket.ts";

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
