/**
 * Pieces of SQL that the stores share: names and arrays. Values always travel as parameters, in the text form of their
 * type, so that custom types of the application's driver instance never touch them.
 */

import { requirePostgresName, requireTableName } from "../internal/postgres_name.ts";

/**
 * Quotes a name for SQL.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a name that is empty, too long or has control characters
 */
export function quoteName(option: string, name: string): string {
  return `"${requirePostgresName(option, name).replaceAll('"', '""')}"`;
}

/**
 * Returns `"schema"."table"`; without a schema, the connection's search path decides.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` as {@link quoteName}, and for a table named `schema"."table`
 */
export function quoteTable(table: string, schema: string | null | undefined): string {
  const quoted = quoteName("table", requireTableName("table", table));
  return schema == null ? quoted : `${quoteName("schema", schema)}.${quoted}`;
}

/** Returns the text form of an array. */
export function arrayLiteral(values: readonly (string | number | bigint)[]): string {
  const elements = values.map((value) =>
    typeof value === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : String(value)
  );
  return `{${elements.join(",")}}`;
}
