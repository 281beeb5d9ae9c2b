/** The live sockets of a node as the application sees them: `auth.sockets`. */

import type { UserId } from "../users/user_table.ts";
import type { SocketNode } from "./node.ts";
import type { LiveSocket } from "./registry.ts";
import type { AnySocket } from "./socket.ts";

/**
 * The live sockets of one `djangoAuth()`: those that are open on this node, whichever server they came through.
 *
 * @example Tell all sockets of a user
 * ```ts
 * import type { DjangoAuth } from "@djauth/djauth";
 *
 * export function tell(auth: DjangoAuth, userId: number, text: string): void {
 *   for (const socket of auth.sockets.ofUser(userId)) socket.send(text);
 * }
 * ```
 */
export class Sockets<Row extends object> {
  readonly #node: SocketNode<Row>;

  /** `auth.sockets` is one. */
  constructor(node: SocketNode<Row>) {
    this.#node = node;
  }

  /** How many are open. */
  get count(): number {
    return this.#node.registry.size;
  }

  /** All that are open. */
  *[Symbol.iterator](): IterableIterator<AnySocket<Row>> {
    for (const { socket } of this.#node.registry.values()) yield socket;
  }

  /** Those of a user, over all of the user's sessions. */
  ofUser(userId: UserId): AnySocket<Row>[] {
    return socketsOf(this.#node.registry.ofUser(userId));
  }

  /** Those that rest on a session. */
  ofSession(sessionKey: string): AnySocket<Row>[] {
    return socketsOf(this.#node.registry.ofSession(sessionKey));
  }
}

function socketsOf<Row extends object>(lives: readonly LiveSocket<Row>[]): AnySocket<Row>[] {
  return lives.map(({ socket }) => socket);
}
