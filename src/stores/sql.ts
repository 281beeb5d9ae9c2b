/**
 * Pieces of SQL that the stores share: names and lists. Values always travel as parameters, in the text form of
 * their type, so that custom types of a given driver instance never see them.
 */

import { requirePostgresName } from "../internal/postgres_name.ts";

/**
 * A name in quotes, as SQL takes it.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a name that is empty, too long or has control characters
 */
export function quoteName(option: string, name: string): string {
  return `"${requirePostgresName(option, name).replaceAll('"', '""')}"`;
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
