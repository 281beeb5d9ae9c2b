/**
 * One read on its way: its deadline, its attempts, and that it is answered once. Which connection carries it is
 * decided by `reader.ts` and `given_instance.ts`.
 */

import { DatabaseUnavailable } from "../../errors.ts";
import { createSweeper } from "../../internal/time/sweeper.ts";
import type { PostgresQuery } from "./client.ts";
import type { TimeLimit } from "./time_limit.ts";

/** A read and who waits for it. */
export class PendingRead {
  readonly statement: string;
  readonly parameters: readonly unknown[];
  /** When its time is over, by `timers.now()`. */
  readonly due: number;
  /** The attempt under way; an answer to any other is late and means nothing. */
  query: PostgresQuery | null = null;
  /** What broken connections have cost it, up to `MAX_ATTEMPTS`. */
  failures = 0;
  isSettled = false;
  /** Whether a quarter of its time has passed without an answer. */
  hasStalled = false;
  #resolve: (rows: unknown[][]) => void;
  #reject: (error: Error) => void;

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

  /** Gives the rows. */
  succeed(rows: unknown[][]): void {
    this.isSettled = true;
    this.#resolve(rows);
  }

  /** Gives the error. */
  fail(error: Error): void {
    this.isSettled = true;
    this.#reject(error);
  }
}

/** What a kind of database does with its reads. */
export interface ReadHandlers {
  /** Sends it. */
  readonly start: (read: PendingRead) => void;
  /** A quarter of its time has passed: a connection may be stuck, where another would answer. */
  readonly onStall: (read: PendingRead) => void;
  /** Its time is over, and its caller has been told. */
  readonly onExpiry: (read: PendingRead) => void;
}

/** Makes the function that reads, within the deadline. */
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
