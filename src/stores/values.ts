/**
 * Values of columns, from what a driver gives to what the description of the table promises, and back to text. A
 * driver instance of the application may have types of its own, so each kind takes every form that is exact.
 */

import { isStorableText } from "../internal/bytes.ts";
import { parseTimestamp } from "../internal/postgres_timestamp.ts";
import { DAY, isDay } from "../users/column_values.ts";
import type { ColumnKind } from "../users/columns.ts";
import { parsePrimaryKey } from "../users/primary_key.ts";

/** What a driver may give for a moment: `Date`, text, milliseconds, or an object of a date library. */
export function toDate(value: unknown): Date {
  if (value instanceof Date) return value;
  if (typeof value === "number" || typeof value === "bigint") return new Date(Number(value));
  // What such a library writes for people has no milliseconds, and is in no form that all runtimes read.
  const { toISOString } = Object(value) as { toISOString?: () => unknown };
  return parseTimestamp(String(typeof toISOString === "function" ? toISOString.call(value) : value));
}

/**
 * Reads a value of each kind, and throws for what is none: a column of another type than it was declared with would be read
 * as nonsense, `is_active` perhaps. `NULL` is handled before.
 */
export const READERS: { readonly [Kind in ColumnKind]: (value: unknown) => unknown } = {
  integer: (value) => requireSo(Number(numeral(value)), Number.isSafeInteger),
  bigint: (value) => BigInt(requireSo(numeral(value), isExact)),
  uuid: (value) => requireSo(parsePrimaryKey("uuid", textOf(value)), (key) => key !== null),
  text: (value) => String(requireSo(value, (value) => IN_WRITING.has(typeof value))),
  boolean: (value) => TRUE.has(requireSo(value, (value) => TRUE.has(value) || FALSE.has(value))),
  timestamp: (value) => requireSo(toDate(value), (date) => !Number.isNaN(date.getTime())),
  date: (value) => requireSo(value, (value) => typeof value === "string" && DAY.test(value)),
  float: (value) => Number(numeral(value)),
  numeric: (value) => String(numeral(value)),
  json: (value) => typeof value === "string" ? JSON.parse(value) : value,
};

/** What drivers make of a boolean. */
const TRUE: ReadonlySet<unknown> = new Set([true, "t", "true", 1]);
const FALSE: ReadonlySet<unknown> = new Set([false, "f", "false", 0]);

/** What can be given as text for want of a type of its own: keys of every kind are. */
const IN_WRITING: ReadonlySet<string> = new Set(["string", "number", "bigint"]);

/** Numbers as Postgres and libraries for decimals write them. */
const NUMERAL = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|NaN|-?Infinity)$/;

/** A number, or the text of one: `Number("")` and `Number(true)` would be numbers as well. */
function numeral(value: unknown): number | bigint | string {
  if (typeof value === "number" || typeof value === "bigint") return value;
  return requireSo(textOf(value), (text) => NUMERAL.test(text));
}

/** A number beyond these was rounded on its way, and as a key it names somebody else. */
function isExact(value: number | bigint | string): boolean {
  return typeof value !== "number" || Number.isSafeInteger(value);
}

/** Text, or how an object writes itself that stands for one value, such as a decimal; lists and bytes are of other types. */
function textOf(value: unknown): string {
  const isOne = typeof value === "object" && !Array.isArray(value) && !ArrayBuffer.isView(value);
  return String(requireSo(value, (value) => typeof value === "string" || isOne));
}

function requireSo<Value>(value: Value, isSo: (value: Value) => boolean): Value {
  if (!isSo(value)) throw new TypeError("A value of another type");
  return value;
}

/**
 * How a column of a kind is selected: JSON as text, for a given instance may rename the keys inside, and a day as JSON writes
 * it, whatever the `DateStyle`; what is no day stays what it is.
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
 * The parameter in a statement that writes a kind. Text and UUIDs take the type of the column, which may be an enum
 * or a domain.
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
 * The text form of a value that is to be written.
 *
 * @throws {TypeError} when the value does not belong into a column of this kind; the value is not quoted
 */
export function encodeValue(
  kind: ColumnKind,
  isNullable: boolean,
  name: string,
  value: unknown,
): string | null {
  if (value === null && isNullable) return null;
  const text = encoded(kind, value);
  if (text === null) throw new TypeError(`The value for the column "${name}" is no ${kind}`);
  return text;
}

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
