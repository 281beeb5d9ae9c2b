/**
 * A database over the application's instance of postgres.js, used as it is: its pool, its options, its reconnecting.
 * Connections that break or do not answer are handled as far as possible from outside. Only
 * `createPostgresDatabase(client)` leads here; `djangoAuth()` opens its own connections to the instance's address.
 */

import { DatabaseUnavailable } from "../../errors.ts";
import type { Database, Queryable } from "../../database.ts";
import { isBrokenConnection, translateError } from "./errors.ts";
import { createReads, type PendingRead } from "./pending_read.ts";
import { cancelActive, MAX_ATTEMPTS, type PostgresResult, PREPARED } from "./statements.ts";
import type { TimeLimit } from "./time_limit.ts";
import { repeated, runTransaction } from "./transaction.ts";
import { placeOf } from "./place.ts";
import type { PostgresClient } from "./client.ts";

/**
 * The pause before a statement is sent again. Between the error of a socket and its close event, postgres.js still
 * sends statements over it, which are then never answered, or get the answer to another one.
 */
const RETRY_PAUSE_MS = 20;

/** Wraps an instance of postgres.js. */
export function wrapPostgres(client: PostgresClient, limit: TimeLimit): Database {
  const place = placeOf(client, client.options);
  let count = 0;

  /** Sends a read, again if it stalls: over another connection of the pool, and the first valid answer counts. */
  function send(read: PendingRead): void {
    if (read.isSettled) return;
    const tag = String(count++);
    const query = client.unsafe(
      tagged(read.statement, read.parameters.length),
      [...read.parameters, tag],
      PREPARED,
    )
      .values();
    read.query = query;
    query.then((rows) => {
      if (read.isSettled) return;
      const answer = untagged(rows as PostgresResult, tag);
      if (answer === null) retry(read);
      else read.succeed(answer);
    }, (error) => {
      if (read.isSettled) return;
      if (isBrokenConnection(error)) retry(read, error);
      else read.fail(translateError(error, place));
    });
  }

  function retry(read: PendingRead, error?: unknown): void {
    if (++read.failures < MAX_ATTEMPTS) limit.timers.after(RETRY_PAUSE_MS, () => send(read));
    else read.fail(error === undefined ? new DatabaseUnavailable() : translateError(error, place));
  }

  function transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    return repeated(limit, RETRY_PAUSE_MS, (left) => runTransaction({ client, place, limit: left(), work }));
  }

  return {
    read: createReads(limit, { start: send, onStall: send, onExpiry }),
    query: (statement, parameters) => transaction((inner) => inner.query(statement, parameters)),
    transaction,
    close: () => Promise.resolve(),
  };
}

/**
 * Cancels a statement that the server works on, so that the pool gets its connection back. A waiting statement is left
 * alone: if the first one is cancelled during connecting, postgres.js loses that connection for good.
 */
function onExpiry(read: PendingRead): void {
  cancelActive(read.query);
}

/**
 * Adds a tag to the answer of a statement, which then has a row even if the statement has none: "no such row" is only
 * believed as an answer to this very query. After a connection broke, postgres.js may resolve a statement with nothing,
 * or with the answer to another one, which would log a user out.
 */
function tagged(statement: string, parameters: number): string {
  return `select q.*, t.tag from (select $${parameters + 1}::text as tag) t ` +
    `left join (select s.*, true as is_row from (${statement}) s) q on true`;
}

/** Returns the rows of the statement, or `null` if this is not the answer to it. */
function untagged(rows: PostgresResult, tag: string): unknown[][] | null {
  if (rows.length === 0) return null;
  // If postgres.js merged two answers into one result, rows may be missing.
  for (const row of rows) if (row?.at(-1) !== tag) return null;
  const first = rows[0]!;
  return first[first.length - 2] == null ? [] : rows;
}
