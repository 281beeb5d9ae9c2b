/**
 * Postgres as a `Database`: from a URL, over djauth's own connections (`reader.ts`, `writer.ts`), or over an instance
 * of postgres.js (`given_instance.ts`).
 */

import type { Database, Queryable } from "../../database.ts";
import { DEADLINE_LIMIT_SECONDS, DEFAULT_DATABASE_DEADLINE_SECONDS } from "../../internal/deadline.ts";
import { requireSeconds, wrong } from "../../internal/option_checks.ts";
import { SYSTEM_TIMERS, type Timers } from "../../internal/time/timers.ts";
import { wrapPostgres } from "./given_instance.ts";
import { type LaneOptions, openLane } from "./lane.ts";
import { type OpenLane, Reader } from "./reader.ts";
import { requireSource } from "./source.ts";
import type { PostgresClient } from "./client.ts";
import type { TimeLimit } from "./time_limit.ts";
import { Writer } from "./writer.ts";

/** Options of {@link createPostgresDatabase}. */
export interface PostgresDatabaseOptions {
  /** Seconds after which an unanswered query fails with `database_unavailable`; 5 if not given. */
  deadline?: number | undefined;
  /**
   * For an instance of postgres.js: whether djauth opens its own connections with the instance's address and settings,
   * as it does for a URL, and leaves the instance's pool alone. Off if not given.
   *
   * With its pool, postgres.js 3.4 decides how faults end: a connection that the server closes can crash the process
   * with an unhandled rejection, or never recover. djauth's own connections do neither.
   */
  ownConnections?: boolean | undefined;
  /** The runtime's if not given. */
  timers?: Timers | undefined;
}

/** The default deadline leaves time for a second attempt. */
const CONNECT_TIMEOUT_SECONDS = 2;
/** After this time without a transaction, a connection for transactions is closed. */
const WRITER_IDLE_TIMEOUT_SECONDS = 60;

/**
 * Opens a Postgres database. Nothing connects before the first query.
 *
 * With a URL, djauth keeps one connection over which reads are pipelined, and up to four for transactions. An instance
 * of postgres.js is used as it is, and `close()` leaves it open.
 *
 * @param source a `postgres://` URL, or an instance of postgres.js
 * @throws {ImproperlyConfigured} `improperly_configured` for an invalid `source` or `deadline`
 *
 * @example With connections of its own
 * ```ts
 * import { createPostgresDatabase } from "@djauth/djauth";
 *
 * const database = createPostgresDatabase("postgres://localhost/site", { deadline: 2 });
 * await database.close();
 * ```
 */
export function createPostgresDatabase(
  source: PostgresClient | string,
  options: PostgresDatabaseOptions = {},
): Database {
  const deadline = options.deadline ?? DEFAULT_DATABASE_DEADLINE_SECONDS;
  requireSeconds("deadline", deadline, { to: DEADLINE_LIMIT_SECONDS });
  const limit = { milliseconds: deadline * 1000, timers: options.timers ?? SYSTEM_TIMERS };
  if (typeof source === "string" || options.ownConnections) {
    return openPostgres(requireSource("database", source), limit);
  }
  if (typeof source?.unsafe !== "function" || typeof source.begin !== "function") {
    throw wrong("database", source, "a postgres:// URL or an instance of postgres.js");
  }
  return wrapPostgres(source, limit);
}

function openPostgres(source: LaneOptions["source"], limit: TimeLimit): Database {
  const { milliseconds, timers } = limit;
  const connectTimeout = Math.min(CONNECT_TIMEOUT_SECONDS, milliseconds / 1000);
  const open = (idleTimeout: number | null): OpenLane => (onLost) =>
    openLane({ source, timers, connectTimeout, idleTimeout, onLost });
  const reader = new Reader(open(null), limit);
  const writer = new Writer(open(WRITER_IDLE_TIMEOUT_SECONDS), limit);
  const transaction = <Result>(work: (inner: Queryable) => Promise<Result>): Promise<Result> =>
    writer.transaction(work);
  return {
    read: (statement, parameters) => reader.read(statement, parameters),
    query: (statement, parameters) => transaction((inner) => inner.query(statement, parameters)),
    transaction,
    close: async () => {
      await Promise.all([reader.close(), writer.close()]);
    },
  };
}
