/**
 * The dictionary half of a session: Django's methods that look at the data or change them, and the flags that they set.
 * It cannot store anything; that is `session.ts`.
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

/** When a session ends is asked for another moment than now, or another expiry than its own. */
export interface ExpiryOptions {
  /** When the session was changed; now if not given. */
  readonly modification?: Date | undefined;
  /** In place of what `setExpiry` was given. */
  readonly expiry?: number | Date | null | undefined;
}

/** What a {@link SessionDictionary} is made of. */
export interface SessionDictionaryOptions {
  /** Django's settings; its defaults if not given. */
  readonly settings?: SessionSettings | undefined;
  /** The clock of the machine if not given. */
  readonly clock?: Clock | undefined;
}

/**
 * The data of a session, to read and to set. See {@link Session}, which can store them as well.
 *
 * @example A helper that needs no more than the data
 * ```ts
 * import type { SessionDictionary } from "@djauth/djauth";
 *
 * export function addToCart(session: SessionDictionary, product: number): number {
 *   const cart = session.setDefault("cart", []) as number[];
 *   cart.push(product);
 *   // The list is the same as before: the session cannot know that something changed inside.
 *   session.modified = true;
 *   return cart.length;
 * }
 * ```
 */
export class SessionDictionary {
  /** Whether it has to be saved; set it after a change inside of a value: `session.get("cart").push(7)`. */
  modified: boolean = false;
  /** Whether the data were looked at, so that a response depends on the cookie. */
  accessed: boolean = false;

  readonly #settings: SessionSettings;
  readonly #clock: Clock;
  readonly #state: SessionState;

  /** Not for use: sessions make their dictionaries. */
  constructor(options: SessionDictionaryOptions, state: SessionState) {
    this.#settings = options.settings ?? DEFAULT_SESSION_SETTINGS;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#state = state;
  }

  /** Whether the data were read or set, so that they can be read without `load()`. */
  get isLoaded(): boolean {
    return this.#state.data !== null;
  }

  /** Whether it was stored here under a new key, as by `cycleKey()`, and nothing has changed since: a save is for nothing. */
  get isJustStored(): boolean {
    const { key, newKey = null, data } = this.#state;
    return newKey !== null && newKey === key && data !== null && !data.hasChanges;
  }

  /**
   * The value of a key, or `fallback` where there is none (`None` is `null`, and a value).
   *
   * @throws {TypeError} before `load()`, as all that reads
   */
  get(key: string, fallback?: unknown): unknown {
    const value = this.#read().get(key);
    return value === undefined ? fallback : value;
  }

  /** The JSON text of a value as Python wrote it, `1.0` and all; `undefined` where there is none. */
  getText(key: string): string | undefined {
    return this.#read().text(key);
  }

  /**
   * Sets a value. A new object or array is compared with the old one, so that numbers that stay keep their text.
   *
   * @throws {TypeError} for what JSON cannot hold
   */
  set(key: string, value: unknown): void {
    this.#read().set(key, value);
    this.modified = true;
  }

  /**
   * Sets a value by its JSON text, for what JavaScript cannot say otherwise: `session.setText("price", "1.0")`.
   *
   * @throws {SyntaxError} when it is not JSON
   */
  setText(key: string, text: string): void {
    this.#read().setText(key, text);
    this.modified = true;
  }

  /** Deletes a key; says whether it was there. */
  delete(key: string): boolean {
    const wasThere = this.#read().delete(key);
    this.modified ||= wasThere;
    return wasThere;
  }

  /** Deletes a key and answers its value, or `fallback`. */
  pop(key: string, fallback?: unknown): unknown {
    const value = this.get(key, fallback);
    this.delete(key);
    return value;
  }

  /** The value of a key, which is set first where it is missing. */
  setDefault(key: string, value: unknown): unknown {
    if (this.has(key)) return this.get(key);
    this.set(key, value);
    return value;
  }

  /** Sets several keys: of an object, of entries, or of another session's payload with its texts. */
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

  /** Whether there is such a key. */
  has(key: string): boolean {
    return this.#read().has(key);
  }

  /** The keys in Django's order. */
  keys(): string[] {
    return this.#read().keys();
  }

  /** The values in the order of the keys. */
  values(): unknown[] {
    return this.keys().map((key) => this.get(key));
  }

  /** Keys and values. */
  entries(): [string, unknown][] {
    return this.keys().map((key) => [key, this.get(key)]);
  }

  /** All data as they would be saved, as a value of their own. */
  payload(): SessionPayload {
    return this.#read().payload();
  }

  /** Removes all data, without reading them first. */
  clear(): void {
    this.#state.data = new SessionData(SessionPayload.EMPTY, true);
    this.accessed = true;
    this.modified = true;
  }

  /** Begins a test whether the browser keeps cookies. */
  setTestCookie(): void {
    this.set(TEST_COOKIE_NAME, TEST_COOKIE_VALUE);
  }

  /** Whether the test cookie came back. */
  testCookieWorked(): boolean {
    return this.get(TEST_COOKIE_NAME) === TEST_COOKIE_VALUE;
  }

  /** Ends the test; says whether there was one. */
  deleteTestCookie(): boolean {
    return this.delete(TEST_COOKIE_NAME);
  }

  /**
   * When the session ends: after so many seconds of inactivity, with the browser (0), at a moment, or as the settings
   * say (`null`).
   *
   * @throws {RangeError} for NaN, infinity and dates outside of the years 1 to 9999
   */
  setExpiry(expiry: number | Date | null): void {
    if (expiry === null) this.delete(EXPIRY_SESSION_KEY);
    else this.set(EXPIRY_SESSION_KEY, expiryValue(expiry, this.#settings));
  }

  /** Seconds until the session ends, as Django puts them into the cookie's Max-Age. */
  getExpiryAge(options: ExpiryOptions = {}): number {
    return expiryAge(this.#expiry(options), this.#modification(options), this.#settings);
  }

  /** When the session ends, as Django puts it into the row's `expire_date`. */
  getExpiryDate(options: ExpiryOptions = {}): Date {
    return new Date(expiryDate(this.#expiry(options), this.#modification(options), this.#settings));
  }

  /** Whether the cookie is to end with the browser. */
  getExpireAtBrowserClose(): boolean {
    return expireAtBrowserClose(this.get(EXPIRY_SESSION_KEY), this.#settings);
  }

  #read(): SessionData {
    const { key, data } = this.#state;
    if (data === null && key !== null) {
      throw new TypeError("The session is not loaded: await session.load() first");
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
