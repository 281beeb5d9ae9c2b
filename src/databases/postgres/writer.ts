/**
 * The transactions of a database over a few connections of djauth's own, each of which runs one transaction at a time.
 * A connection that breaks or does not answer is discarded.
 */

import { DatabaseUnavailable } from "../../errors.ts";
import type { Queryable } from "../../database.ts";
import type { Lane } from "./lane.ts";
import type { OpenLane } from "./reader.ts";
import type { TimeLimit } from "./time_limit.ts";
import { repeated, runTransaction } from "./transaction.ts";

/** More connections would not make Postgres write faster on the machines that this is meant for. */
const MAX_LANES = 4;
/** The pause before a transaction that found no working connection tries again. */
const RETRY_PAUSE_MS = 50;

/** Runs transactions over a few connections. */
export class Writer {
  readonly #openLane: OpenLane;
  readonly #limit: TimeLimit;
  #idle: Lane[] = [];
  readonly #lanes: Set<Lane> = new Set();
  #opening = 0;
  #queue: Array<(lane: Lane | Error) => void> = [];
  #isClosed = false;

  constructor(openLane: OpenLane, limit: TimeLimit) {
    this.#openLane = openLane;
    this.#limit = limit;
  }

  /** Runs `work` in a transaction. */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    return repeated(this.#limit, RETRY_PAUSE_MS, async (left) => {
      const lane = await this.#take(left());
      const { client, place } = lane;
      const outcome = await runTransaction({ client, place, limit: left(), work });
      if (outcome.kind === "done") lane.hasAnswered = true;
      if (outcome.kind === "done" || !outcome.isLost) {
        this.#give(lane);
        return outcome;
      }
      lane.lose();
      return lane.isDenied ? { ...outcome, error: lane.error } : outcome;
    });
  }

  /** Lets running transactions finish, and refuses new ones. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#queue.splice(0)) wake(new DatabaseUnavailable("The database was closed"));
    const timeout = this.#limit.milliseconds / 1000;
    await Promise.all([...this.#lanes].map((lane) => lane.close(timeout)));
  }

  /** Returns a connection for one transaction, within the deadline. */
  #take({ milliseconds, timers }: TimeLimit): Promise<Lane> {
    if (this.#isClosed) return Promise.reject(new DatabaseUnavailable("The database was closed"));
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    return new Promise((resolve, reject) => {
      const wake = (lane: Lane | Error): void => {
        cancel();
        if (lane instanceof Error) reject(lane);
        else resolve(lane);
      };
      const cancel = timers.after(milliseconds, () => {
        this.#queue.splice(this.#queue.indexOf(wake), 1);
        reject(new DatabaseUnavailable());
      });
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
