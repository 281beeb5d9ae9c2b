/**
 * A user as application code meets it: the columns as properties, the words of Django's `AbstractBaseUser` as
 * methods. Where the row comes from and how passwords are hashed is behind the ports of `store.ts`.
 */

import { DjauthError } from "../errors.ts";
import type { Timers } from "../internal/time/timers.ts";
import { copyOf, isSameValue, isUnchanged, snapshotOf } from "./column_values.ts";
import { createRehash, type Rehash } from "./rehash.ts";
import type { UserPasswords, UserRecord, UserStore, UserValues } from "./store.ts";
import type { DjangoUserRow, UserId, UserTable } from "./user_table.ts";

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

/** What {@link createUserFactory} needs. */
export interface UserFactoryOptions<Row extends object> {
  /** The description of the table. */
  readonly table: UserTable<Row>;
  /** Where users are written to. */
  readonly store: Pick<UserStore<Row>, "update">;
  /** Who hashes and checks. */
  readonly passwords: UserPasswords;
  /** The runtime's if not given. */
  readonly timers?: Timers | undefined;
}

/** Makes the function that turns records of a store into users. */
export function createUserFactory<Row extends object>(
  options: UserFactoryOptions<Row>,
): (record: UserRecord<Row>) => User<Row> {
  const own = options as unknown as UserFactoryOptions<Values>;
  const home: UserHome = {
    ...own,
    rehash: createRehash(own),
    names: Object.keys(options.table.columns),
  };
  return (record) => new DjangoUser(home, record as unknown as UserRecord<Values>) as unknown as User<Row>;
}

/** Whether two users were made of the same row, whatever was set on them since. */
export function isSameUser<Row extends object>(one: User<Row>, other: User<Row>): boolean {
  return isSameRow(one as unknown as DjangoUser, other as unknown as DjangoUser);
}

/** The encoded password that a user was read with, whatever became of it since. */
export function passwordAsRead<Row extends object>(user: User<Row>): string {
  return readPassword(user as unknown as DjangoUser);
}

/** Lets a user have this password, which was written to the row already. */
export function notePassword<Row extends object>(user: User<Row>, encoded: string): void {
  rememberPassword(user as unknown as DjangoUser, encoded);
}

let isSameRow: (one: DjangoUser, other: DjangoUser) => boolean;
let readPassword: (user: DjangoUser) => string;
let rememberPassword: (user: DjangoUser, encoded: string) => void;

type Values = Record<string, unknown>;

interface UserHome extends UserFactoryOptions<Values> {
  readonly rehash: Rehash;
  readonly names: readonly string[];
}

/** What Node, Bun and Deno ask before they print an object. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** The passwords that users were read with who were written since: as a member, it would take memory of every user. */
const firstPasswords = new WeakMap<object, string>();

/** The class behind {@link User}. `#private` members are in no inspection, spread, clone or JSON. */
class DjangoUser implements UserMembers<Values> {
  static {
    readPassword = (user) => firstPasswords.get(user) ?? user.#storedPassword;
    rememberPassword = (user, encoded) => {
      user.#password = encoded;
      user.#remember({ password: encoded });
    };
    isSameRow = (one, other) =>
      one.#storedPassword === other.#storedPassword &&
      one.#stored.every((value, index) => isSameValue(value, other.#stored[index]));
  }

  [column: string]: unknown;
  readonly #home: UserHome;
  /** What is in the row, in the order of the columns: a list is smaller than a second object beside each user. */
  readonly #stored: unknown[];
  #storedPassword: string;
  #password: string;

  constructor(home: UserHome, record: UserRecord<Values>) {
    this.#home = home;
    this.#storedPassword = record.password;
    this.#password = record.password;
    // Made in one go: a list that grows takes room for more.
    this.#stored = home.names.map((name) => snapshotOf(record.row[name]));
    for (const name of home.names) {
      const value = copyOf(record.row[name]);
      // A user with another key would be saved over somebody else's row. Defined in its turn, since V8 makes an object
      // slow whose property is redefined.
      if (name === home.table.primaryKey) Object.defineProperty(this, name, { value, enumerable: true });
      else this[name] = value;
    }
  }

