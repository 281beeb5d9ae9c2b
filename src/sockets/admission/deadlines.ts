/** One deadline for many things that are under way, without a timer each. */

import { createSweeper } from "../../internal/time/sweeper.ts";
import type { Timers } from "../../internal/time/timers.ts";

/** Things that are given so much time each. */
export class Deadlines<Item extends object> {
  // The time is the same for all: who came first is due first.
  readonly #since: Map<Item, number> = new Map();
  readonly #milliseconds: number;
  readonly #timers: Timers;
  readonly #onDue: (item: Item) => void;
  readonly #watch: () => void;

  /** @param onDue is told of each whose time is over, at most a twentieth late */
  constructor(milliseconds: number, timers: Timers, onDue: (item: Item) => void) {
    this.#milliseconds = milliseconds;
    this.#timers = timers;
    this.#onDue = onDue;
    this.#watch = createSweeper(milliseconds, (now) => this.#sweep(now), timers);
  }

  /** How many are under way. */
  get size(): number {
    return this.#since.size;
  }

  /** Those that are under way. */
  keys(): IterableIterator<Item> {
    return this.#since.keys();
  }

  /** The time of one begins. */
  add(item: Item): void {
    this.#since.set(item, this.#timers.now());
    this.#watch();
  }

  /** One was in time. */
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
