/** What an adapter tells of a connection, and the connection of somebody who is refused. */

import type { Attempt } from "../admission/attempt.ts";
import type { SocketRefusal } from "../protocol/close_codes.ts";
import type { SocketTransport } from "../socket/socket.ts";

/** What an adapter tells of a connection. Nothing of it throws. */
export interface Connection {
  /** It is open. */
  opened(transport: SocketTransport): void;
  /** A message has come. */
  received(data: string | Uint8Array<ArrayBuffer>): void;
  /** It has ended, in whatever way; or it will never be, as when the client left before the upgrade. */
  closed(code: number, reason: string): void;
}

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

  /** Nobody was told that it opened. */
  closed(): void {
    this.#attempt.over();
  }
}
