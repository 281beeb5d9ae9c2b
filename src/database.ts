/**
 * The port between the stores and a driver. A driver translates its own errors into {@link DatabaseError} and
 * {@link DatabaseUnavailable}, and bounds every query by the deadline.
 */

/** Anything that runs statements: the database itself, or one of its transactions. */
export interface Queryable {
  /**
   * Runs one statement with `$1`-style parameters.
   *
   * @returns the rows, each an array in column order, so that no naming transform of the driver matters
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline has passed
   * @throws {DatabaseError} `unique_violation`, `not_null_violation`, `invalid_value`, `database_permission_denied` or
   * `database_error`; with the `constraint` that was violated, if the server names it
   */
  query(statement: string, parameters: readonly unknown[]): Promise<unknown[][]>;
}

/** A database as the stores see it. */
export interface Database extends Queryable {
  /**
   * Runs a read, which may be repeated if its connection breaks, and may share a connection with other reads.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline has passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  read(statement: string, parameters: readonly unknown[]): Promise<unknown[][]>;
  /**
   * Runs `work` in one transaction, which is rolled back if it throws.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline has passed
   * @throws {DatabaseError} `unique_violation`, `not_null_violation`, `invalid_value`, `database_permission_denied` or
   * `database_error`
   * @throws {unknown} whatever `work` throws, unchanged
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  /** Closes the connections that djauth opened itself; an instance that was passed in stays open. */
  close(): Promise<void>;
}

/** The method names of a {@link Database}. */
export const DATABASE_METHODS: readonly (keyof Database)[] = ["query", "read", "transaction", "close"];

/** Returns whether a value has all methods of a {@link Database}. */
export function isDatabase(value: unknown): value is Database {
  return DATABASE_METHODS.every((name) => typeof Object(value)[name] === "function");
}
