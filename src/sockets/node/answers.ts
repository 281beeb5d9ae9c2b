/** The answers of the other nodes to one order. */

import type { Feed } from "../../feed.ts";
import type { Timers } from "../../internal/time/timers.ts";

/** Collects answers until every node that is known has answered. */
export class Answers {
  readonly #feed: Feed;
  readonly #knowsAll: boolean;
  /** Read before the order is sent: a feed that is lost meanwhile forgets the other nodes. */
  readonly #expected: ReadonlySet<string>;
  /** How many sockets each node closed. */
  readonly #closed: Map<string, number> = new Map();
  #wasSent = false;
  #onAnswer: () => void = () => {};

  /** Expects an answer from each node that the feed knows. */
  constructor(feed: Feed) {
    this.#feed = feed;
    this.#knowsAll = feed.knowsAll;
    this.#expected = new Set(this.#others());
  }

  /** How many nodes have answered. */
  get size(): number {
    return this.#closed.size;
  }

  /** How many sockets they closed. */
  get closed(): number {
    return [...this.#closed.values()].reduce((sum, closed) => sum + closed, 0);
  }

  /** How many nodes are known and have not answered. */
  get silent(): number {
    return [...new Set([...this.#expected, ...this.#others()])].filter(this.#isSilent).length;
  }

  /** Whether the order was sent. A quick node answers before the database has confirmed it. */
  get wasSent(): boolean {
    return this.#wasSent || this.size > 0;
  }

  /** Adds the answer of a node. */
  add(node: string, closed: number): void {
    this.#closed.set(node, closed);
    this.#onAnswer();
  }

  /** Resolves when all have answered, when the order cannot be sent, and after so many milliseconds at the latest. */
  async all(sending: Promise<void>, milliseconds: number, timers: Timers): Promise<void> {
    let cancel = (): void => {};
    await new Promise<void>((resolve) => {
      cancel = timers.after(milliseconds, resolve);
      this.#onAnswer = () => {
        if (this.#knowsAll && !this.#others().some(this.#isSilent)) resolve();
      };
      // They may have come while the order was being sent.
      if (this.size > 0) this.#onAnswer();
      sending.then(() => {
        this.#wasSent = true;
        this.#onAnswer();
      }, () => resolve());
    });
    cancel();
  }

  #others(): string[] {
    return this.#feed.nodes().filter((node) => node !== this.#feed.nodeId);
  }

  readonly #isSilent = (node: string): boolean => !this.#closed.has(node);
}
