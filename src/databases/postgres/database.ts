/**
 * Postgres as a `Database`: from a URL, over connections of our own, or from an instance of postgres.js. How each of
 * them is used is in `reader.ts`, `writer.ts` and `given_instance.ts`.
 */

import { ImproperlyConfigured } from "../../errors.ts";
import type { Database, Queryable } from "../../database.ts";
import { requireSeconds, wrong } from "../../internal/option_checks.ts";
import { SYSTEM_TIMERS, type Timers } from "../../internal/time/timers.ts";
import { wrapPostgres } from "./given_instance.ts";
import { type LaneOptions, openLane } from "./lane.ts";
import { type OpenLane, Reader } from "./reader.ts";
import { requireUrl } from "./source.ts";
import type { PostgresClient } from "./client.ts";
import type { TimeLimit } from "./time_limit.ts";
import { Writer } from "./writer.ts";

/** Options of {@link createPostgresDatabase}. */
export interface PostgresDatabaseOptions {
  /** Seconds after which a query that was not answered ends with `database_unavailable`; 5 if not given. */
  deadline?: number | undefined;
  /**
   * For an instance of postgres.js: whether djauth opens connections of its own with the instance's address and
   * settings, as it does for a URL, and leaves the instance's pool alone. Off if not given.
   *
   * With its pool, postgres.js 3.4 decides how faults end: a connection that the server ends can bring down the
   * process with an unhandled rejection, or never come back. Connections of djauth's own do neither.
   */
  ownConnections?: boolean | undefined;
  /** The runtime's if not given. */
  timers?: Timers | undefined;
}

const DEFAULT_DEADLINE = 5;
/** Seconds; within the deadline there is time for a second attempt. */
const CONNECT_TIMEOUT = 2;
/** Seconds after which a connection for transactions is closed when there are none. */
const WRITER_IDLE_TIMEOUT = 60;

/**
 * Opens a Postgres database. Nothing connects before the first query.
 *
 * With a URL, djauth keeps one connection for reads, which are pipelined over it, and up to four for transactions.
 * An instance of postgres.js is used as it is, and stays open at `close()`.
 *
 * @param source a `postgres://` URL, or an instance of postgres.js
 * @throws {ImproperlyConfigured} `improperly_configured` when `source` or `deadline` cannot be used
 *
 * @example Over connections of its own
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
  const deadline = options.deadline ?? DEFAULT_DEADLINE;
  requireSeconds("deadline", deadline, { to: 86_400 });
  const limit = { milliseconds: deadline * 1000, timers: options.timers ?? SYSTEM_TIMERS };
  if (typeof source === "string") return openPostgres(requireUrl("database", source), limit);
  if (typeof source?.unsafe !== "function" || typeof source.begin !== "function") {
    throw wrong("database", source, "a postgres:// URL or an instance of postgres.js");
  }
  if (!options.ownConnections) return wrapPostgres(source, limit);
  if (typeof source.options !== "object") {
    throw new ImproperlyConfigured("ownConnections needs an instance of postgres.js that has its options");
  }
  return openPostgres(source.options as Record<string, unknown>, limit);
}

function openPostgres(source: LaneOptions["source"], limit: TimeLimit): Database {
  const { milliseconds, timers } = limit;
  const connectTimeout = Math.min(CONNECT_TIMEOUT, milliseconds / 1000);
  const open = (idleTimeout: number | null): OpenLane => (onLost) =>
    openLane({ source, timers, connectTimeout, idleTimeout, onLost });
  const reader = new Reader(open(null), limit);
  const writer = new Writer(open(WRITER_IDLE_TIMEOUT), limit);
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
