/**
 * The shape of what may be used to look a user up. Whatever a session, a token or a form holds comes through here
 * before a query is made of it.
 */

import { isStorableText } from "../internal/bytes.ts";
import type { PrimaryKeyType, UserId } from "./user_table.ts";

const DECIMAL = /^(?:0|-?[1-9][0-9]{0,18})$/;
const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;
const INTEGER_BOUND = 2n ** 31n;
const BIGINT_BOUND = 2n ** 63n;
/** Django's own usernames and text keys have at most 254 characters; an index entry of Postgres bounds the rest. */
const MAX_TEXT_LENGTH = 1024;

/**
 * Reads a primary key of the given type. Only the one form that Django writes counts (`str(pk)`): `"007"`, `" 7 "`,
 * `"7.0"` and digits of other scripts name nobody. A UUID may be written with capitals or without hyphens.
 *
 * Mirrors `django.contrib.auth._get_user_session_key`, more strictly.
 *
 * @returns the key, or `null` for anything that cannot be one
 */
export function parsePrimaryKey(type: PrimaryKeyType, value: unknown): UserId | null {
  switch (type) {
    case "integer": {
      const number = parseDecimal(value, INTEGER_BOUND);
      return number === null ? null : Number(number);
    }
    case "bigint":
      return parseDecimal(value, BIGINT_BOUND);
    case "uuid":
      return parseUuid(value);
    case "text":
      return parseLookupText(value);
  }
}

/** Whether two keys of a table are the same: one may be a number or bigint, and the other the text that a row holds. */
export function isSameKey(a: UserId, b: UserId): boolean {
  return String(a) === String(b);
}

/**
 * Reads a username, or another text that is looked up: not empty, at most 1024 characters, and text that a database
 * can hold (no NUL, no lone surrogate).
 */
export function parseLookupText(value: unknown): string | null {
  if (typeof value !== "string" || value === "" || value.length > MAX_TEXT_LENGTH) return null;
  return isStorableText(value) ? value : null;
}

/** A whole number in canonical decimal form, `-bound <= number < bound`. */
function parseDecimal(value: unknown, bound: bigint): bigint | null {
  // A number in place of text is not what Django writes, but it is exact as long as it is a safe integer.
  const isWhole = typeof value === "bigint" || Number.isSafeInteger(value);
  if (!isWhole && !(typeof value === "string" && DECIMAL.test(value))) return null;
  const number = BigInt(value as string | number | bigint);
  return number >= -bound && number < bound ? number : null;
}

/** A UUID in the form in which databases and Python print it. */
function parseUuid(value: unknown): string | null {
  const parts = typeof value === "string" ? UUID.exec(value) : null;
  return parts === null ? null : parts.slice(1).join("-").toLowerCase();
}
