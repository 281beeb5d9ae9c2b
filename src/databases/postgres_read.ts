/**
 * One read on its way: its deadline, its attempts, and that it is answered once. Which connection carries it is
 * decided by `postgres_own.ts` and `postgres_given.ts`.
 */

import { DatabaseUnavailable } from "../errors.ts";
import type { PostgresQuery } from "./postgres_types.ts";

/** Prepared once per connection; an instance with `prepare: false` keeps its way. */
export const PREPARED: { readonly prepare: boolean } = { prepare: true };

/** How often a read is tried whose connections break one after the other. */
export const MAX_ATTEMPTS = 8;

/** What postgres.js resolves to: the rows, and what the server said that it did. */
export interface PostgresResult extends Array<unknown[]> {
  /** Such as `SELECT`; missing when postgres.js resolved a statement that the server never answered. */
  readonly command?: string;
}

/** A read and who waits for it. */
export class PendingRead {
  readonly statement: string;
  readonly parameters: readonly unknown[];
  /** The attempt under way; an answer to any other is late and means nothing. */
  query: PostgresQuery | null = null;
  /** Attempts that ended with a broken connection. */
  failures = 0;
  isSettled = false;
  #resolve: (rows: unknown[][]) => void;
  #reject: (error: Error) => void;
  #timer: ReturnType<typeof setTimeout>;

  constructor(
    statement: string,
    parameters: readonly unknown[],
    milliseconds: number,
    onExpiry: (read: PendingRead) => void,
    resolve: (rows: unknown[][]) => void,
    reject: (error: Error) => void,
  ) {
    this.statement = statement;
    this.parameters = parameters;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => {
      this.fail(new DatabaseUnavailable());
      onExpiry(this);
    }, milliseconds);
  }

  /** Gives the rows. */
  succeed(rows: unknown[][]): void {
    this.isSettled = true;
    clearTimeout(this.#timer);
    this.#resolve(rows);
  }

  /** Gives the error. */
  fail(error: Error): void {
    this.isSettled = true;
    clearTimeout(this.#timer);
    this.#reject(error);
  }
}

/**
 * Asks the server to give up a statement that it works on, and does not wait for that. Only for the one at work:
 * postgres.js skips a cancelled statement that stands behind another, and then gives its answer to the next one.
 */
export function cancelActive(query: PostgresQuery | null): void {
  if (query?.active === true) ignore(query.cancel());
}

/** Takes a statement that was never sent out of the queue of its client. */
export function withdraw(query: PostgresQuery | null): void {
  if (query?.state == null) ignore(query?.cancel());
}

function ignore(outcome: unknown): void {
  if (outcome instanceof Promise) outcome.catch(() => {});
}
