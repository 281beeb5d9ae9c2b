/**
 * The slice of postgres.js that djauth uses. An instance of any 3.x release has it; nothing here is imported from
 * the package, so that it is loaded only where djauth opens connections of its own.
 */

/** A statement in flight. */
export interface PostgresQuery extends PromiseLike<unknown> {
  /** Asks the server to cancel it. */
  cancel(): unknown;
  /** Set once the statement was sent over a connection; absent while it waits for one. */
  readonly state?: unknown;
  /** Whether the server's next answer is for it; other sent statements are queued behind it. */
  readonly active?: boolean;
}

/** A statement whose rows can be requested as arrays. */
export interface PostgresStatement {
  /** Requests rows as arrays, which no naming transform affects. */
  values(): PostgresQuery;
}

/** Runs statements: an instance, or one of its transactions. */
export interface PostgresScope {
  /** Runs a statement with `$1`-style parameters. */
  unsafe(statement: string, parameters?: unknown[], options?: { prepare?: boolean }): PostgresStatement;
}

/**
 * An instance of postgres.js, as `postgres(url)` returns it.
 *
 * @example The application's instance
 * ```ts
 * import postgres from "postgres";
 * import type { PostgresClient } from "@djauth/djauth";
 *
 * const client: PostgresClient = postgres("postgres://localhost/site");
 * await client.end();
 * ```
 */
export interface PostgresClient extends PostgresScope {
  /** Runs `work` in a transaction. */
  begin(options: string, work: (scope: PostgresScope) => Promise<unknown>): Promise<unknown>;
  /** Its parsed options. */
  readonly options?: unknown;
  /** Closes its connections, after `timeout` seconds at the latest. */
  end(options?: { timeout?: number }): Promise<unknown>;
}
