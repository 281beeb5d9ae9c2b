/** What the feed says about sockets of this node. Its messages are hints: they say which sockets to look at, and end none. */

import type { FeedMessage } from "../../internal/feed_message.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";

/** The dependencies of {@link FeedHints}. */
export interface FeedHintsParts<Row extends object> {
  readonly registry: SocketRegistry<Row>;
  readonly timers: Timers;
  /** Looks at some now. */
  readonly look: (lives: LiveSocket<Row>[]) => Promise<void>;
  /** Looks at all of them, soon. */
  readonly lookAtAll: () => void;
}

/** Milliseconds between two looks at a socket that is hinted at again and again. */
const AGAIN = 50;

/** Takes hints. */
export class FeedHints<Row extends object> {
  readonly #parts: FeedHintsParts<Row>;
  /** Those that are being looked at. */
  readonly #underWay: Set<LiveSocket<Row>> = new Set();
  /** Those of them that were hinted at meanwhile: what is read now may be older than the hint. */
  readonly #again: Set<LiveSocket<Row>> = new Set();
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
    const { registry, lookAtAll } = this.#parts;
    switch (message.kind) {
      case "sessions":
        return this.#look(once(message.hashes).flatMap((hash) => registry.ofSessionHash(hash)));
      case "tokens":
        return this.#look(once(message.hashes).flatMap((hash) => registry.ofTokenHash(hash)));
      case "users":
        return this.#look(once(message.keys).flatMap((key) => registry.ofUser(key)));
      case "resync":
        return lookAtAll();
    }
  }

  /**
   * Whoever may connect to the database may hint without end: so each socket is looked at once at a time, and what waits is never
   * more than the sockets are.
   */
  #look(lives: readonly LiveSocket<Row>[]): void {
    const free: LiveSocket<Row>[] = [];
    for (const live of lives) {
      if (this.#underWay.has(live)) {
        this.#again.add(live);
      } else {
        this.#underWay.add(live);
        free.push(live);
      }
    }
    if (free.length === 0) return;
    void this.#parts.look(free).finally(() => this.#looked(free));
  }

  #looked(lives: readonly LiveSocket<Row>[]): void {
    for (const live of lives) if (!this.#again.has(live)) this.#underWay.delete(live);
    const again = lives.filter((live) => this.#again.delete(live));
    if (again.length === 0) return;
    this.#parts.timers.after(AGAIN, () => {
      for (const live of again) this.#underWay.delete(live);
      this.#look(again);
    });
  }
}

/** A role that may send over the channel may name one a thousand times. */
function once<Name>(names: readonly Name[]): Name[] {
  return [...new Set(names)];
}
