/** When a session ends: Django's rules for `_session_expiry` as pure functions. */

import {
  formatPythonDate,
  instantOf,
  instantToWall,
  parsePythonDate,
  type PythonDate,
  wallToInstant,
} from "../internal/python/date.ts";

/** The settings of Django that decide when a session ends. */
export interface SessionSettings {
  /** `SESSION_COOKIE_AGE` in seconds. */
  readonly cookieAge: number;
  /** `SESSION_EXPIRE_AT_BROWSER_CLOSE`. */
  readonly expireAtBrowserClose: boolean;
  /** `USE_TZ`: without it, dates in sessions are local time. */
  readonly useTz: boolean;
  /** `TIME_ZONE`, the name of an IANA zone; read only where `useTz` is false. */
  readonly timeZone: string;
}

/** The default settings of Django 5. */
export const DEFAULT_SESSION_SETTINGS: SessionSettings = {
  cookieAge: 1_209_600,
  expireAtBrowserClose: false,
  useTz: true,
  timeZone: "UTC",
};

// What Python's datetime can hold; Django raises OverflowError beyond.
const FIRST_MOMENT = Date.parse("0001-01-02T00:00:00Z");
const LAST_MOMENT = Date.parse("9999-12-30T23:59:59.999Z");

/** What Django reads out of `_session_expiry`: seconds of inactivity, or a date. */
type Expiry = { readonly seconds: number } | { readonly date: PythonDate };

/**
 * Seconds until a session ends that was modified at `modification`. Mirrors `SessionBase.get_expiry_age`, within the dates
 * that a cookie can have: what makes Django raise OverflowError must not cost every response of the session.
 *
 * @param stored the value of `_session_expiry`
 */
export function expiryAge(stored: unknown, modification: number, settings: SessionSettings): number {
  const expiry = readExpiry(stored, settings);
  if ("seconds" in expiry) {
    const earliest = Math.ceil((FIRST_MOMENT - modification) / 1000);
    const latest = Math.floor((LAST_MOMENT - modification) / 1000);
    return Math.min(Math.max(expiry.seconds, earliest), latest);
  }
  return Math.floor((clockOf(expiry.date, settings) - clockAt(modification, settings)) / 1000);
}

/** When a session ends that was modified at `modification`, in milliseconds. Mirrors `SessionBase.get_expiry_date`. */
export function expiryDate(stored: unknown, modification: number, settings: SessionSettings): number {
  const expiry = readExpiry(stored, settings);
  if ("date" in expiry) return clamp(instantOf(expiry.date, settings.timeZone));
  const end = clamp(clockAt(modification, settings) + expiry.seconds * 1000);
  return clamp(settings.useTz ? end : wallToInstant(end, settings.timeZone));
}

/** Whether a session ends with the browser. Mirrors `SessionBase.get_expire_at_browser_close`. */
export function expireAtBrowserClose(stored: unknown, settings: SessionSettings): boolean {
  if (stored === undefined || stored === null) return settings.expireAtBrowserClose;
  return stored === 0 || stored === false;
}

/**
 * What `_session_expiry` holds for an argument of `set_expiry`.
 *
 * @throws {RangeError} for NaN, infinity, and dates that Python cannot hold
 */
export function expiryValue(value: number | Date, settings: SessionSettings): number | string {
  if (value instanceof Date) return formatPythonDate(value.getTime(), settings.useTz, settings.timeZone);
  if (!Number.isFinite(value)) throw new RangeError(`The expiry must be a number of seconds, not ${value}`);
  return value;
}

/** Where Django would fail on a value of a strange type, the session has the usual age. */
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

/** The line on which Django subtracts: without `USE_TZ` that is what the clock shows, blind for its changes. */
function clockAt(instant: number, settings: SessionSettings): number {
  return settings.useTz ? instant : instantToWall(instant, settings.timeZone);
}

function clockOf(date: PythonDate, settings: SessionSettings): number {
  if (!settings.useTz && date.offset === null) return date.wall;
  return clockAt(instantOf(date, settings.timeZone), settings);
}

function clamp(instant: number): number {
  return Math.min(Math.max(instant, FIRST_MOMENT), LAST_MOMENT);
}
