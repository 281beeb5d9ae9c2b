/** The class behind a user. Storage and password hashing are behind the ports of `store.ts`. */

import { InvalidUser } from "../account_errors.ts";
import { DatabaseError, DjauthError } from "../errors.ts";
import { areTexts, quoted } from "../internal/option_checks.ts";
import { allowUnawaited } from "../internal/unawaited.ts";
import type { Timers } from "../internal/time/timers.ts";
import { copyOf, isSameValue, isUnchanged, isUnwritable, snapshotOf } from "./column_values.ts";
import { createRehash, type Rehash } from "./rehash.ts";
import type { UserPasswords, UserRecord, UserStore, UserValues } from "./store.ts";
import type { User, UserMembers } from "./user.ts";
import type { UserId, UserTable } from "./user_table.ts";

/** The dependencies of {@link createUserFactory}. */
export interface UserFactoryOptions<Row extends object> {
  /** The description of the table. */
  readonly table: UserTable<Row>;
  /** Writes users. */
  readonly store: Pick<UserStore<Row>, "update">;
  /** Hashes and verifies passwords. */
  readonly passwords: UserPasswords;
  /** The timers; the runtime's if not given. */
  readonly timers?: Timers | undefined;
}

/**
 * Turns a record of a store into a user.
 *
 * @param known the user as known so far: returned if it was read from the same row and not changed since
 */
export type UserFactory<Row extends object> = (record: UserRecord<Row>, known?: User<Row>) => User<Row>;

/** Creates the function that turns records of a store into users. */
export function createUserFactory<Row extends object>(options: UserFactoryOptions<Row>): UserFactory<Row> {
  const own = options as unknown as UserFactoryOptions<Values>;
  const home: UserHome = {
    ...own,
    rehash: createRehash(own),
    names: Object.keys(options.table.columns),
  };
  return (record, known) => {
    const values = record as unknown as UserRecord<Values>;
    if (known !== undefined && holds(known as unknown as DjangoUser, home, values)) return known;
    return new DjangoUser(home, values) as unknown as User<Row>;
  };
}

/** Returns whether two users were read from the same row, whatever was set on them since. */
export function isSameUser<Row extends object>(one: User<Row>, other: User<Row>): boolean {
  return isSameRow(one as unknown as DjangoUser, other as unknown as DjangoUser);
}

/** Returns the encoded password that a user was read with, even if it was changed since. */
export function passwordAsRead<Row extends object>(user: User<Row>): string {
  return readPassword(user as unknown as DjangoUser);
}

/** Sets the password of a user whose row has it already. */
export function notePassword<Row extends object>(user: User<Row>, encoded: string): void {
  rememberPassword(user as unknown as DjangoUser, encoded);
}

let holds: (user: DjangoUser, home: UserHome, record: UserRecord<Values>) => boolean;
let isSameRow: (one: DjangoUser, other: DjangoUser) => boolean;
let readPassword: (user: DjangoUser) => string;
let rememberPassword: (user: DjangoUser, encoded: string) => void;

type Values = Record<string, unknown>;

interface UserHome extends UserFactoryOptions<Values> {
  readonly rehash: Rehash;
  readonly names: readonly string[];
}

/** The method that Node, Bun and Deno call to print an object. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** The passwords that users were read with, for those written since: a member would take memory in every user. */
const firstPasswords = new WeakMap<object, string>();

/** Passwords that are being hashed, for which `save()` waits. */
const hashing = new WeakMap<object, Promise<void>>();

/** The implementation of {@link User}. `#private` members do not appear in inspections, spreads, clones or JSON. */
class DjangoUser implements UserMembers<Values> {
  static {
    readPassword = (user) => firstPasswords.get(user) ?? user.#storedPassword;
    rememberPassword = (user, encoded) => {
      user.#password = encoded;
      user.#remember({ password: encoded });
    };
    // A user made with another description of the table is never reused.
    holds = (user, home, record) => #home in user && user.#home === home && user.#holds(record);
    isSameRow = (one, other) =>
      one === other ||
      #home in one && one.#home === other.#home &&
        one.#storedPassword === other.#storedPassword &&
        one.#stored.every((value, index) => isSameValue(value, other.#stored[index]));
  }

  [column: string]: unknown;
  readonly #home: UserHome;
  /** The row's values in the order of the columns: a list is smaller than a second object per user. */
  readonly #stored: unknown[];
  #storedPassword: string;
  #password: string;

