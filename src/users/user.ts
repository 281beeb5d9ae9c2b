/**
 * A user as application code sees it: the columns as properties, those of Django's `AbstractBaseUser` as methods. Types
 * only; the class behind them is in `django_user.ts`.
 */

import type { DjangoUserRow, UserId } from "./user_table.ts";

/** The members of every user besides its columns. */
export interface UserMembers<Row extends object = DjangoUserRow> {
  /** The primary key, whatever the name of its column. */
  readonly pk: UserId;
  /** The encoded password, as stored. Not an own property: it does not appear in JSON, logs, spreads or clones. */
  readonly password: string;
  /** Always `true`; an anonymous visitor is `null` instead of a user. */
  readonly isAuthenticated: true;
  /** The column `is_active`, or another `activeField`; `true` for a table without one, as in Django. */
  readonly isActive: boolean;
  /** Returns the value of the username field; empty if that is `NULL`. */
  getUsername(): string;
  /** Returns the value of a column; `undefined` if there is no such column. */
  get<Name extends keyof Row & string>(name: Name): Row[Name];
  /** Returns whether there is a column with this name. */
  has(name: string): boolean;
  /**
   * Changes a column in memory; {@link UserMembers.save} writes it.
   *
   * @throws {RangeError} for a column that the table's description does not name, and for the primary key
   */
  set<Name extends keyof Row & string>(name: Name, value: Row[Name]): void;
  /** Returns the names of the columns. */
  keys(): (keyof Row & string)[];
  /** Returns the columns as pairs of name and value. */
  entries(): [keyof Row & string, Row[keyof Row & string]][];
  /**
   * Returns whether this is the user's password. A hash with less work than configured is replaced in the database, if
   * the role may write it and the password was not changed in the meantime. Mirrors `AbstractBaseUser.check_password`.
   *
   * @throws {DjauthError} `server_busy` if too many passwords are waiting to be hashed
   * @throws {DatabaseError} `database_unavailable` or `database_error` if the new hash could not be written
   */
  checkPassword(password: string): Promise<boolean>;
  /**
   * Hashes a new password in memory; {@link UserMembers.save} writes it, which ends every session of this user. `null`
   * is {@link UserMembers.setUnusablePassword}. Mirrors `AbstractBaseUser.set_password`.
   *
   * @throws {DjauthError} `server_busy` if too many passwords are waiting to be hashed
   * @throws {TypeError} if the password is neither a string nor `null`
   * @throws {RangeError} if the password contains a lone surrogate, which has no UTF-8 form
   */
  setPassword(password: string | null): Promise<void>;
  /** Sets, in memory, a password that nothing matches. Mirrors `AbstractBaseUser.set_unusable_password`. */
  setUnusablePassword(): Promise<void>;
  /** Returns whether any password can match. Mirrors `AbstractBaseUser.has_usable_password`. */
  hasUsablePassword(): boolean;
  /**
   * Writes these columns (which may include `"password"`), or all that were changed if none are named. Other columns
   * are not touched, so that Django's changes in the meantime are kept.
   *
   * @throws {DjauthError} `user_deleted` if the row is gone
   * @throws {UserExists} `user_exists`, with the `constraint`, if a unique value, such as the username, is taken
   * @throws {InvalidUser} `invalid_user` for a value that is too long for its column or cannot be stored
   * @throws {DatabaseError} `database_permission_denied` if the role may not write users; `not_null_violation`,
   * `database_unavailable` or `database_error`
   * @throws {TypeError} for a value of the wrong type for its column, and for anything but a list of names
   * @throws {RangeError} for a column that the table's description does not name, and for the primary key
   */
  save(fields?: readonly ((keyof Row & string) | "password")[]): Promise<void>;
  /** Returns the columns for `JSON.stringify`: a bigint becomes a string. */
  toJSON(): Record<string, unknown>;
}

/**
 * A logged-in user. Its columns are own properties, typed by the {@link UserTable}.
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
