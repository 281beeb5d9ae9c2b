/**
 * A bounded gate: so many visitors inside, the next few in a queue (first in, first out), the rest refused. A waiting
 * visitor can leave.
 */

/** Lets in one after the other. */
export class Gate<Visitor extends object> {
  readonly #limit: number;
  readonly #maxWaiting: number;
  readonly #inside: Set<Visitor> = new Set();
  readonly #waiting: Map<Visitor, () => void> = new Map();

  constructor(limit: number, maxWaiting: number) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
  }

  /** How many are inside or wait. */
  get size(): number {
    return this.#inside.size + this.#waiting.size;
  }

  /** `"inside"`, `"full"`, or a promise for when the turn has come or the visitor has left. */
  enter(visitor: Visitor): "inside" | "full" | Promise<void> {
    if (this.#inside.size < this.#limit) {
      this.#inside.add(visitor);
      return "inside";
    }
    if (this.#waiting.size >= this.#maxWaiting) return "full";
    return new Promise((resolve) => void this.#waiting.set(visitor, resolve));
  }

  /** A visitor leaves, from inside or from the queue; one that is in neither changes nothing. */
  leave(visitor: Visitor): void {
    this.#waiting.get(visitor)?.();
    this.#waiting.delete(visitor);
    if (!this.#inside.delete(visitor)) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const [other, wake] = next;
    // In one step, so that no newcomer overtakes the queue.
    this.#waiting.delete(other);
    this.#inside.add(other);
    wake();
  }
}
