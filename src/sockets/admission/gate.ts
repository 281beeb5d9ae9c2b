/**
 * A bounded gate: so many visitors inside, the next few in a queue (first in, first out), the rest refused. A waiting
 * visitor can leave. Who is inside is not kept, only how many: that a visitor leaves once is up to the visitor.
 */

/** Lets in one after the other. */
export class Gate<Visitor extends object> {
  readonly #limit: number;
  readonly #maxWaiting: number;
  #inside = 0;
  readonly #waiting: Map<Visitor, () => void> = new Map();

  constructor(limit: number, maxWaiting: number) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
  }

  /** How many are inside or wait. */
  get size(): number {
    return this.#inside + this.#waiting.size;
  }

  /** `"inside"`, `"full"`, or a promise for when the turn has come or the visitor has left. */
  enter(visitor: Visitor): "inside" | "full" | Promise<void> {
    if (this.#inside < this.#limit) {
      this.#inside++;
      return "inside";
    }
    if (this.#waiting.size >= this.#maxWaiting) return "full";
    return new Promise((resolve) => void this.#waiting.set(visitor, resolve));
  }

  /** A visitor who has entered, or waits for that, leaves. */
  leave(visitor: Visitor): void {
    const wakeUp = this.#waiting.get(visitor);
    if (wakeUp !== undefined) {
      this.#waiting.delete(visitor);
      return wakeUp();
    }
    // Mostly nobody waits, and then nothing is made to find out who is next.
    const next = this.#waiting.size === 0 ? undefined : this.#waiting.entries().next().value;
    if (next === undefined) return void this.#inside--;
    const [other, wake] = next;
    // The place goes from one to the other, so that no newcomer overtakes the queue.
    this.#waiting.delete(other);
    wake();
  }
}
