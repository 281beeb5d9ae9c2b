/**
 * Values of columns, from what a driver gives to what the description of the table promises, and back to text. A
 * driver instance of the application may have types of its own, so each kind takes every form that is exact.
 */

import { isWellFormed } from "../internal/bytes.ts";
import { parseTimestamp } from "../internal/postgres_timestamp.ts";
import type { ColumnKind } from "../users/columns.ts";

/** What a driver may give for a moment: `Date`, text, milliseconds, or an object of a date library. */
export function toDate(value: unknown): Date {
  if (value instanceof Date) return value;
  if (typeof value === "number" || typeof value === "bigint") return new Date(Number(value));
  return parseTimestamp(String(value));
}

/** Reads a value of each kind; `NULL` is handled before. */
export const READERS: { readonly [Kind in ColumnKind]: (value: unknown) => unknown } = {
  integer: Number,
  bigint: (value) => typeof value === "bigint" ? value : BigInt(value as string | number),
  uuid: String,
  text: String,
  boolean: (value) => value === true || value === "t" || value === "true" || value === 1,
  timestamp: toDate,
  float: Number,
  numeric: String,
  json: (value) => typeof value === "string" ? JSON.parse(value) : value,
};

/** How a column of a kind is selected: JSON as text, for a given instance may rename the keys inside. */
export function selected(kind: ColumnKind, name: string): string {
  return kind === "json" ? `${name}::text` : name;
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
    case "json":
      return JSON.stringify(value) ?? null;
    case "text":
    case "uuid":
      // Half a character would be stored as U+FFFD, and two different texts as one.
      return typeof value === "string" && !value.includes("\0") && isWellFormed(value) ? value : null;
  }
}
