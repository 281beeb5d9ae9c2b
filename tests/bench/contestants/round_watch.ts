/** What a round of re-validation costs, seen from inside: its time, its queries, and how long everything else waited. */

import { readFileSync } from "node:fs";
import process from "node:process";
import type { Database } from "../../../mod.ts";

/** A round, and an equally long time before it in which nothing happened. */
export interface Round {
  readonly sockets: number;
  readonly milliseconds: number;
  readonly queries: number;
  /** The longest that a timer was late, in milliseconds, without the time in which other processes had the processor. */
  readonly longest: number;
  /** The same while nothing happened: what the machine does beside. */
  readonly longestBefore: number;
}

/** Seconds, the default of djauth. */
const DEFAULT_INTERVAL = 30;
/** Milliseconds between two looks at the clock. */
const TICK = 1;

/** Counts and looks at the clock where rounds are measured, and else costs nothing. */
export class RoundWatch {
  /** Seconds between two rounds. */
  readonly interval: number = Number(process.env.BENCH_INTERVAL ?? DEFAULT_INTERVAL);
  readonly #isOn = process.env.BENCH_INTERVAL !== undefined;
  #reads: number[] = [];
  /** When a timer was late, and by how much. */
  #delays: { readonly at: number; readonly milliseconds: number }[] = [];
  #tell: (round: Round) => void = () => {};

  constructor() {
    if (!this.#isOn) return;
    let last = performance.now();
    let lastWaited = waited();
    setInterval(() => {
      const [now, nowWaited] = [performance.now(), waited()];
      this.#delays.push({ at: now, milliseconds: now - last - TICK - (nowWaited - lastWaited) });
      [last, lastWaited] = [now, nowWaited];
    }, TICK);
  }

  /** The database, with its reads counted. */
  counted(database: Database): Database {
    if (!this.#isOn) return database;
    return {
      ...database,
      read: (statement, parameters) => {
        this.#reads.push(performance.now());
        return database.read(statement, parameters);
      },
    };
  }

  /** A round has ended. */
  ended({ sockets, milliseconds }: { readonly sockets: number; readonly milliseconds: number }): void {
    const end = performance.now();
    // A task that is not over yet is as late as the timer that waits for it.
    setTimeout(() => {
      const start = end - milliseconds;
      this.#tell({
        sockets,
        milliseconds,
        queries: this.#reads.filter((at) => at >= start && at <= end).length,
        longest: this.#longest(start, Infinity),
        longestBefore: this.#longest(start - milliseconds, start),
      });
      this.#reads = [];
      this.#delays = [];
    }, 10 * TICK);
  }

  /** The next round. */
  next(): Promise<Round> {
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  #longest(from: number, to: number): number {
    const during = this.#delays.filter(({ at }) => at >= from && at <= to);
    return during.reduce((longest, { milliseconds }) => Math.max(longest, milliseconds), 0);
  }
}

/** Milliseconds that this thread could have run and others did, since start; 0 where the system does not say. */
function waited(): number {
  try {
    return Number(readFileSync("/proc/self/schedstat", "latin1").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}
