/** One time limit for many items under way, without a timer for each. */

import { createSweeper } from "../../internal/time/sweeper.ts";
import type { Timers } from "../../internal/time/timers.ts";

/** Items that each have the same time limit. */
export class Deadlines<Item extends object> {
  // The time limit is the same for all: the first one added is due first.
  readonly #since: Map<Item, number> = new Map();
  readonly #milliseconds: number;
  readonly #timers: Timers;
  readonly #onDue: (item: Item) => void;
  readonly #watch: () => void;

  /** @param onDue called for each item whose time is over, at most 5% of the time limit late */
  constructor(milliseconds: number, timers: Timers, onDue: (item: Item) => void) {
    this.#milliseconds = milliseconds;
    this.#timers = timers;
    this.#onDue = onDue;
    this.#watch = createSweeper(milliseconds, (now) => this.#sweep(now), timers);
  }

  /** How many items are under way. */
  get size(): number {
    return this.#since.size;
  }

  /** Returns the items under way. */
  keys(): IterableIterator<Item> {
    return this.#since.keys();
  }

  /** Starts the time of an item. */
  add(item: Item): void {
    this.#since.set(item, this.#timers.now());
    this.#watch();
  }

  /** Removes an item that finished in time. */
  delete(item: Item): void {
    this.#since.delete(item);
  }

  #sweep(now: number): boolean {
    for (const [item, since] of this.#since) {
      if (now - since < this.#milliseconds) break;
      this.#since.delete(item);
      this.#onDue(item);
    }
    return this.#since.size > 0;
  }
}
