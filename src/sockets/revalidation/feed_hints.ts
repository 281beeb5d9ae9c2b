/** The feed's hints: its messages state which sockets of this node to recheck, and close none themselves. */

import type { FeedMessage } from "../../internal/feed_message.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";

/** The dependencies of {@link FeedHints}. */
export interface FeedHintsParts<Row extends object> {
  readonly registry: SocketRegistry<Row>;
  readonly timers: Timers;
  /** Rechecks some now. */
  readonly recheck: (lives: LiveSocket<Row>[]) => Promise<void>;
  /** Rechecks all of them soon. */
  readonly recheckAll: () => void;
}

/** The pause between two rechecks of a socket that is named in hint after hint. */
const REPEAT_PAUSE_MS = 50;

/** Turns hints into rechecks. */
export class FeedHints<Row extends object> {
  readonly #parts: FeedHintsParts<Row>;
  /** Sockets under recheck. */
  readonly #underWay: Set<LiveSocket<Row>> = new Set();
  /** Those of them named in a newer hint: the row being read may be older than that. */
  readonly #again: Set<LiveSocket<Row>> = new Set();
  #count = 0;

  constructor(parts: FeedHintsParts<Row>) {
    this.#parts = parts;
  }

  /** How many hints came: a socket whose upgrade began at a lower count may have missed its own. */
  get count(): number {
    return this.#count;
  }

  /** Counts a hint that may have been missed. */
  miss(): void {
    this.#count++;
  }

  /** Rechecks the sockets that a message names. */
  take(message: FeedMessage): void {
    this.#count++;
    const { registry, recheckAll } = this.#parts;
    switch (message.kind) {
      case "sessions":
        return this.#recheck(once(message.hashes).flatMap((hash) => registry.ofSessionHash(hash)));
      case "tokens":
        return this.#recheck(once(message.hashes).flatMap((hash) => registry.ofTokenHash(hash)));
      case "users":
        return this.#recheck(once(message.keys).flatMap((key) => registry.ofUser(key)));
      case "resync":
        return recheckAll();
    }
  }

  /**
   * Any role that may connect to the database can send hints without limit: so each socket has one recheck at a time,
   * and never more than one waiting.
   */
  #recheck(lives: readonly LiveSocket<Row>[]): void {
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
    void this.#parts.recheck(free).finally(() => this.#rechecked(free));
  }

  #rechecked(lives: readonly LiveSocket<Row>[]): void {
    for (const live of lives) if (!this.#again.has(live)) this.#underWay.delete(live);
    const again = lives.filter((live) => this.#again.delete(live));
    if (again.length === 0) return;
    this.#parts.timers.after(REPEAT_PAUSE_MS, () => {
      for (const live of again) this.#underWay.delete(live);
      this.#recheck(again);
    });
  }
}

/** Removes duplicates: a message can name one socket a thousand times. */
function once<Name>(names: readonly Name[]): Name[] {
  return [...new Set(names)];
}
