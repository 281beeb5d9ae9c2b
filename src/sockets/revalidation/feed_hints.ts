/** What the feed says about sockets of this node. Its messages are hints: they say which sockets to look at, and end none. */

import type { FeedMessage } from "../../internal/feed_message.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";

/** The dependencies of {@link FeedHints}. */
export interface FeedHintsParts<Row extends object> {
  readonly registry: SocketRegistry<Row>;
  /** Looks at some now. */
  readonly look: (lives: LiveSocket<Row>[]) => void;
  /** Looks at all of them, soon. */
  readonly lookAtAll: () => void;
}

/** Takes hints. */
export class FeedHints<Row extends object> {
  readonly #parts: FeedHintsParts<Row>;
  #count = 0;

  constructor(parts: FeedHintsParts<Row>) {
    this.#parts = parts;
  }

  /** How many there were: a socket that opens after more of them than it began with may have missed its own. */
  get count(): number {
    return this.#count;
  }

  /** Something may have been said that was not heard. */
  miss(): void {
    this.#count++;
  }

  /** Looks at the sockets that a message means. */
  take(message: FeedMessage): void {
    this.#count++;
    const { registry, look, lookAtAll } = this.#parts;
    switch (message.kind) {
      case "sessions":
        return look(once(message.hashes).flatMap((hash) => registry.ofSessionHash(hash)));
      case "tokens":
        return look(once(message.hashes).flatMap((hash) => registry.ofTokenHash(hash)));
      case "users":
        return look(once(message.keys).flatMap((key) => registry.ofUser(key)));
      case "resync":
        return lookAtAll();
    }
  }
}

/** A role that may send over the channel may name one a thousand times. */
function once<Name>(names: readonly Name[]): Name[] {
  return [...new Set(names)];
}
