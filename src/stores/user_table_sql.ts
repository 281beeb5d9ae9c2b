/** The table of users as statements need it: how they name it and its columns, and how rows are read. */

import { DatabaseError, ImproperlyConfigured } from "../errors.ts";
import type { ColumnKind, ColumnType } from "../users/columns.ts";
import { parsePrimaryKey } from "../users/primary_key.ts";
import type { UserRecord } from "../users/store.ts";
import { columnKind, type PrimaryKeyType, type UserId, type UserTable } from "../users/user_table.ts";
import { quoteName, quoteTable } from "./sql.ts";
import { READERS, selected } from "./values.ts";

/** A column, as statements need it. */
export interface Column {
  readonly name: string;
  readonly quoted: string;
  readonly kind: ColumnKind;
  readonly isNullable: boolean;
}

/** The table of users, as statements need it. */
export interface UserTableSql<Row extends object> {
  readonly description: UserTable<Row>;
  /** The quoted name of the table, with its schema. */
  readonly quoted: string;
  /** The described columns, without the password. */
  readonly columns: readonly Column[];
  /** The same by name, and the password's. */
  readonly byName: ReadonlyMap<string, Column>;
  readonly key: Column;
  readonly password: Column;
  /** The selected expressions: the password, then the columns. */
  readonly list: string;
  /** The start of a statement that reads users. */
  readonly select: string;
  /** Reads a row of `list`. */
  readonly toRecord: (values: unknown[]) => UserRecord<Row>;
}

/**
 * Prepares the columns of a description.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for invalid names
 */
export function userTableSql<Row extends object>(description: UserTable<Row>): UserTableSql<Row> {
  const quoted = quoteTable(description.table, description.schema);
  const columns = columnsOf(description.columns);
  const password: Column = {
    name: description.passwordField,
    quoted: quoteName("password", description.passwordField),
    kind: "text",
    isNullable: false,
  };
  const byName = new Map([...columns, password].map((column) => [column.name, column]));
  const list = [password, ...columns].map(({ kind, quoted }) => selected(kind, quoted)).join(", ");
  return {
    description,
    quoted,
    columns,
    byName,
    key: byName.get(description.primaryKey)!,
    password,
    list,
    select: `select ${list} from ${quoted}`,
    toRecord: recordReader<Row>(columns, description),
  };
}

function columnsOf(columns: Readonly<Record<string, ColumnType>>): Column[] {
  return Object.entries<ColumnType>(columns).map(([name, type]) => ({
    name,
    quoted: quoteName("columns", name),
    kind: columnKind(type),
    isNullable: type.endsWith("?"),
  }));
}

/** Creates the reader of rows whose first value is the password. */
function recordReader<Row extends object>(
  columns: readonly Column[],
  description: UserTable<Row>,
): (values: unknown[]) => UserRecord<Row> {
  const names = columns.map((column) => column.name);
  const readers = columns.map((column) => columnReader(column, description));
  return (values) => {
    const row: Record<string, unknown> = {};
    for (let index = 0; index < names.length; index++) {
      row[names[index]!] = readers[index]!(values[index + 1]);
    }
    return { row: row as Row, password: String(values[0]) };
  };
}

/**
 * Creates the reader of a column's values.
 *
 * @throws {DatabaseError} from the reader, with the `column`, for NULL in a column that is declared without `?`
 */
export function columnReader<Row extends object>(
  column: Column,
  { table, primaryKey, primaryKeyType }: UserTable<Row>,
): (value: unknown) => unknown {
  const read = column.name === primaryKey ? keyReader(primaryKeyType) : READERS[column.kind];
  const { isNullable } = column;
  return (value) => {
    if (value == null) {
      if (isNullable) return null;
      throw holdsNull(table, column);
    }
    try {
      return read(value);
    } catch {
      // The original error may quote the value.
      throw wronglyDeclared(table, column);
    }
  };
}

/** Refuses keys that are not of the declared type: no user could be looked up by them. */
function keyReader(type: PrimaryKeyType): (value: unknown) => UserId {
  return (value) => {
    // Strings of any length: only what clients send is bounded.
    if (type === "text" && typeof value === "string") return value;
    const key = type === "text" ? null : parsePrimaryKey(type, READERS[type](value));
    if (key === null) throw new TypeError("Not a key of the declared type");
    return key;
  };
}

/** Without this error, a value that TypeScript takes for a string would be `null`. */
function holdsNull(table: string, { name, kind }: Column): DatabaseError {
  return new DatabaseError(
    `columns.${name} is "${kind}", but the column in "${table}" holds NULL, expected "${kind}?"`,
    "database_error",
    { column: name },
  );
}

function wronglyDeclared(table: string, { name, kind }: Column): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `columns.${name} is "${kind}", but the column in "${table}" holds a value of another type, ` +
      "expected the column's actual type",
  );
}
