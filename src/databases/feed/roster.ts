/** Which other nodes are alive, by their heartbeats. */

/** After this many missed heartbeats, a node counts as gone. */
const MISSED_BEATS = 3;
/** Bounded, since any role that can connect to the database can pretend to be many nodes. */
const MAX_NODES = 1000;

/** The other nodes. */
export class Roster {
  readonly #lifetime: number;
  readonly #heard: Map<string, number> = new Map();

  /** @param interval milliseconds between two heartbeats */
  constructor(interval: number) {
    // Half an interval more, for a heartbeat in transit.
    this.#lifetime = interval * (MISSED_BEATS + 0.5);
  }

  /** Notes a heartbeat. */
  hear(nodeId: string, now: number): void {
    if (this.#heard.size >= MAX_NODES && !this.#heard.has(nodeId)) {
      this.#forgetSilent(now);
      if (this.#heard.size >= MAX_NODES) return;
    }
    this.#heard.set(nodeId, now);
  }

  /** Removes a node that has announced its end. */
  forget(nodeId: string): void {
    this.#heard.delete(nodeId);
  }

  /** Forgets all nodes. */
  clear(): void {
    this.#heard.clear();
  }

  /** Returns the nodes that are alive. */
  living(now: number): string[] {
    this.#forgetSilent(now);
    return [...this.#heard.keys()];
  }

  #forgetSilent(now: number): void {
    for (const [nodeId, last] of this.#heard) if (now - last > this.#lifetime) this.#heard.delete(nodeId);
  }
}
