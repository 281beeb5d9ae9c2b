/**
 * The transactions of a database that was given as a URL: each has a connection of its own while it runs, out of a
 * few. A connection that breaks or does not answer is thrown away.
 */

import { DatabaseUnavailable } from "../../errors.ts";
import type { Queryable } from "../../database.ts";
import type { Lane } from "./lane.ts";
import type { OpenLane } from "./reader.ts";
import { leftUntil, repeated, runTransaction } from "./transaction.ts";

/** Connections at most; more would not make Postgres write faster on the machines that this is for. */
const MAX_LANES = 4;
/** Milliseconds before a transaction that found no working connection tries again. */
const PAUSE = 50;

/** Transactions over a few connections. */
export class Writer {
  #openLane: OpenLane;
  #milliseconds: number;
  #idle: Lane[] = [];
  #lanes: Set<Lane> = new Set();
  #opening = 0;
  #queue: Array<(lane: Lane | Error) => void> = [];
  #isClosed = false;

  constructor(openLane: OpenLane, milliseconds: number) {
    this.#openLane = openLane;
    this.#milliseconds = milliseconds;
  }

  /** Runs `work` in a transaction. */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    return repeated({ milliseconds: this.#milliseconds, pause: PAUSE }, async (due) => {
      const lane = await this.#take(due);
      const { client, place } = lane;
      const outcome = await runTransaction({ client, place, milliseconds: leftUntil(due), work });
      if (outcome.kind === "done") lane.hasAnswered = true;
      if (outcome.kind === "failed" && outcome.isLost) lane.lose();
      else this.#give(lane);
      return outcome;
    });
  }

  /** Lets what is under way end, and takes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#queue.splice(0)) wake(new DatabaseUnavailable("The database was closed"));
    const timeout = this.#milliseconds / 1000;
    await Promise.all([...this.#lanes].map((lane) => lane.close(timeout)));
  }

  /** A connection for one transaction, within the deadline. */
  #take(due: number): Promise<Lane> {
    if (this.#isClosed) return Promise.reject(new DatabaseUnavailable("The database was closed"));
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    return new Promise((resolve, reject) => {
      const wake = (lane: Lane | Error): void => {
        clearTimeout(timer);
        if (lane instanceof Error) reject(lane);
        else resolve(lane);
      };
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(wake), 1);
        reject(new DatabaseUnavailable());
      }, leftUntil(due));
      this.#queue.push(wake);
      this.#grow();
    });
  }

  #give(lane: Lane): void {
    if (lane.isLost) return;
    const wake = this.#queue.shift();
    if (wake !== undefined) wake(lane);
    else this.#idle.push(lane);
  }

  #grow(): void {
    if (this.#isClosed || this.#lanes.size + this.#opening >= MAX_LANES) return;
    this.#opening++;
    this.#openLane(this.#onLost).then((lane) => {
      this.#opening--;
      this.#lanes.add(lane);
      this.#give(lane);
    }, (error) => {
      this.#opening--;
      this.#queue.shift()?.(error);
    });
  }

  #onLost = (lane: Lane): void => {
    this.#lanes.delete(lane);
    this.#idle = this.#idle.filter((idle) => idle !== lane);
    if (this.#queue.length > 0) this.#grow();
  };
}
