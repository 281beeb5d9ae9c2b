/**
 * The ports of this folder: where users are kept (`src/stores/` implements it) and who knows passwords
 * (`src/passwords/` satisfies it without being imported here).
 */

import type { DjangoUserRow, UserId } from "./user_table.ts";

/** A user as it is stored. The hash stands beside the row, so that a row can be shown and passed on. */
export interface UserRecord<Row extends object = DjangoUserRow> {
  /** The columns of the table's description. May be shared between look-ups that arrived together: never changed. */
  readonly row: Readonly<Row>;
  /** The encoded password. */
  readonly password: string;
}

/** Values to be written; those that are missing stay as they are. */
export type UserValues<Row extends object = DjangoUserRow> = Partial<Row> & { password?: string };

/** Where the users are looked for whom logins name. */
export type UserFinder<Row extends object = DjangoUserRow> = Pick<
  UserStore<Row>,
  "findById" | "findByColumn"
>;

/** Where users are kept. Keys of the wrong shape never reach the database. */
export interface UserStore<Row extends object = DjangoUserRow> {
  /**
   * The user with this primary key, or `null`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  findById(id: UserId): Promise<UserRecord<Row> | null>;
  /**
   * The user with this value in a column of the type `integer`, `bigint`, `uuid` or `text`, or `null`. A value that
   * several users have names none of them.
   *
   * @throws {RangeError} for a column that the table has not, or one of another type
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  findByColumn(column: string, value: unknown): Promise<UserRecord<Row> | null>;
  /**
   * The user with exactly this username, or `null`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  findByUsername(username: string): Promise<UserRecord<Row> | null>;
  /**
   * Writes these columns of one row; with `onlyIf`, only while the row still has that encoded password.
   *
   * @returns whether there was such a row
   * @throws {UserExists} `user_exists` when a unique value is taken
   * @throws {TypeError} for a column that the table has not, or a value that does not belong into its column
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  update(id: UserId, values: UserValues<Row>, onlyIf?: { readonly password: string }): Promise<boolean>;
  /**
   * Writes a new user and gives the row as the database has it.
   *
   * @throws {UserExists} `user_exists` when a unique value is taken
   * @throws {TypeError} for a column that the table has not, or a value that does not belong into its column
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `not_null_violation`, `invalid_value`, `database_permission_denied` or `database_error`
   */
  insert(values: UserValues<Row>): Promise<UserRecord<Row>>;
}

/** What a user object needs to know about passwords; `createPasswords()` makes one. */
export interface UserPasswords {
  /** The encoded password; `null` makes one that never matches. */
  makePassword(password: string | null): Promise<string>;
  /** Whether the password is right, and whether it should be hashed anew. */
  verifyPassword(password: string, encoded: string): Promise<{ isCorrect: boolean; mustUpdate: boolean }>;
  /** Whether the encoded password can match at all. */
  isPasswordUsable(encoded: string): boolean;
}
