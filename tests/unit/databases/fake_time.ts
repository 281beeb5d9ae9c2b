/** Timers that a test moves by hand. */

import { setImmediate } from "node:timers/promises";
import type { Timers } from "../../../src/internal/time/timers.ts";

interface Entry {
  readonly due: number;
  readonly work: () => void;
}

/** Time that stands still until a test lets it go on. */
export class FakeTime implements Timers {
  #now = 0;
  #entries: Set<Entry> = new Set();

  /** How many timers are set. */
  get pending(): number {
    return this.#entries.size;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, work: () => void): () => void {
    const entry = { due: this.#now + milliseconds, work };
    this.#entries.add(entry);
    return () => void this.#entries.delete(entry);
  }

  /** Lets time go on; timers fire in order, each with the promises that it settles. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await settle();
      const next = [...this.#entries].sort((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > end) break;
      this.#now = Math.max(this.#now, next.due);
      this.#entries.delete(next);
      next.work();
    }
    this.#now = end;
    await settle();
  }

  /** Lets time pass in which the process does nothing: timers fire late. */
  async standStill(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    await this.advance(0);
  }
}

/** Lets all promises settle, however many wait for each other. */
export async function settle(): Promise<void> {
  await setImmediate();
}
