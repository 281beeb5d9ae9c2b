/**
 * The ports of this folder: the storage of users (implemented in `src/stores/`) and the hashing of passwords
 * (`src/passwords/` satisfies it without being imported here).
 */

import type { DjangoUserRow, UserId } from "./user_table.ts";

/** A stored user. The hash is kept outside of the row, so that a row can be shown and passed on. */
export interface UserRecord<Row extends object = DjangoUserRow> {
  /** The described columns. May be shared between look-ups that arrived together, so it must not be changed. */
  readonly row: Readonly<Row>;
  /** The encoded password. */
  readonly password: string;
}

/** The values to write; columns that are missing stay unchanged. */
export type UserValues<Row extends object = DjangoUserRow> = Partial<Row> & { password?: string };

/** The look-ups of the users whom logins name. */
export type UserFinder<Row extends object = DjangoUserRow> = Pick<
  UserStore<Row>,
  "findById" | "findByColumn"
>;

/** The storage of users. Malformed keys never reach the database. */
export interface UserStore<Row extends object = DjangoUserRow> {
  /**
   * Returns the user with this primary key, or `null`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  findById(id: UserId): Promise<UserRecord<Row> | null>;
  /**
   * Returns the user with this value in a column of the type `integer`, `bigint`, `uuid` or `text`, or `null`; `null`
   * as well if several users have it.
   *
   * @throws {RangeError} for a column that the table does not have, or one of another type
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  findByColumn(column: string, value: unknown): Promise<UserRecord<Row> | null>;
  /**
   * Returns the user with exactly this username, or `null`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  findByUsername(username: string): Promise<UserRecord<Row> | null>;
  /**
   * Writes these columns of one row; with `onlyIf`, only if the row still has that encoded password.
   *
   * @returns whether there was such a row
   * @throws {UserExists} `user_exists`, with the `constraint`, if a unique value is taken
   * @throws {TypeError} for a column that the table does not have, or a value of the wrong type for its column
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `not_null_violation`, `invalid_value`, `database_permission_denied` or `database_error`
   */
  update(id: UserId, values: UserValues<Row>, onlyIf?: { readonly password: string }): Promise<boolean>;
  /**
   * Writes a new user and returns the row as the database stored it.
   *
   * @throws {UserExists} `user_exists`, with the `constraint`, if a unique value is taken
   * @throws {TypeError} for a column that the table does not have, or a value of the wrong type for its column
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `not_null_violation`, `invalid_value`, `database_permission_denied` or `database_error`
   */
  insert(values: UserValues<Row>): Promise<UserRecord<Row>>;
}

/** The password functions of a user object; `createPasswords()` creates them. */
export interface UserPasswords {
  /** Hashes and encodes a password; `null` makes one that never matches. */
  makePassword(password: string | null): Promise<string>;
  /** Verifies a password, and whether it should be rehashed. */
  verifyPassword(password: string, encoded: string): Promise<{ isCorrect: boolean; mustUpdate: boolean }>;
  /** Returns whether the encoded password can match at all. */
  isPasswordUsable(encoded: string): boolean;
}
