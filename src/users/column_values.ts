/** The values of a user's columns: how they are copied, remembered and compared, and which strings are days. */

import { isStorableText } from "../internal/bytes.ts";
import type { ColumnType } from "./columns.ts";
import { columnKind } from "./user_table.ts";

/** The format in which days are selected and written, from the year 1 on. */
export const DAY_FORMAT: RegExp = /^(?!0000)\d{4}-\d\d-\d\d$/;

/** Returns whether a day exists: 31 February would be an error of the database, which quotes it. */
export function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return DAY_FORMAT.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/**
 * Returns whether no column can hold a string, as a visitor may send in any field: with a NUL or a lone surrogate, or
 * not a date in a date column, as from a field that was left empty.
 */
export function isUnwritable(value: unknown, type: ColumnType | undefined): boolean {
  if (typeof value !== "string") return false;
  return !isStorableText(value) ||
    (type !== undefined && columnKind(type) === "date" && !isDay(value));
}

/** Copies a value that can be changed in place: rows are shared by look-ups that arrived together. */
export function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return value instanceof Date ? new Date(value) : structuredClone(value);
}

/** Returns the form in which a value is remembered: of a timestamp, the milliseconds, for comparison only. */
export function snapshotOf(value: unknown): unknown {
  return value instanceof Date ? value.getTime() : value;
}

/** Returns whether a column of this type still has the remembered value. */
export function isUnchanged(type: ColumnType, value: unknown, stored: unknown): boolean {
  return columnKind(type) === "timestamp" ? isSameTime(value, stored) : isSameValue(value, stored);
}

/** Returns whether two remembered values are the same. */
export function isSameValue(value: unknown, stored: unknown): boolean {
  if (typeof value !== "object" || typeof stored !== "object") return Object.is(value, stored);
  return JSON.stringify(value) === JSON.stringify(stored);
}

function isSameTime(value: unknown, stored: unknown): boolean {
  return value instanceof Date ? Object.is(value.getTime(), stored) : value === null && stored === null;
}
