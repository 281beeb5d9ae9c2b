/**
 * A bounded gate: up to `limit` visitors inside, the next few in a queue (first in, first out), the rest refused. A
 * queued visitor can leave. Only the number of those inside is kept: each visitor has to make sure that it leaves once.
 */

/** Admits a limited number of visitors at a time. */
export class Gate<Visitor extends object> {
  readonly #limit: number;
  readonly #maxWaiting: number;
  #inside = 0;
  readonly #waiting: Map<Visitor, () => void> = new Map();

  constructor(limit: number, maxWaiting: number) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
  }

  /** How many are inside or queued. */
  get size(): number {
    return this.#inside + this.#waiting.size;
  }

  /** Returns `"inside"`, `"full"`, or a promise that resolves when the visitor's turn has come or it has left. */
  enter(visitor: Visitor): "inside" | "full" | Promise<void> {
    if (this.#inside < this.#limit) {
      this.#inside++;
      return "inside";
    }
    if (this.#waiting.size >= this.#maxWaiting) return "full";
    return new Promise((resolve) => void this.#waiting.set(visitor, resolve));
  }

  /** Removes a visitor that is inside or queued. */
  leave(visitor: Visitor): void {
    const wakeUp = this.#waiting.get(visitor);
    if (wakeUp !== undefined) {
      this.#waiting.delete(visitor);
      return wakeUp();
    }
    // The queue is mostly empty: then no iterator is allocated.
    const next = this.#waiting.size === 0 ? undefined : this.#waiting.entries().next().value;
    if (next === undefined) return void this.#inside--;
    const [other, wake] = next;
    // The place is handed over directly, so that no newcomer overtakes the queue.
    this.#waiting.delete(other);
    wake();
  }
}
