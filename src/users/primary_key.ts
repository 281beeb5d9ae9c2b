/**
 * Validates the keys by which users are looked up. Every value from a session, a token or a form is parsed here before
 * it reaches a query.
 */

import { isStorableText } from "../internal/bytes.ts";
import type { PrimaryKeyType, UserId } from "./user_table.ts";

const DECIMAL = /^(?:0|-?[1-9][0-9]{0,18})$/;
const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;
const INTEGER_BOUND = 2 ** 31;
const BIGINT_BOUND = 2n ** 63n;
/** Django's usernames and text keys have at most 254 characters; longer ones must still fit a Postgres index entry. */
const MAX_TEXT_LENGTH = 1024;

/**
 * Parses a primary key of the given type. Only the form that Django writes (`str(pk)`) is accepted: `"007"`, `" 7 "`,
 * `"7.0"` and digits of other scripts are not. A UUID may have capitals or lack hyphens.
 *
 * Mirrors `django.contrib.auth._get_user_session_key`, more strictly.
 *
 * @returns the key, or `null` for anything else
 */
export function parsePrimaryKey(type: PrimaryKeyType, value: unknown): UserId | null {
  switch (type) {
    case "integer":
      return parseInteger(value);
    case "bigint":
      return parseBigint(value);
    case "uuid":
      return parseUuid(value);
    case "text":
      return parseLookupText(value);
  }
}

/** Returns whether two keys of a table are equal; one may be a number or bigint, the other a string from a row. */
export function isSameKey(a: UserId, b: UserId): boolean {
  return String(a) === String(b);
}

/**
 * Parses a username, or another string to look up: not empty, at most 1024 characters, and storable in a database (no
 * NUL, no lone surrogate).
 */
export function parseLookupText(value: unknown): string | null {
  if (typeof value !== "string" || value === "" || value.length > MAX_TEXT_LENGTH) return null;
  return isStorableText(value) ? value : null;
}

/** Parses an integer of 32 bits, without the detour of a bigint: every request parses its user's key several times. */
function parseInteger(value: unknown): number | null {
  if (!isWhole(value)) return null;
  // Adding 0 turns -0, which JSON can hold, into 0.
  const number = Number(value) + 0;
  return number >= -INTEGER_BOUND && number < INTEGER_BOUND ? number : null;
}

/** Parses an integer of 64 bits. */
function parseBigint(value: unknown): bigint | null {
  if (!isWhole(value)) return null;
  const number = BigInt(value);
  return number >= -BIGINT_BOUND && number < BIGINT_BOUND ? number : null;
}

/** Returns whether a value is an integer: Django writes canonical decimals, and a safe integer is exact as well. */
function isWhole(value: unknown): value is string | number | bigint {
  if (typeof value === "string") return DECIMAL.test(value);
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

/** Parses a UUID into the form in which databases and Python print it. */
function parseUuid(value: unknown): string | null {
  const parts = typeof value === "string" ? UUID.exec(value) : null;
  return parts === null ? null : parts.slice(1).join("-").toLowerCase();
}

/**
 * Returns an id that a caller passed, as a key of this type.
 *
 * @param caller the name of the function, for the message
 * @throws {TypeError} for an id that no row can have, such as a whole user
 */
export function requirePrimaryKey(caller: string, type: PrimaryKeyType, id: unknown): UserId {
  const key = parsePrimaryKey(type, id);
  if (key !== null) return key;
  throw new TypeError(`${caller}() got the userId "${String(id)}", expected a key of the type ${type}`);
}
