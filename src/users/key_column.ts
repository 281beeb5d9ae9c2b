/** The columns by which users may be looked up: the primary key, and others of the same few types. */

import { ImproperlyConfigured } from "../errors.ts";
import type { ColumnType } from "./columns.ts";
import { columnKind, isPrimaryKeyType, type PrimaryKeyType, type UserTable } from "./user_table.ts";

/**
 * Returns the type of such a column, whether or not it may be `NULL`.
 *
 * @param option the option that names the column, for the message
 * @throws {ImproperlyConfigured} `improperly_configured` if the table has no such column, or it has another type
 */
export function requireKeyType<Row extends object>(
  { primaryKey, primaryKeyType, columns }: UserTable<Row>,
  option: string,
  column: string,
): PrimaryKeyType {
  if (column === primaryKey) return primaryKeyType;
  if (Object.hasOwn(columns, column)) {
    const kind = columnKind((columns as Readonly<Record<string, ColumnType>>)[column]!);
    if (isPrimaryKeyType(kind)) return kind;
  }
  const known = Object.keys(columns).join(", ");
  throw new ImproperlyConfigured(
    `${option} is "${column}", expected a column of type integer, bigint, uuid or text, one of ${known}`,
  );
}
