/**
 * A database that was given as an instance of postgres.js, used as it is: its pool, its options, its reconnecting.
 * What can be done from outside about a connection that breaks or does not answer is done here. Only
 * `createPostgresDatabase(client)` leads here; `djangoAuth()` takes an instance's address for connections of its own.
 */

import { DatabaseUnavailable } from "../../errors.ts";
import type { Database, Queryable } from "../../database.ts";
import { isBrokenConnection, translateError } from "./errors.ts";
import { createReads, type PendingRead } from "./pending_read.ts";
import { cancelActive, MAX_ATTEMPTS, type PostgresResult, PREPARED } from "./statements.ts";
import type { TimeLimit } from "./time_limit.ts";
import { repeated, runTransaction } from "./transaction.ts";
import { placeOf } from "./source.ts";
import type { PostgresClient } from "./client.ts";

/**
 * Milliseconds before a statement is tried again. Between the error of a socket and its end postgres.js still
 * sends statements over it, which are then never answered or get the answer of another.
 */
const PAUSE = 20;

/** Wraps an instance of postgres.js. */
export function wrapPostgres(client: PostgresClient, limit: TimeLimit): Database {
  const place = placeOf(client, client.options);
  let count = 0;

  /** Sends it. When it stalls it is sent again over another connection of the pool: the first right answer counts. */
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
    if (++read.failures < MAX_ATTEMPTS) limit.timers.after(PAUSE, () => send(read));
    else read.fail(error === undefined ? new DatabaseUnavailable() : translateError(error, place));
  }

  function transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    return repeated(limit, PAUSE, (left) => runTransaction({ client, place, limit: left(), work }));
  }

  return {
    read: createReads(limit, { start: send, onStall: send, onExpiry }),
    query: (statement, parameters) => transaction((inner) => inner.query(statement, parameters)),
    transaction,
    close: () => Promise.resolve(),
  };
}

/**
 * What the server works on is cancelled, so that the pool has its connection back. What still waits is left alone:
 * postgres.js loses the connection for ever whose first statement is cancelled while it connects.
 */
function onExpiry(read: PendingRead): void {
  cancelActive(read.query);
}

/**
 * The statement with a tag in its answer, which has a row even where the statement has none: "no such row" is only
 * believed when the database said so to this very question. After a connection broke, postgres.js may resolve a
 * statement with nothing, or with the answer to another one, and that would log a user out.
 */
function tagged(statement: string, parameters: number): string {
  return `select q.*, t.tag from (select $${parameters + 1}::text as tag) t ` +
    `left join (select s.*, true as is_row from (${statement}) s) q on true`;
}

/** The rows of the statement, or `null` when this is no answer to it. */
function untagged(rows: PostgresResult, tag: string): unknown[][] | null {
  if (rows.length === 0) return null;
  // In a result that postgres.js has put together from two answers, rows may be missing.
  for (const row of rows) if (row?.at(-1) !== tag) return null;
  const first = rows[0]!;
  return first[first.length - 2] == null ? [] : rows;
}