  get pk(): UserId {
    return this[this.#home.table.primaryKey] as UserId;
  }

  get password(): string {
    return this.#password;
  }

  get isAuthenticated(): true {
    return true;
  }

  get isActive(): boolean {
    const { activeField } = this.#home.table;
    return activeField === null || this[activeField] === true;
  }

  getUsername(): string {
    return (this[this.#home.table.usernameField] ?? "") as string;
  }

  get(name: string): unknown {
    return this.has(name) ? this[name] : undefined;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#home.table.columns, name);
  }

  set(name: string, value: unknown): void {
    this.#requireWritable(name);
    this[name] = value;
  }

  keys(): string[] {
    return [...this.#home.names];
  }

  entries(): [string, unknown][] {
    return this.#home.names.map((name) => [name, this[name]]);
  }

  async checkPassword(password: string): Promise<boolean> {
    const encoded = this.#password;
    const checked = await this.#home.passwords.verifyPassword(password, encoded);
    if (checked.isCorrect && checked.mustUpdate) await this.#rehash(password, encoded);
    return checked.isCorrect;
  }

  async setPassword(password: string | null): Promise<void> {
    this.#password = await this.#home.passwords.makePassword(password);
  }

  setUnusablePassword(): Promise<void> {
    return this.setPassword(null);
  }

  hasUsablePassword(): boolean {
    return this.#home.passwords.isPasswordUsable(this.#password);
  }

  async save(fields?: readonly string[]): Promise<void> {
    const values: UserValues<Values> = {};
    for (const name of fields ?? this.#changed()) {
      if (name !== "password") this.#requireWritable(name);
      values[name] = copyOf(this[name]);
    }
    if (Object.keys(values).length === 0) return;
    if (!(await this.#home.store.update(this.pk, values))) {
      throw new DjauthError("user_deleted", 404, "The user to be saved is not in the table any more");
    }
    this.#remember(values);
  }

  toJSON(): Values {
    return Object.fromEntries(
      this.entries().map(([name, value]) => [name, typeof value === "bigint" ? String(value) : value]),
    );
  }

  /** Without this, an inspection that calls getters would print the hash. */
  [INSPECT](_depth: number, options: object, inspect?: (value: object, options: object) => string): unknown {
    return inspect === undefined ? { ...this } : `DjangoUser ${inspect({ ...this }, options)}`;
  }

  /** Replaces a hash with less work. */
  async #rehash(password: string, encoded: string): Promise<void> {
    const upgraded = await this.#home.rehash(this.pk, password, encoded);
    if (upgraded === null) return;
    // setPassword() may have run while this one waited; what it set is newer.
    if (this.#password === encoded) this.#password = upgraded;
    this.#remember({ password: upgraded });
  }

  #changed(): string[] {
    const { names, table } = this.#home;
    const changed = names.filter((name, index) => {
      return !isUnchanged(table.columns[name]!, this[name], this.#stored[index]);
    });
    return this.#storedPassword === this.#password ? changed : [...changed, "password"];
  }

  #remember({ password = this.#storedPassword, ...values }: UserValues<Values>): void {
    if (!firstPasswords.has(this)) firstPasswords.set(this, this.#storedPassword);
    this.#storedPassword = password;
    for (const [index, name] of this.#home.names.entries()) {
      if (Object.hasOwn(values, name)) this.#stored[index] = snapshotOf(values[name]);
    }
  }

  #requireWritable(name: string): void {
    if (!this.has(name)) throw new RangeError(`The table of users has no column "${name}"`);
    if (name === this.#home.table.primaryKey) {
      throw new RangeError(`The primary key "${name}" cannot be changed`);
    }
  }
}
