/**
 * The dictionary half of a session: Django's methods that read or change the data, and the flags that they set. Storing
 * is in `session.ts`.
 */

import { SYSTEM_CLOCK } from "../internal/time/clock.ts";
import type { Clock } from "../types.ts";
import { EXPIRY_SESSION_KEY } from "./auth_keys.ts";
import {
  DEFAULT_SESSION_SETTINGS,
  expireAtBrowserClose,
  expiryAge,
  expiryDate,
  expiryValue,
  type SessionSettings,
} from "./expiry.ts";
import { SessionPayload } from "./payload.ts";
import { SessionData, type SessionState } from "./session_data.ts";

const TEST_COOKIE_NAME = "testcookie";
const TEST_COOKIE_VALUE = "worked";

/** Calculates the expiry of a session for another time of modification, or another expiry, than its own. */
export interface ExpiryOptions {
  /** When the session was modified; now if not given. */
  readonly modification?: Date | undefined;
  /** The expiry to use instead of the one set by `setExpiry`. */
  readonly expiry?: number | Date | null | undefined;
}

/** The options of a {@link SessionDictionary}. */
export interface SessionDictionaryOptions {
  /** Django's settings; its defaults if not given. */
  readonly settings?: SessionSettings | undefined;
  /** The clock; the system clock if not given. */
  readonly clock?: Clock | undefined;
}

/**
 * The data of a session, to read and to change. A {@link Session} can store them as well.
 *
 * @example A helper that only needs the data
 * ```ts
 * import type { SessionDictionary } from "@djauth/djauth";
 *
 * export function addToCart(session: SessionDictionary, product: number): number {
 *   const cart = session.setDefault("cart", []) as number[];
 *   cart.push(product);
 *   // The list is the same object as before: the session cannot detect that its content changed.
 *   session.modified = true;
 *   return cart.length;
 * }
 * ```
 */
export class SessionDictionary {
  /** Whether it must be saved; set it after a change inside a value: `session.get("cart").push(7)`. */
  modified: boolean = false;
  /** Whether the data were accessed, so that the response depends on the cookie. */
  accessed: boolean = false;

  readonly #settings: SessionSettings;
  readonly #clock: Clock;
  readonly #state: SessionState;

  /** Private: sessions create their dictionaries. */
  constructor(options: SessionDictionaryOptions, state: SessionState) {
    this.#settings = options.settings ?? DEFAULT_SESSION_SETTINGS;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#state = state;
  }

  /** Whether the data were loaded or set, so that they can be read without `load()`. */
  get isLoaded(): boolean {
    return this.#state.data !== null;
  }

  /**
   * Whether another save is unnecessary, or would fail: it was not changed since it was stored under a new key, as by
   * `cycleKey()`, or with an end in the past.
   */
  get isJustStored(): boolean {
    const { key, newKey = null, storedUntil = Infinity, data } = this.#state;
    const isStored = newKey !== null && newKey === key || storedUntil <= this.#clock.now();
    return isStored && data !== null && !data.hasChanges;
  }

  /**
   * Returns the value of a key, or `fallback` if there is none (`None` is `null`, which is a value).
   *
   * @throws {TypeError} before `load()`, like all methods that read
   */
  get(key: string, fallback?: unknown): unknown {
    const value = this.#read().get(key);
    return value === undefined ? fallback : value;
  }

  /** Returns the JSON text of a value as Python wrote it, such as `1.0`; `undefined` if there is none. */
  getText(key: string): string | undefined {
    return this.#read().text(key);
  }

  /**
   * Sets a value. A new object or array is compared with the old one, so that unchanged numbers keep their text.
   *
   * @throws {TypeError} for a value JSON cannot represent
   */
  set(key: string, value: unknown): void {
    this.#read().set(key, value);
    this.modified = true;
  }

  /**
   * Sets a value by its JSON text, for values JavaScript cannot express: `session.setText("price", "1.0")`.
   *
   * @throws {SyntaxError} if it is not JSON
   */
  setText(key: string, text: string): void {
    this.#read().setText(key, text);
    this.modified = true;
  }

