/**
 * One read in flight: its deadline, its attempts, and that it is settled once. Which connection carries it is decided
 * by `reader.ts` and `given_instance.ts`.
 */

import { DatabaseUnavailable } from "../../errors.ts";
import { createSweeper } from "../../internal/time/sweeper.ts";
import type { PostgresQuery } from "./client.ts";
import type { TimeLimit } from "./time_limit.ts";

/** A read and its caller. */
export class PendingRead {
  readonly statement: string;
  readonly parameters: readonly unknown[];
  /** When its deadline passes, by `timers.now()`. */
  readonly due: number;
  /** The current attempt; answers to earlier ones are ignored. */
  query: PostgresQuery | null = null;
  /** How many of its attempts broken connections have used up, of `MAX_ATTEMPTS`. */
  failures = 0;
  isSettled = false;
  /** Whether a quarter of its time has passed without an answer. */
  hasStalled = false;
  readonly #resolve: (rows: unknown[][]) => void;
  readonly #reject: (error: Error) => void;

  constructor(
    statement: string,
    parameters: readonly unknown[],
    due: number,
    resolve: (rows: unknown[][]) => void,
    reject: (error: Error) => void,
  ) {
    this.statement = statement;
    this.parameters = parameters;
    this.due = due;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Resolves it with the rows. */
  succeed(rows: unknown[][]): void {
    this.isSettled = true;
    this.#resolve(rows);
  }

  /** Rejects it. */
  fail(error: Error): void {
    this.isSettled = true;
    this.#reject(error);
  }
}

/** How a kind of database handles its reads. */
export interface ReadHandlers {
  /** Sends a read. */
  readonly start: (read: PendingRead) => void;
  /** Called when a quarter of the time has passed: the connection may be stuck, and another one might answer. */
  readonly onStall: (read: PendingRead) => void;
  /** Called when the deadline has passed, after the caller was rejected. */
  readonly onExpiry: (read: PendingRead) => void;
}

/** Creates the function that reads within the deadline. */
export function createReads(
  { milliseconds, timers }: TimeLimit,
  { start, onStall, onExpiry }: ReadHandlers,
): (statement: string, parameters: readonly unknown[]) => Promise<unknown[][]> {
  const reads = new Set<PendingRead>();
  const watch = createSweeper(milliseconds, (now) => {
    for (const read of reads) {
      if (read.isSettled) {
        reads.delete(read);
      } else if (read.due <= now) {
        read.fail(new DatabaseUnavailable());
        onExpiry(read);
      } else if (!read.hasStalled && read.due - milliseconds * 0.75 <= now) {
        read.hasStalled = true;
        onStall(read);
      }
    }
    return reads.size > 0;
  }, timers);
  return (statement, parameters) =>
    new Promise((resolve, reject) => {
      const due = timers.now() + milliseconds;
      const read = new PendingRead(statement, parameters, due, resolve, reject);
      reads.add(read);
      watch();
      start(read);
    });
}
