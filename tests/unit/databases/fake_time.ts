/** Timers that a test advances by hand. */

import { setImmediate } from "node:timers/promises";
import type { Timers } from "../../../src/internal/time/timers.ts";

interface Entry {
  readonly due: number;
  readonly work: () => void;
}

/** A clock that advances only when a test does so. */
export class FakeTime implements Timers {
  #now = 0;
  #entries: Set<Entry> = new Set();

  /** The number of pending timers. */
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

  /** Advances the time; timers fire in order, and the promises settle after each. */
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

  /** Lets time pass while the process is blocked: timers fire late. */
  async standStill(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    await this.advance(0);
  }
}

/** Lets all pending promises settle, however long their chains. */
export async function settle(): Promise<void> {
  await setImmediate();
}
