/** Which nodes live, by the heartbeats that were heard of them. */

/** Heartbeats after which a silent node counts as gone. */
const MISSED_BEATS = 3;
/** A role that may connect to the database may pretend to be many nodes. */
const MAX_NODES = 1000;

/** The nodes beside this one. */
export class Roster {
  #lifetime: number;
  #heard: Map<string, number> = new Map();

  /** @param interval milliseconds between two heartbeats */
  constructor(interval: number) {
    // Half a beat more: the third one is on its way.
    this.#lifetime = interval * (MISSED_BEATS + 0.5);
  }

  /** A node was heard. */
  hear(nodeId: string, now: number): void {
    if (this.#heard.size >= MAX_NODES && !this.#heard.has(nodeId)) {
      this.#forgetSilent(now);
      if (this.#heard.size >= MAX_NODES) return;
    }
    this.#heard.set(nodeId, now);
  }

  /** A node said that it ends. */
  forget(nodeId: string): void {
    this.#heard.delete(nodeId);
  }

  /** Nothing is known any more. */
  clear(): void {
    this.#heard.clear();
  }

  /** Those who live. */
  living(now: number): string[] {
    this.#forgetSilent(now);
    return [...this.#heard.keys()];
  }

  #forgetSilent(now: number): void {
    for (const [nodeId, last] of this.#heard) if (now - last > this.#lifetime) this.#heard.delete(nodeId);
  }
}
