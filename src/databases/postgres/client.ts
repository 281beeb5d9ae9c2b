/**
 * The slice of postgres.js that djauth uses. An instance of any 3.x release has it; nothing here is imported from
 * the package, so that it is loaded only where djauth opens connections of its own.
 */

/** A statement on its way. */
export interface PostgresQuery extends PromiseLike<unknown> {
  /** Asks the server to give it up. */
  cancel(): unknown;
  /** Set once the statement was sent over a connection; what waits for one has none. */
  readonly state?: unknown;
  /** Whether the server's next answer is for it; the others that were sent stand behind it. */
  readonly active?: boolean;
}

/** A statement whose rows are wanted as arrays. */
export interface PostgresStatement {
  /** Rows as arrays: no naming transform touches them. */
  values(): PostgresQuery;
}

/** What runs statements: an instance, or a transaction of it. */
export interface PostgresScope {
  /** Runs a statement with `$1`-style parameters. */
  unsafe(statement: string, parameters?: unknown[], options?: { prepare?: boolean }): PostgresStatement;
}

/**
 * An instance of postgres.js, as `postgres(url)` makes it.
 *
 * @example Hand in the instance of the application
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
  /** What it was made with, parsed. */
  readonly options?: unknown;
  /** Closes its connections, after `timeout` seconds at the latest. */
  end(options?: { timeout?: number }): Promise<unknown>;
}
