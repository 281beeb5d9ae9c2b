/**
 * Dates as Python's `datetime.isoformat()` writes them: with an offset, or naive, which means local time in some zone.
 * How sessions use them is in `src/session/expiry.ts`.
 */

/** The first and last times that Python's `datetime` can represent. */
const MIN_WALL_MS = -62_135_596_800_000;
const MAX_WALL_MS = 253_402_300_799_999;

const DAY_MS = 86_400_000;

const ISO_FORMAT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?)?$/;

/** A Python `datetime`. */
export interface PythonDate {
  /** The wall-clock time, in milliseconds since 1970-01-01T00:00 on the same clock. */
  readonly wall: number;
  /** Milliseconds east of UTC; `null` if the date is naive. */
  readonly offset: number | null;
}

/** Parses the output of `isoformat()`, truncated to milliseconds; returns `null` for anything else. */
export function parsePythonDate(text: string): PythonDate | null {
  const match = ISO_FORMAT.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", offsetText] = match;
  const parts = [
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  ] as const;
  const wall = wallOf(parts, Number(fraction.padEnd(3, "0").slice(0, 3)));
  const offset = offsetText === undefined ? null : parseOffset(offsetText);
  if (wall === null || Number.isNaN(offset)) return null;
  return { wall, offset };
}

/** Returns the instant of a date, in milliseconds; a naive date is local time in `timeZone`. */
export function instantOf(date: PythonDate, timeZone: string): number {
  return date.offset === null ? wallToInstant(date.wall, timeZone) : date.wall - date.offset;
}

/**
 * Formats an instant as Django's `timezone.now().isoformat()` would: in UTC with an offset, or naive in `timeZone`.
 *
 * @throws {RangeError} if the instant is NaN or outside the years 1 to 9999
 */
export function formatPythonDate(instant: number, useTz: boolean, timeZone: string): string {
  const wall = useTz ? instant : instantToWall(instant, timeZone);
  // Negated, so that NaN is rejected as well.
  if (!(wall >= MIN_WALL_MS && wall <= MAX_WALL_MS)) {
    throw new RangeError("The date is invalid or out of range, expected one in the years 1 to 9999");
  }
  const [seconds, milliseconds] = new Date(wall).toISOString().slice(0, -1).split(".") as [string, string];
  // isoformat() omits microseconds that are zero.
  const fraction = milliseconds === "000" ? "" : `.${milliseconds}000`;
  return `${seconds}${fraction}${useTz ? "+00:00" : ""}`;
}

/** Returns the wall-clock time of an instant in `timeZone`. */
export function instantToWall(instant: number, timeZone: string): number {
  return instant + offsetAt(instant, timeZone);
}

/**
 * Returns the instant of a wall-clock time in `timeZone`. A time that occurs twice is the second one, and a time that
 * is skipped uses the offset before the change: this is how Postgres reads the naive dates that Django sends without
 * `USE_TZ`.
 */
export function wallToInstant(wall: number, timeZone: string): number {
  const before = offsetAt(wall - DAY_MS, timeZone);
  const after = offsetAt(wall + DAY_MS, timeZone);
  const late = wall - after;
  return before === after || offsetAt(late, timeZone) === after ? late : wall - before;
}

function wallOf(
  parts: readonly [number, number, number, number, number, number],
  milliseconds: number,
): number | null {
  const [year, month, day, hour, minute, second] = parts;
  const date = new Date(0);
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month, day);
  const isDay = year > 0 && date.getUTCMonth() === month && date.getUTCDate() === day;
  if (!isDay || hour > 23 || minute > 59 || second > 59) return null;
  return date.setUTCHours(hour, minute, second, milliseconds);
}

/** Parses an offset; returns NaN if it is a day or more, which Python rejects. */
function parseOffset(text: string): number {
  if (text === "Z") return 0;
  const digits = text.replaceAll(":", "").slice(1);
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60 +
    Number(digits.slice(4) || "0");
  const size = Math.trunc(seconds * 1000);
  return size >= DAY_MS ? NaN : text.startsWith("-") ? -size : size;
}

/** Returns the offset of a zone at an instant, in milliseconds east of UTC. */
function offsetAt(instant: number, timeZone: string): number {
  if (timeZone === "UTC" || !Number.isFinite(instant)) return 0;
  const shown: Record<string, number> = {};
  for (const { type, value } of formatterOf(timeZone).formatToParts(instant)) shown[type] = Number(value);
  const { year, month, day, hour, minute, second } = shown as Record<string, number> & WallParts;
  const wall = wallOf([year, month - 1, day, hour, minute, second], 0) ?? instant;
  return wall - Math.floor(instant / 1000) * 1000;
}

/** The parts of a formatted instant. */
interface WallParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const FORMATTERS = new Map<string, Intl.DateTimeFormat>();

/** Returns the cached formatter of a zone: creating one costs a hundred times as much as using it. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = FORMATTERS.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "iso8601",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    FORMATTERS.set(timeZone, formatter);
  }
  return formatter;
}
