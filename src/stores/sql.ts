/**
 * Pieces of SQL that the stores share: names and lists. Values always travel as parameters, in the text form of
 * their type, so that custom types of a given driver instance never see them.
 */

import { ImproperlyConfigured } from "../errors.ts";
import { utf8 } from "../internal/bytes.ts";

/** Postgres cuts longer names off without a word, and then two names are one. */
const MAX_NAME_BYTES = 63;

/**
 * A name in quotes, as SQL takes it.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a name that is empty, too long or has control characters
 */
export function quoteName(option: string, name: string): string {
  // deno-lint-ignore no-control-regex -- a control character in a name is a mistake or an attempt
  if (name === "" || /[\u0000-\u001f\u007f]/.test(name) || utf8(name).length > MAX_NAME_BYTES) {
    throw new ImproperlyConfigured(
      `${option} is "${name}", expected a name of 1 to ${MAX_NAME_BYTES} bytes without control characters`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."table"`; without a schema the search path of the connection decides. */
export function quoteTable(table: string, schema: string | null | undefined): string {
  const quoted = quoteName("table", table);
  return schema == null ? quoted : `${quoteName("schema", schema)}.${quoted}`;
}

/** The text form of an array. */
export function arrayLiteral(values: readonly (string | number | bigint)[]): string {
  const elements = values.map((value) =>
    typeof value === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : String(value)
  );
  return `{${elements.join(",")}}`;
}
