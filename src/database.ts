/**
 * The port between the stores and a driver. A driver translates its own errors into {@link DatabaseError} and
 * {@link DatabaseUnavailable}, and bounds every query by the deadline.
 */

/** Something that runs statements: the database itself, or one transaction of it. */
export interface Queryable {
  /**
   * Runs one statement with `$1`-style parameters.
   *
   * @returns the rows, each an array in the order of the columns, so that no naming transform of the driver matters
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `unique_violation`, `not_null_violation`, `invalid_value`, `database_permission_denied` or
   * `database_error`
   */
  query(statement: string, parameters: readonly unknown[]): Promise<unknown[][]>;
}

/** A database as the stores see it. */
export interface Database extends Queryable {
  /**
   * Runs a read, which may be repeated when its connection breaks, and may share a connection with other reads.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  read(statement: string, parameters: readonly unknown[]): Promise<unknown[][]>;
  /**
   * Runs `work` in one transaction, which is rolled back when it throws.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `unique_violation`, `not_null_violation`, `invalid_value`, `database_permission_denied` or
   * `database_error`
   * @throws {unknown} what `work` throws, as it is
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  /** Closes what djauth opened itself; an instance that was handed in stays open. */
  close(): Promise<void>;
}

/** The methods of a {@link Database}. */
export const DATABASE_METHODS: readonly (keyof Database)[] = ["query", "read", "transaction", "close"];

/** Whether a value has all methods of a {@link Database}. */
export function isDatabase(value: unknown): value is Database {
  return DATABASE_METHODS.every((name) => typeof Object(value)[name] === "function");
}
