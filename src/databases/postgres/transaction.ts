/**
 * One transaction over a client of postgres.js, bounded by a deadline. Which client carries it is decided by
 * `writer.ts` and `given_instance.ts`.
 */

import { DatabaseUnavailable } from "../../errors.ts";
import type { Queryable } from "../../database.ts";
import { pause } from "../../internal/time/pause.ts";
import { isBrokenConnection, translateError } from "./errors.ts";
import type { Place } from "./place.ts";
import { cancelActive, MAX_ATTEMPTS, type PostgresResult, PREPARED } from "./statements.ts";
import type { PostgresClient, PostgresQuery, PostgresScope } from "./client.ts";
import { timeLeft, type TimeLimit } from "./time_limit.ts";

/** The parameters of {@link runTransaction}. */
export interface TransactionOptions<Result> {
  readonly client: PostgresClient;
  /** Where the client connects to, for messages. */
  readonly place: Place;
  readonly limit: TimeLimit;
  readonly work: (transaction: Queryable) => Promise<Result>;
}

/** How a transaction ended. */
export type TransactionOutcome<Result> =
  | { readonly kind: "done"; readonly result: Result }
  /** `mayRepeat`: the connection broke before anything was done. `isLost`: the connection must not be used again. */
  | {
    readonly kind: "failed";
    readonly error: unknown;
    readonly mayRepeat: boolean;
    readonly isLost: boolean;
  };

class TransactionScope implements Queryable {
  /** The connection is gone: postgres.js would write whatever is sent now to a socket that is `null`. */
  isClosed = false;
  /** Set once postgres.js has lost count, an answer being that to another statement: none is to be believed any more. */
  lostCount: DatabaseUnavailable | null = null;
  /** No further statements are accepted. */
  isOver = false;
  active: PostgresQuery | null = null;
  readonly #scope: PostgresScope;

  constructor(scope: PostgresScope) {
    this.#scope = scope;
  }

  async query(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    if (this.isOver) throw new DatabaseUnavailable("The transaction is over");
    const query = this.#scope.unsafe(statement, [...parameters], PREPARED).values();
    this.active = query;
    let rows: PostgresResult;
    try {
      rows = (await query) as PostgresResult;
    } catch (error) {
      if (isBrokenConnection(error)) this.isClosed = this.isOver = true;
      throw translateError(error);
    } finally {
      if (this.active === query) this.active = null;
    }
    if (rows.command?.split(" ", 1)[0] !== commandOf(statement)) {
      this.isOver = true;
      throw this.lostCount = new DatabaseUnavailable("The database connection broke");
    }
    return rows;
  }
}

/** Returns the first word: the answers to `create function …` and `create trigger …` start with the same one. */
function commandOf(statement: string): string {
  return statement.slice(0, statement.indexOf(" ")).toUpperCase();
}

/**
 * Runs `work` in a transaction; never rejects. After the deadline nothing of it is committed, unless the commit itself
 * was under way.
 */
export function runTransaction<Result>(
  options: TransactionOptions<Result>,
): Promise<TransactionOutcome<Result>> {
  const { client, place, limit: { milliseconds, timers }, work } = options;
  return new Promise((finish) => {
    let phase: "open" | "expired" | "ended" = "open";
    let scope: TransactionScope | null = null;
    let thrown: { readonly error: unknown } | null = null;
    let expire: (error: Error) => void = () => {};
    const expiry = new Promise<never>((_, reject) => expire = reject);
    expiry.catch(() => {});

    const end = (outcome: TransactionOutcome<Result>, as: "expired" | "ended" = "ended"): void => {
      if (phase !== "open") return;
      phase = as;
      cancel();
      if (scope !== null) scope.isOver = true;
      finish(outcome);
    };
    const cancel = timers.after(milliseconds, () => {
      const error = new DatabaseUnavailable();
      const stuck = scope?.active ?? null;
      end({ kind: "failed", error, mayRepeat: false, isLost: true }, "expired");
      expire(error);
      cancelActive(stuck);
    });

    // The driver may report an end while the work is still running.
    const hasDriverEnded = (): boolean => phase === "ended";

    const run = async (sql: PostgresScope): Promise<Result> => {
      // The deadline passed while this waited for a connection: nothing may be done late.
      if (phase !== "open") throw new DatabaseUnavailable();
      const current = scope = new TransactionScope(sql);
      let result: Result | undefined;
      try {
        result = await Promise.race([work(current), expiry]);
      } catch (error) {
        thrown = { error };
      }
      current.isOver = true;
      // Not even where the work swallowed the error: nobody knows what was done.
      if (current.lostCount !== null) thrown ??= { error: current.lostCount };
      if (current.isClosed || hasDriverEnded()) {
        end({
          kind: "failed",
          error: thrown?.error ?? new DatabaseUnavailable(),
          mayRepeat: false,
          isLost: true,
        });
        // postgres.js would now write `rollback` or `commit` to a socket that is `null`, which crashes the process. Its
        // own promise settles with the connection, so this one is left pending.
        return new Promise<never>(() => {});
      }
      if (thrown !== null) throw thrown.error;
      return result as Result;
    };

    client.begin("isolation level read committed", run).then(
      (result) => end({ kind: "done", result: result as Result }),
      (error) => {
        const isOwn = thrown !== null && thrown.error === error;
        const isLost = scope?.lostCount != null || !isOwn && isBrokenConnection(error);
        end({
          kind: "failed",
          error: isOwn ? error : translateError(error, place),
          mayRepeat: isLost && scope === null,
          isLost,
        });
      },
    );
  });
}

/**
 * Repeats a transaction as long as its connections break before anything is done.
 *
 * @param limit the time for all attempts
 * @param interval milliseconds before the next attempt
 * @param attempt makes one attempt within the time that is left
 * @throws {DatabaseUnavailable} `database_unavailable` after the last attempt, or if the time is up
 * @throws {unknown} what the transaction throws
 */
export async function repeated<Result>(
  limit: TimeLimit,
  interval: number,
  attempt: (left: () => TimeLimit) => Promise<TransactionOutcome<Result>>,
): Promise<Result> {
  const left = timeLeft(limit);
  for (let count = 1;; count++) {
    const outcome = await attempt(left);
    if (outcome.kind === "done") return outcome.result;
    const isLast = count === MAX_ATTEMPTS || interval > left().milliseconds;
    if (!outcome.mayRepeat || isLast) throw outcome.error;
    await pause(limit.timers, interval);
  }
}
