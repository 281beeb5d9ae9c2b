/** Postgres' text of a moment as a `Date`, several times faster than the parser of the runtimes. */

/** `2026-11-21 10:00:00.123456+00`: what `DateStyle = ISO` writes for years of four digits and whole hours. */
const LENGTH_WITHOUT_FRACTION = 22;
const ZERO = 48;
const DAYS_OF_400_YEARS = 146_097;

/** Everything else that `DateStyle = ISO` writes, and ISO 8601: longer years, other zones or none, days. */
const ANY =
  /^(\d{4,6})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?(?::(\d\d))?)?$/;

/**
 * Reads a `timestamptz`, or the text of a date library; microseconds are cut, as in postgres.js. Without a zone it is
 * taken to be in UTC, as connections of djauth's own are. `infinity` is the furthest `Date`; what is no moment, or one
 * before Christ, is an invalid one.
 */
export function parseTimestamp(text: string): Date {
  const fast = fastMilliseconds(text);
  if (fast !== null) return new Date(fast);
  if (text === "infinity") return new Date(8.64e15);
  if (text === "-infinity") return new Date(-8.64e15);
  return new Date(slowMilliseconds(text));
}

/** By hand: the runtimes' own parsers read almost anything, each in its way, such as `big 12` as a day in December. */
function slowMilliseconds(text: string): number {
  const parts = ANY.exec(text);
  if (parts === null) return NaN;
  const numbers = parts.map((digits) => Number(digits ?? 0));
  const [, year, month, day, hour, minute, second] = numbers as [number, ...Fields];
  // A 30th of February would be taken for the 2nd of March.
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
  // A zone of whole hours is `+00`; everything else (no zone, `+05:30`, years beyond 9999, BC) goes the slow way.
  const sign = text.charCodeAt(length - 3);
  if (length < LENGTH_WITHOUT_FRACTION || length > 29 || (sign !== 43 && sign !== 45)) return null;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(10) !== 32 || text.charCodeAt(16) !== 58) return null;
  let milliseconds = 0;
  if (length > LENGTH_WITHOUT_FRACTION) {
    if (text.charCodeAt(19) !== 46) return null;
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
  // Days that some months have not go the slow way.
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 28 && isTime(hour, minute, second))) return null;
  const utc = utcMilliseconds(year, month, day, hour, minute, second, milliseconds);
  const offset = two(text, length - 2) * 3_600_000;
  // What is no number after all has no digits somewhere.
  return Number.isNaN(utc - offset) ? null : sign === 43 ? utc - offset : utc + offset;
}

/** Year, month, day, hour, minute and second. */
type Fields = [number, number, number, number, number, number];

function isTime(hour: number, minute: number, second: number): boolean {
  return hour <= 23 && minute <= 59 && second <= 59;
}

/** Years below 100 would be taken for those of the last century; 400 years later the calendar is the same. */
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
  return utc - DAYS_OF_400_YEARS * 86_400_000;
}

function two(text: string, index: number): number {
  return digit(text, index) * 10 + digit(text, index + 1);
}

function digit(text: string, index: number): number {
  const value = text.charCodeAt(index) - ZERO;
  return value >= 0 && value <= 9 ? value : NaN;
}
