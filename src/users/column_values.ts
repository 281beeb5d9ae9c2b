/** The values of a user's columns: how they are copied, remembered and compared, and which texts are days. */

import type { ColumnType } from "./columns.ts";
import { kindOf } from "./user_table.ts";

/** A day as it is selected and written, from the year 1 on. */
export const DAY: RegExp = /^(?!0000)\d{4}-\d\d-\d\d$/;

/** Whether there is such a day: the 31st of February would be the database's error, which quotes it. */
export function isDay(text: string): boolean {
  const moment = new Date(`${text}T00:00:00Z`);
  return DAY.test(text) && !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}

/** A value that can be changed in place is copied: rows are shared by look-ups that arrived together. */
export function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return value instanceof Date ? new Date(value) : structuredClone(value);
}

/** A value as it is remembered: of a moment the milliseconds, which are compared and never given out. */
export function snapshotOf(value: unknown): unknown {
  return value instanceof Date ? value.getTime() : value;
}

/** Whether a column of this type still holds what is remembered. */
export function isUnchanged(type: ColumnType, value: unknown, stored: unknown): boolean {
  return kindOf(type) === "timestamp" ? isSameMoment(value, stored) : isSameValue(value, stored);
}

/** Whether two remembered values are the same. */
export function isSameValue(value: unknown, stored: unknown): boolean {
  if (typeof value !== "object" || typeof stored !== "object") return Object.is(value, stored);
  return JSON.stringify(value) === JSON.stringify(stored);
}

function isSameMoment(value: unknown, stored: unknown): boolean {
  return value instanceof Date ? Object.is(value.getTime(), stored) : value === null && stored === null;
}
