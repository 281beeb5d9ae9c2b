/** Which names Postgres accepts unchanged. They are quoted in the SQL of `src/stores/`. */

import { ImproperlyConfigured } from "../errors.ts";
import { utf8 } from "./bytes.ts";

/** Postgres silently truncates longer names, so that two of them may become one. */
const MAX_NAME_BYTES = 63;
// deno-lint-ignore no-control-regex -- a control character in a name is a mistake or an attempt
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/**
 * Returns the name of a table, a schema or a column unchanged.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a name that is empty, too long or has control characters
 */
export function requirePostgresName(option: string, name: unknown): string {
  const isName = typeof name === "string" && name !== "" && !CONTROL_CHARACTER.test(name) &&
    utf8(name).length <= MAX_NAME_BYTES;
  if (isName) return name;
  const shown = String(name);
  throw new ImproperlyConfigured(
    `${option} has the name "${shown}", expected 1 to ${MAX_NAME_BYTES} bytes without control characters`,
  );
}

/**
 * Returns the name of a table unchanged.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` as {@link requirePostgresName}, and for `schema"."table`, with
 *   which Django's `db_table` reaches into another schema
 */
export function requireTableName(option: string, name: unknown): string {
  const table = requirePostgresName(option, name);
  const parts = table.includes('"."') ? splitTableName(table) : null;
  if (parts === null) return table;
  throw new ImproperlyConfigured(
    `${option} has the name "${table}", expected schema: "${parts.schema}", table: "${parts.table}"`,
  );
}

/** Splits `schema.table`, also where it is quoted. Returns `null` for a name without a dot between other characters. */
export function splitTableName(name: string): { readonly schema: string; readonly table: string } | null {
  const [, schema, table] = /^"?([^."]+)"?\."?([^"]+)"?$/.exec(name) ?? [];
  return schema === undefined || table === undefined ? null : { schema, table };
}

/** Returns the end of a message about a missing table whose name may contain its schema; "" for any other name. */
export function schemaHint(table: string): string {
  const parts = splitTableName(table);
  if (parts === null) return "";
  return `; for a table in another schema, expected schema: "${parts.schema}", table: "${parts.table}"`;
}