  constructor(home: UserHome, record: UserRecord<Values>) {
    this.#home = home;
    this.#storedPassword = record.password;
    this.#password = record.password;
    const { names } = home;
    // Created with its final length: a growing list over-allocates.
    this.#stored = new Array(names.length);
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!;
      const read = record.row[name];
      this.#stored[index] = snapshotOf(read);
      const value = copyOf(read);
      // Read-only: a user with another key would be saved over somebody else's row. Defined in column order, since V8
      // makes an object slow if a property is redefined.
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

  checkPassword(password: string): Promise<boolean> {
    return allowUnawaited(this.#checkPassword(password));
  }

  async #checkPassword(password: string): Promise<boolean> {
    const encoded = this.#password;
    const checked = await this.#home.passwords.verifyPassword(password, encoded);
    if (checked.isCorrect && checked.mustUpdate) await this.#rehash(password, encoded);
    return checked.isCorrect;
  }

  setPassword(password: string | null): Promise<void> {
    const work = this.#setPassword(password).finally(() => {
      if (hashing.get(this) === work) hashing.delete(this);
    });
    hashing.set(this, work);
    return allowUnawaited(work);
  }

  async #setPassword(password: string | null): Promise<void> {
    this.#password = await this.#home.passwords.makePassword(password);
  }

  setUnusablePassword(): Promise<void> {
    return this.setPassword(null);
  }

  hasUsablePassword(): boolean {
    return this.#home.passwords.isPasswordUsable(this.#password);
  }

  save(fields?: readonly string[]): Promise<void> {
    return allowUnawaited(this.#save(fields));
  }

  async #save(fields?: readonly string[]): Promise<void> {
    // Django's set_password() needs no await: without this, a forgotten one would leave the old password valid.
    await hashing.get(this);
    if (fields !== undefined && !areTexts(fields)) {
      throw new TypeError(`save() got ${quoted(fields)} as the fields, expected a list of names`);
    }
    const values: UserValues<Values> = {};
    for (const name of fields ?? this.#changed()) {
      if (name !== "password") this.#requireWritable(name);
      values[name] = copyOf(this[name]);
    }
    const names = Object.keys(values);
    if (names.length === 0) return;
    const { store, table } = this.#home;
    const unwritable = names.find((name) => isUnwritable(values[name], table.columns[name]));
    if (unwritable !== undefined) throw new InvalidUser(`The value of ${unwritable} cannot be stored`);
    const isWritten = await store.update(this.pk, values).catch((error) => {
      // The input of a visitor, not a server error. Which column it was for, Postgres does not tell.
      if (!(error instanceof DatabaseError) || error.code !== "invalid_value") throw error;
      const which = names.join(" or ");
      throw new InvalidUser(`The value of ${which} is too long or cannot be stored`, { cause: error });
    });
    if (!isWritten) {
      throw new DjauthError("user_deleted", "The user to be saved is no longer in the table");
    }
    this.#remember(values);
  }

  /** Mirrors `AbstractBaseUser.__str__`. */
  toString(): string {
    return String(this.getUsername());
  }

  toJSON(): Values {
    return Object.fromEntries(
      this.entries().map(([name, value]) => [name, typeof value === "bigint" ? String(value) : value]),
    );
  }

  /** Inspects the columns only: an inspection that calls getters would print the hash. */
  [INSPECT](_depth: number, options: object, inspect?: (value: object, options: object) => string): unknown {
    return inspect === undefined ? { ...this } : `DjangoUser ${inspect({ ...this }, options)}`;
  }

  /** Replaces a hash that has less work than configured. */
  async #rehash(password: string, encoded: string): Promise<void> {
    const upgraded = await this.#home.rehash(this.pk, password, encoded);
    if (upgraded === null) return;
    // setPassword() may have run in the meantime; its password is newer.
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

  /** Returns whether the user was read from this row and not changed since. */
  #holds({ row, password }: UserRecord<Values>): boolean {
    const { names, table: { columns } } = this.#home;
    const stored = this.#stored;
    if (this.#storedPassword !== password || this.#password !== password) return false;
    try {
      return names.every((name, index) =>
        isSameValue(snapshotOf(row[name]), stored[index]) &&
        isUnchanged(columns[name]!, this[name], stored[index])
      );
    } catch {
      // An application may have set a value that JSON cannot represent.
      return false;
    }
  }

  #remember({ password = this.#storedPassword, ...values }: UserValues<Values>): void {
    if (!firstPasswords.has(this)) firstPasswords.set(this, this.#storedPassword);
    this.#storedPassword = password;
    for (const [index, name] of this.#home.names.entries()) {
      if (Object.hasOwn(values, name)) this.#stored[index] = snapshotOf(values[name]);
    }
  }

  #requireWritable(name: string): void {
    if (!this.has(name)) throw new RangeError(`The user table has no column "${name}"`);
    if (name === this.#home.table.primaryKey) {
      throw new RangeError(`The primary key "${name}" cannot be changed`);
    }
  }
}