  /** Deletes a key; returns whether it was there. */
  delete(key: string): boolean {
    const wasThere = this.#read().delete(key);
    this.modified ||= wasThere;
    return wasThere;
  }

  /** Deletes a key and returns its value, or `fallback`. */
  pop(key: string, fallback?: unknown): unknown {
    const value = this.get(key, fallback);
    this.delete(key);
    return value;
  }

  /** Returns the value of a key, which is set first if it is missing. */
  setDefault(key: string, value: unknown): unknown {
    if (this.has(key)) return this.get(key);
    this.set(key, value);
    return value;
  }

  /** Sets several keys: from an object, from entries, or from another session's payload with its JSON text. */
  update(
    values: SessionPayload | Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>,
  ): void {
    const data = this.#read();
    if (values instanceof SessionPayload) {
      for (const key of values.keys()) data.setText(key, values.raw(key)!);
    } else {
      const entries = Symbol.iterator in values
        ? values as Iterable<readonly [string, unknown]>
        : Object.entries(values);
      for (const [key, value] of entries) data.set(key, value);
    }
    this.modified = true;
  }

  /** Returns whether there is such a key. */
  has(key: string): boolean {
    return this.#read().has(key);
  }

  /** Returns the keys in Django's order. */
  keys(): string[] {
    return this.#read().keys();
  }

  /** Returns the values in the order of the keys. */
  values(): unknown[] {
    return this.keys().map((key) => this.get(key));
  }

  /** Returns the keys and values. */
  entries(): [string, unknown][] {
    return this.keys().map((key) => [key, this.get(key)]);
  }

  /** Returns all data as they would be saved, as an immutable value. */
  payload(): SessionPayload {
    return this.#read().payload();
  }

  /** Removes all data, without loading them first. */
  clear(): void {
    this.#state.data = new SessionData(SessionPayload.EMPTY, true);
    this.accessed = true;
    this.modified = true;
  }

  /** Starts a test of whether the browser accepts cookies. */
  setTestCookie(): void {
    this.set(TEST_COOKIE_NAME, TEST_COOKIE_VALUE);
  }

  /** Returns whether the test cookie came back. */
  testCookieWorked(): boolean {
    return this.get(TEST_COOKIE_NAME) === TEST_COOKIE_VALUE;
  }

  /** Ends the test; returns whether there was one. */
  deleteTestCookie(): boolean {
    return this.delete(TEST_COOKIE_NAME);
  }

  /**
   * Sets when the session expires: after this many seconds of inactivity, with the browser (0), at a date, or according
   * to the settings (`null`).
   *
   * @throws {RangeError} for NaN, infinity and dates outside the years 1 to 9999
   */
  setExpiry(expiry: number | Date | null): void {
    if (expiry === null) this.delete(EXPIRY_SESSION_KEY);
    else this.set(EXPIRY_SESSION_KEY, expiryValue(expiry, this.#settings));
  }

  /** Returns the seconds until the session expires, as Django puts them into the cookie's Max-Age. */
  getExpiryAge(options: ExpiryOptions = {}): number {
    return expiryAge(this.#expiry(options), this.#modification(options), this.#settings);
  }

  /** Returns when the session expires, as Django puts it into the row's `expire_date`. */
  getExpiryDate(options: ExpiryOptions = {}): Date {
    return new Date(expiryDate(this.#expiry(options), this.#modification(options), this.#settings));
  }

  /** Returns whether the cookie ends with the browser. */
  getExpireAtBrowserClose(): boolean {
    return expireAtBrowserClose(this.get(EXPIRY_SESSION_KEY), this.#settings);
  }

  #read(): SessionData {
    const { key, data } = this.#state;
    if (data === null && key !== null) {
      throw new TypeError("The session is not loaded; await session.load() first");
    }
    this.accessed = true;
    // A new session has nothing to load.
    return this.#state.data ??= new SessionData();
  }

  #expiry(options: ExpiryOptions): unknown {
    if (options.expiry === undefined) return this.get(EXPIRY_SESSION_KEY);
    return options.expiry === null ? null : expiryValue(options.expiry, this.#settings);
  }

  #modification(options: ExpiryOptions): number {
    return options.modification?.getTime() ?? this.#clock.now();
  }
}
