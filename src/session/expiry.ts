/** When a session expires: Django's rules for `_session_expiry` as pure functions. */

import {
  formatPythonDate,
  instantOf,
  instantToWall,
  parsePythonDate,
  type PythonDate,
  wallToInstant,
} from "../internal/python/date.ts";

/** The Django settings that determine when a session expires. */
export interface SessionSettings {
  /** `SESSION_COOKIE_AGE` in seconds. */
  readonly cookieAge: number;
  /** `SESSION_EXPIRE_AT_BROWSER_CLOSE`. */
  readonly expireAtBrowserClose: boolean;
  /** `USE_TZ`: without it, dates in sessions are local time. */
  readonly useTz: boolean;
  /** `TIME_ZONE`, the name of an IANA zone; used only if `useTz` is false. */
  readonly timeZone: string;
}

/** The default settings of Django 5. */
export const DEFAULT_SESSION_SETTINGS: SessionSettings = {
  cookieAge: 1_209_600,
  expireAtBrowserClose: false,
  useTz: true,
  timeZone: "UTC",
};

// The range of Python's datetime; Django raises OverflowError beyond.
const MIN_DATE_MS = Date.parse("0001-01-02T00:00:00Z");
const MAX_DATE_MS = Date.parse("9999-12-30T23:59:59.999Z");

/** A parsed `_session_expiry`: seconds of inactivity, or a date. */
type Expiry = { readonly seconds: number } | { readonly date: PythonDate };

/**
 * Returns the seconds until a session modified at `modification` expires. Mirrors `SessionBase.get_expiry_age`, clamped
 * to valid cookie dates: a value for which Django raises OverflowError must not fail every response of the session.
 *
 * @param stored the value of `_session_expiry`
 */
export function expiryAge(stored: unknown, modification: number, settings: SessionSettings): number {
  const expiry = readExpiry(stored, settings);
  if ("seconds" in expiry) {
    const earliest = Math.ceil((MIN_DATE_MS - modification) / 1000);
    const latest = Math.floor((MAX_DATE_MS - modification) / 1000);
    return Math.min(Math.max(expiry.seconds, earliest), latest);
  }
  return Math.floor((clockOf(expiry.date, settings) - clockAt(modification, settings)) / 1000);
}

/**
 * Returns when a session modified at `modification` expires, in milliseconds. Mirrors `SessionBase.get_expiry_date`.
 */
export function expiryDate(stored: unknown, modification: number, settings: SessionSettings): number {
  const expiry = readExpiry(stored, settings);
  if ("date" in expiry) return clamp(instantOf(expiry.date, settings.timeZone));
  const end = clamp(clockAt(modification, settings) + expiry.seconds * 1000);
  return clamp(settings.useTz ? end : wallToInstant(end, settings.timeZone));
}

/** Returns whether a session ends with the browser. Mirrors `SessionBase.get_expire_at_browser_close`. */
export function expireAtBrowserClose(stored: unknown, settings: SessionSettings): boolean {
  if (stored === undefined || stored === null) return settings.expireAtBrowserClose;
  return stored === 0 || stored === false;
}

/**
 * Returns the value of `_session_expiry` for an argument of `set_expiry`.
 *
 * @throws {RangeError} for NaN, infinity, and dates outside Python's range
 */
export function expiryValue(value: number | Date, settings: SessionSettings): number | string {
  if (value instanceof Date) return formatPythonDate(value.getTime(), settings.useTz, settings.timeZone);
  if (!Number.isFinite(value)) {
    throw new RangeError(`The expiry is ${value}, expected a finite number of seconds`);
  }
  return value;
}

/** Parses a stored value; of an unexpected type, on which Django would fail, it means the default age. */
function readExpiry(stored: unknown, settings: SessionSettings): Expiry {
  if (typeof stored === "string") {
    const date = parsePythonDate(stored);
    if (date !== null) return { date };
  }
  // Python's True is 1.
  const seconds = typeof stored === "number" || stored === true || typeof stored === "bigint"
    ? Number(stored)
    : 0;
  return { seconds: seconds !== 0 && Number.isFinite(seconds) ? seconds : settings.cookieAge };
}

/** Returns the time with which Django calculates: without `USE_TZ` the wall clock, ignoring its changes. */
function clockAt(instant: number, settings: SessionSettings): number {
  return settings.useTz ? instant : instantToWall(instant, settings.timeZone);
}

function clockOf(date: PythonDate, settings: SessionSettings): number {
  if (!settings.useTz && date.offset === null) return date.wall;
  return clockAt(instantOf(date, settings.timeZone), settings);
}

function clamp(instant: number): number {
  return Math.min(Math.max(instant, MIN_DATE_MS), MAX_DATE_MS);
}
