/**
 * A user as application code meets it: the columns as properties, the words of Django's `AbstractBaseUser` as
 * methods. Types only; the class behind them is in `django_user.ts`.
 */

import type { DjangoUserRow, UserId } from "./user_table.ts";

/** What every user has beside its columns. */
export interface UserMembers<Row extends object = DjangoUserRow> {
  /** The primary key, whatever its column is called. */
  readonly pk: UserId;
  /** The encoded password, as it is stored. Not a property of its own: it is in no JSON, log, spread or clone. */
  readonly password: string;
  /** Always `true`; what is not signed in is `null` and no user. */
  readonly isAuthenticated: true;
  /** The column `is_active`, or another `activeField`; `true` for a table that has none, as in Django. */
  readonly isActive: boolean;
  /** The value of the username field; empty where that is `NULL`. */
  getUsername(): string;
  /** The value of a column; `undefined` when there is no such column. */
  get<Name extends keyof Row & string>(name: Name): Row[Name];
  /** Whether there is a column of this name. */
  has(name: string): boolean;
  /**
   * Changes a column in memory; {@link UserMembers.save} writes it.
   *
   * @throws {RangeError} for a column that the table's description does not name, and for the primary key
   */
  set<Name extends keyof Row & string>(name: Name, value: Row[Name]): void;
  /** The names of the columns. */
  keys(): (keyof Row & string)[];
  /** The columns as pairs of name and value. */
  entries(): [keyof Row & string, Row[keyof Row & string]][];
  /**
   * Whether this is the user's password. A hash with less work than configured is replaced in the database, where
   * the role may write it and nobody has changed the password meanwhile. Mirrors `AbstractBaseUser.check_password`.
   *
   * @throws {DjauthError} `server_busy` when too many passwords wait to be hashed
   * @throws {DatabaseError} `database_unavailable` or `database_error` when the new hash could not be written
   */
  checkPassword(password: string): Promise<boolean>;
  /**
   * Hashes a new password in memory; {@link UserMembers.save} writes it, and with that every session of this user
   * ends. `null` is {@link UserMembers.setUnusablePassword}. Mirrors `AbstractBaseUser.set_password`.
   *
   * @throws {DjauthError} `server_busy` when too many passwords wait to be hashed
   * @throws {TypeError} when the password is neither text nor `null`
   * @throws {RangeError} when the password holds a lone surrogate, which has no UTF-8 form
   */
  setPassword(password: string | null): Promise<void>;
  /** Sets, in memory, a password that nothing matches. Mirrors `AbstractBaseUser.set_unusable_password`. */
  setUnusablePassword(): Promise<void>;
  /** Whether any password can match. Mirrors `AbstractBaseUser.has_usable_password`. */
  hasUsablePassword(): boolean;
  /**
   * Writes these columns (`"password"` is one of them), or all that were changed when none are named. Other columns
   * are left alone, so that what Django changed meanwhile stays.
   *
   * @throws {DjauthError} `user_deleted` when the row is gone
   * @throws {UserExists} `user_exists` when a unique value, such as the username, is taken
   * @throws {DatabaseError} `database_permission_denied` where the role may not write users; `not_null_violation`,
   * `invalid_value`, `database_unavailable` or `database_error`
   * @throws {TypeError} for a value that does not belong into its column
   * @throws {RangeError} for a column that the table's description does not name, and for the primary key
   */
  save(fields?: readonly ((keyof Row & string) | "password")[]): Promise<void>;
  /** The columns, ready for `JSON.stringify`: a bigint becomes text. */
  toJSON(): Record<string, unknown>;
}

/**
 * A signed-in user. Its columns are properties of their own, typed by the {@link UserTable}.
 *
 * @example Change a column
 * ```ts
 * import type { User } from "@djauth/djauth";
 *
 * async function rename(user: User, name: string): Promise<void> {
 *   user.first_name = name;
 *   await user.save(["first_name"]);
 * }
 * console.log(rename.name); // "rename"
 * ```
 */
export type User<Row extends object = DjangoUserRow> = UserMembers<Row> & Row;
