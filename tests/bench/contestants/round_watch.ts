/** Measures a round of re-validation from inside the process: duration, queries and event-loop delay. */

import { readFileSync } from "node:fs";
import process from "node:process";
import type { Database } from "../../../mod.ts";

/** A round, and an equally long idle period before it. */
export interface Round {
  readonly sockets: number;
  readonly milliseconds: number;
  readonly queries: number;
  /** The longest timer delay in milliseconds, excluding the time when other processes had the CPU. */
  readonly longest: number;
  /** The same for the idle period before the round: the machine's background noise. */
  readonly longestBefore: number;
}

/** In seconds; djauth's default. */
const DEFAULT_INTERVAL = 30;
/** Milliseconds between two clock readings. */
const TICK = 1;

/** Counts reads and timer delays where rounds are measured; otherwise it does nothing. */
export class RoundWatch {
  /** Seconds between two rounds. */
  readonly interval: number = Number(process.env.BENCH_INTERVAL ?? DEFAULT_INTERVAL);
  readonly #isOn = process.env.BENCH_INTERVAL !== undefined;
  #reads: number[] = [];
  /** Timer delays: when, and how long. */
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

  /** Wraps a database to count its reads. */
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

  /** Called when a round has ended. */
  ended({ sockets, milliseconds }: { readonly sockets: number; readonly milliseconds: number }): void {
    const end = performance.now();
    // A running task delays this timer too, so wait before reading the delays.
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

  /** Resolves with the next round. */
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

/** Milliseconds since start that this thread waited for the CPU; 0 where the system does not report it. */
function waited(): number {
  try {
    return Number(readFileSync("/proc/self/schedstat", "latin1").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}
