/**
 * Converts column values from what a driver returns to what the table's description promises, and back to strings. The
 * application's driver instance may have custom types, so each kind accepts every exact representation.
 */

import { isStorableText } from "../internal/bytes.ts";
import { parseTimestamp } from "../internal/postgres_timestamp.ts";
import { DAY_FORMAT, isDay } from "../users/column_values.ts";
import type { ColumnKind } from "../users/columns.ts";
import { parsePrimaryKey } from "../users/primary_key.ts";

/** Converts a timestamp from what a driver may return: `Date`, string, milliseconds, or a date library's object. */
export function toDate(value: unknown): Date {
  if (value instanceof Date) return value;
  if (typeof value === "number" || typeof value === "bigint") return new Date(Number(value));
  // Such a library's `toString()` has no milliseconds, and not every runtime can parse it.
  const { toISOString } = Object(value) as { toISOString?: () => unknown };
  return parseTimestamp(String(typeof toISOString === "function" ? toISOString.call(value) : value));
}

/**
 * Reads a value of each kind, and throws for any other value: a column declared with the wrong type, such as
 * `is_active`, would otherwise be misread. `NULL` is handled by the caller.
 */
export const READERS: { readonly [Kind in ColumnKind]: (value: unknown) => unknown } = {
  integer: (value) => requireThat(Number(numeral(value)), Number.isSafeInteger),
  bigint: (value) => BigInt(requireThat(numeral(value), isExact)),
  uuid: (value) => requireThat(parsePrimaryKey("uuid", textOf(value)), (key) => key !== null),
  text: (value) => String(requireThat(value, (value) => STRINGABLE.has(typeof value))),
  boolean: (value) => TRUE.has(requireThat(value, (value) => TRUE.has(value) || FALSE.has(value))),
  timestamp: (value) => requireThat(toDate(value), (date) => !Number.isNaN(date.getTime())),
  date: (value) => requireThat(value, (value) => typeof value === "string" && DAY_FORMAT.test(value)),
  float: (value) => Number(numeral(value)),
  numeric: (value) => String(numeral(value)),
  json: (value) => typeof value === "string" ? JSON.parse(value) : value,
};

/** What drivers return for a boolean. */
const TRUE: ReadonlySet<unknown> = new Set([true, "t", "true", 1]);
const FALSE: ReadonlySet<unknown> = new Set([false, "f", "false", 0]);

/** The types that `text` accepts: it may stand for columns without a kind of their own, and for keys of every kind. */
const STRINGABLE: ReadonlySet<string> = new Set(["string", "number", "bigint"]);

/** Numbers as Postgres and decimal libraries write them. */
const NUMERAL = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|NaN|-?Infinity)$/;

/** Requires a number or a numeric string: `Number("")` and `Number(true)` would be numbers as well. */
function numeral(value: unknown): number | bigint | string {
  if (typeof value === "number" || typeof value === "bigint") return value;
  return requireThat(textOf(value), (text) => NUMERAL.test(text));
}

/** An unsafe integer may have been rounded by the driver, and as a key it would name another user. */
function isExact(value: number | bigint | string): boolean {
  return typeof value !== "number" || Number.isSafeInteger(value);
}

/** Requires a string, or an object that stands for a single value, such as a decimal: not a list, not bytes. */
function textOf(value: unknown): string {
  const isOne = typeof value === "object" && !Array.isArray(value) && !ArrayBuffer.isView(value);
  return String(requireThat(value, (value) => typeof value === "string" || isOne));
}

function requireThat<Value>(value: Value, isSo: (value: Value) => boolean): Value {
  if (!isSo(value)) throw new TypeError("The value is of another type");
  return value;
}

/**
 * Returns the expression that selects a column: JSON as text, since the application's driver instance may rename keys
 * in it, and dates as JSON writes them, whatever the `DateStyle`; values of other types keep their form.
 */
export function selected(kind: ColumnKind, name: string): string {
  switch (kind) {
    case "json":
      return `${name}::text`;
    case "date":
      return `pg_catalog.to_json(${name}) #>> '{}'`;
    default:
      return name;
  }
}

/**
 * Returns the parameter of a statement that writes a kind. Text and UUIDs take the type of the column, which may be an
 * enum or a domain.
 */
export function placeholder(kind: ColumnKind, index: number): string {
  switch (kind) {
    case "text":
    case "uuid":
      return `$${index}`;
    case "integer":
    case "bigint":
      return `$${index}::text::bigint`;
    case "float":
      return `$${index}::text::double precision`;
    case "timestamp":
      return `$${index}::text::timestamptz`;
    default:
      return `$${index}::text::${kind}`;
  }
}

/**
 * Converts a value to the string that is written.
 *
 * @throws {TypeError} for a value that does not fit a column of this kind; it is not quoted
 */
export function encodeValue(
  kind: ColumnKind,
  isNullable: boolean,
  name: string,
  value: unknown,
): string | null {
  if (value === null && isNullable) return null;
  const text = encoded(kind, value);
  if (text === null) {
    throw new TypeError(
      `The value for the column "${name}" is not of the kind ${kind}, expected ${EXPECTED[kind]}`,
    );
  }
  return text;
}

/** Returns what a column of this kind takes, if a value is anything else; `null` if it fits. */
export function misfit(kind: ColumnKind, isNullable: boolean, value: unknown): string | null {
  const fits = value === null ? isNullable : encoded(kind, value) !== null;
  return fits ? null : EXPECTED[kind];
}

/** The values that a column of each kind takes. */
const EXPECTED: Readonly<Record<ColumnKind, string>> = {
  integer: "an integer",
  bigint: "a bigint or an integer",
  uuid: "the string of a UUID",
  text: "a string without NUL",
  boolean: "true or false",
  timestamp: "a valid Date",
  date: 'a string such as "2026-01-31"',
  float: "a number",
  numeric: "a string, a bigint or a finite number",
  json: "a value that JSON can represent",
};

function encoded(kind: ColumnKind, value: unknown): string | null {
  switch (kind) {
    case "integer":
      return Number.isSafeInteger(value) ? String(value) : null;
    case "bigint":
      return typeof value === "bigint" || Number.isSafeInteger(value) ? String(value) : null;
    case "boolean":
      return typeof value === "boolean" ? String(value) : null;
    case "float":
      return typeof value === "number" ? String(value) : null;
    case "numeric":
      return typeof value === "string" || typeof value === "bigint" || Number.isFinite(value)
        ? String(value)
        : null;
    case "timestamp":
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : null;
    case "date":
      return typeof value === "string" && isDay(value) ? value : null;
    case "json":
      return JSON.stringify(value) ?? null;
    case "text":
    case "uuid":
      return typeof value === "string" && isStorableText(value) ? value : null;
  }
}
