/** Parses Postgres timestamps into `Date`, several times faster than the runtimes' own parsers. */

/** The length of `2026-11-21 10:00:00+00`: four-digit years and whole-hour zones, as `DateStyle = ISO` writes them. */
const LENGTH_WITHOUT_FRACTION = 22;
/** The length with microseconds: `2026-11-21 10:00:00.123456+00`. */
const LENGTH_WITH_MICROSECONDS = 29;

const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const DAYS_IN_400_YEARS = 146_097;
/** The latest `Date`, in milliseconds; its negative is the earliest. */
const MAX_DATE_MS = 8.64e15;

/**
 * Everything else that `DateStyle = ISO` writes, and ISO 8601: longer years, other zones or none, dates without a time.
 */
const ANY_FORMAT =
  /^(\d{4,6})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?(?::(\d\d))?)?$/;

/**
 * Parses a `timestamptz`, or the output of a date library; microseconds are truncated, as in postgres.js. Without a
 * zone it is UTC, like djauth's own connections. `infinity` becomes the latest `Date`; anything that is not a
 * timestamp, or is BC, becomes an invalid one.
 */
export function parseTimestamp(text: string): Date {
  const fast = fastMilliseconds(text);
  if (fast !== null) return new Date(fast);
  if (text === "infinity") return new Date(MAX_DATE_MS);
  if (text === "-infinity") return new Date(-MAX_DATE_MS);
  return new Date(slowMilliseconds(text));
}

/**
 * Parses by hand: the runtimes' parsers accept almost anything, each differently, such as `big 12` as a day in
 * December.
 */
function slowMilliseconds(text: string): number {
  const parts = ANY_FORMAT.exec(text);
  if (parts === null) return NaN;
  const numbers = parts.map((digits) => Number(digits ?? 0));
  const [, year, month, day, hour, minute, second] = numbers as [number, ...Fields];
  // `Date.UTC` takes 30 February for 2 March.
  const date = new Date(utcMilliseconds(year, month, day, 0, 0, 0, 0));
  if (!isTime(hour, minute, second) || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    return NaN;
  }
  const fraction = Number((parts[7] ?? "").padEnd(3, "0"));
  const [hours, minutes, seconds] = numbers.slice(9) as [number, number, number];
  const offset = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  const utc = utcMilliseconds(year, month, day, hour, minute, second, fraction);
  return parts[8] === "-" ? utc + offset : utc - offset;
}

function fastMilliseconds(text: string): number | null {
  const length = text.length;
  // A whole-hour zone is `+00`; everything else (no zone, `+05:30`, years beyond 9999, BC) takes the slow path.
  const sign = text.charCodeAt(length - 3);
  if (length < LENGTH_WITHOUT_FRACTION || length > LENGTH_WITH_MICROSECONDS) return null;
  if (sign !== PLUS && sign !== MINUS) return null;
  if (text.charCodeAt(4) !== MINUS || text.charCodeAt(10) !== SPACE || text.charCodeAt(16) !== COLON) {
    return null;
  }
  let milliseconds = 0;
  if (length > LENGTH_WITHOUT_FRACTION) {
    if (text.charCodeAt(19) !== POINT) return null;
    let weight = 100;
    for (let index = 20; index < length - 3 && weight >= 1; index++, weight /= 10) {
      milliseconds += digit(text, index) * weight;
    }
  }
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  // Days that some months lack take the slow path.
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 28 && isTime(hour, minute, second))) return null;
  const utc = utcMilliseconds(year, month, day, hour, minute, second, milliseconds);
  const offset = two(text, length - 2) * HOUR_MS;
  // NaN where a digit was something else.
  return Number.isNaN(utc - offset) ? null : sign === PLUS ? utc - offset : utc + offset;
}

/** Year, month, day, hour, minute and second. */
type Fields = [number, number, number, number, number, number];

function isTime(hour: number, minute: number, second: number): boolean {
  return hour <= 23 && minute <= 59 && second <= 59;
}

/** Returns the UTC time of a date 400 years later, shifted back: `Date.UTC` takes years below 100 for 1900 to 1999. */
function utcMilliseconds(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  milliseconds: number,
): number {
  const utc = Date.UTC(year + 400, month - 1, day, hour, minute, second, milliseconds);
  return utc - DAYS_IN_400_YEARS * DAY_MS;
}

function two(text: string, index: number): number {
  return digit(text, index) * 10 + digit(text, index + 1);
}

function digit(text: string, index: number): number {
  const value = text.charCodeAt(index) - ZERO;
  return value >= 0 && value <= 9 ? value : NaN;
}
