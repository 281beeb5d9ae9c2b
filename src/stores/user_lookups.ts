/** Look-ups of users: by key or another column, of which those that arrive together are one query, and by username. */

import type { Database } from "../database.ts";
import { DatabaseError } from "../errors.ts";
import { SQL_STATE } from "../internal/sql_states.ts";
import type { Timers } from "../internal/time/timers.ts";
import type { ColumnKind } from "../users/columns.ts";
import { parseLookupText, parsePrimaryKey } from "../users/primary_key.ts";
import type { UserRecord, UserStore } from "../users/store.ts";
import { isPrimaryKeyType, type PrimaryKeyType, type UserId } from "../users/user_table.ts";
import { createBatcher } from "./batcher.ts";
import { keyedRead } from "./keyed_read.ts";
import { quoteName } from "./sql.ts";
import { type Column, columnReader, type UserTableSql } from "./user_table_sql.ts";
import { placeholder } from "./values.ts";

/** The dependencies of {@link createUserLookups}. */
export interface UserLookupsOptions<Row extends object> {
  /** Where the table is. */
  readonly database: Database;
  /** The table as statements need it. */
  readonly table: UserTableSql<Row>;
  /** Seconds that a look-up may take, including its wait for other look-ups; 5 if not given. */
  readonly deadline?: number | undefined;
  /** The runtime's if not given. */
  readonly timers?: Timers | undefined;
  /** Called whenever users were looked up by a column in which several users have the same value. */
  readonly onAmbiguous?: ((column: string) => void) | undefined;
}

/** Finds the user with a value in one column. */
type LookUp<Row extends object> = (value: UserId) => Promise<UserRecord<Row> | null>;

/** The array that keys are compared with; a `bigint[]` fits integer columns of every width. */
const KEY_ARRAYS: Readonly<Record<PrimaryKeyType, string>> = {
  integer: "bigint[]",
  bigint: "bigint[]",
  uuid: "uuid[]",
  text: "text[]",
};

/** Creates the look-ups. They need only SELECT on the described columns and `password`. */
export function createUserLookups<Row extends object>(
  options: UserLookupsOptions<Row>,
): Pick<UserStore<Row>, "findById" | "findByColumn" | "findByUsername"> {
  const { database, table } = options;
  const { description, columns, key, select, toRecord } = table;
  const lookUpById = createLookUp(key, options);
  const byColumn = new Map<string, LookUp<Row>>();

  return {
    findById(id) {
      const parsed = parsePrimaryKey(description.primaryKeyType, id);
      return parsed === null ? Promise.resolve(null) : lookUpById(parsed);
    },

    findByColumn(name, value) {
      const column = columns.find((column) => column.name === name);
      if (column === undefined || !isPrimaryKeyType(column.kind)) {
        throw new RangeError(`"${name}" is not a column by which users can be looked up`);
      }
      const parsed = parsePrimaryKey(column.kind as PrimaryKeyType, value);
      if (parsed === null) return Promise.resolve(null);
      if (!byColumn.has(name)) byColumn.set(name, createLookUp(column, options));
      return byColumn.get(name)!(parsed);
    },

    async findByUsername(username) {
      const name = parseLookupText(username);
      if (name === null) return null;
      const field = quoteName("usernameField", description.usernameField);
      // No cast: `citext` compares as Django does only with a parameter of its own type.
      const rows = await database.read(`${select} where ${field} = $1`, [name]);
      return rows.length === 0 ? null : toRecord(rows[0]!);
    },
  };
}

/** Creates the look-up by a column that has the type of a key. */
function createLookUp<Row extends object>(
  column: Column,
  { database, table, deadline, timers, onAmbiguous }: UserLookupsOptions<Row>,
): LookUp<Row> {
  const { description, columns, select, toRecord } = table;
  const { quoted, kind, name } = column;
  const readRows = keyedRead<UserId>(database, {
    // Cast to the declared type, as the array is: otherwise a string would find keys of every type, but only alone.
    one: `${select} where ${quoted} = ${exactPlaceholder(kind)}`,
    many: `${select} where ${quoted} = any($1::${KEY_ARRAYS[kind as PrimaryKeyType]})`,
  });
  // The password comes first.
  const place = columns.indexOf(column) + 1;
  const readKey = columnReader(column, description);
  return createBatcher<UserId, UserRecord<Row>, unknown[]>({
    deadline,
    timers,
    read: toRecord,
    async load(values) {
      const rows = await comparing(column, description.table, () => readRows(values));
      const found = new Map<UserId, unknown[]>();
      const ambiguous = new Set<UserId>();
      for (const row of rows) {
        const value = readKey(row[place]) as UserId;
        if (found.has(value)) ambiguous.add(value);
        found.set(value, row);
      }
      // A user who may choose the value, such as an e-mail address, would become the other user.
      for (const value of ambiguous) found.delete(value);
      if (ambiguous.size > 0) onAmbiguous?.(name);
      return found;
    },
  });
}

/** Returns the parameter of a look-up by key, cast to the declared type of the key. */
function exactPlaceholder(kind: ColumnKind): string {
  return kind === "text" || kind === "uuid" ? `$1::${kind}` : placeholder(kind, 1);
}

/** @throws {DatabaseError} with the `column`, if it cannot be compared with a value of its declared type */
async function comparing<Result>(
  { name, kind }: Column,
  table: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlState !== SQL_STATE.UNDEFINED_FUNCTION) throw error;
    throw new DatabaseError(
      `columns.${name} is "${kind}", but the column in "${table}" has another type, expected the column's actual type`,
      "database_error",
      { column: name, sqlState: error.sqlState, cause: error },
    );
  }
}
