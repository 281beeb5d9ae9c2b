/**
 * Users as rows of a table that `userTable()` describes. Users themselves are in `src/users/`.
 */

import { UserExists } from "../account_errors.ts";
import type { Database } from "../database.ts";
import { DatabaseError } from "../errors.ts";
import { schemaHint } from "../internal/postgres_name.ts";
import { SQL_STATE } from "../internal/sql_states.ts";
import type { Timers } from "../internal/time/timers.ts";
import { parseLookupText, parsePrimaryKey } from "../users/primary_key.ts";
import type { UserRecord, UserStore, UserValues } from "../users/store.ts";
import type { ColumnKind } from "../users/columns.ts";
import { isPrimaryKeyType, type PrimaryKeyType, type UserId, type UserTable } from "../users/user_table.ts";
import { createBatcher } from "./batcher.ts";
import { keyedRead } from "./keyed_read.ts";
import { namingTables } from "./missing_tables.ts";
import { quoteName, quoteTable } from "./sql.ts";
import { type Column, columnReader, columnsOf, recordReader } from "./user_columns.ts";
import { encodeValue, placeholder, selected } from "./values.ts";

/** The dependencies of {@link createDatabaseUsers}. */
export interface DatabaseUsersOptions<Row extends object> {
  /** Where the table is. */
  readonly database: Database;
  /** The description of the table. */
  readonly table: UserTable<Row>;
  /** Seconds that a look-up may take, including its wait for other look-ups; 5 if not given. */
  readonly deadline?: number | undefined;
  /** The runtime's if not given. */
  readonly timers?: Timers | undefined;
  /** Called whenever users were looked up by a column in which several users have the same value. */
  readonly onAmbiguous?: ((column: string) => void) | undefined;
}

/** The array that keys are compared with; a `bigint[]` fits integer columns of every width. */
const KEY_ARRAYS: Readonly<Record<PrimaryKeyType, string>> = {
  integer: "bigint[]",
  bigint: "bigint[]",
  uuid: "uuid[]",
  text: "text[]",
};

/**
 * Creates the store of users. Look-ups need only SELECT on the described columns and `password`; look-ups by key that
 * arrive together are one query.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for invalid names
 */
export function createDatabaseUsers<Row extends object>(options: DatabaseUsersOptions<Row>): UserStore<Row> {
  const { table: description, deadline, timers } = options;
  const database = namingTables(options.database, {
    tables: `userTable({ schema, table }), the db_table of AUTH_USER_MODEL${schemaHint(description.table)}`,
    columns: `"${description.table}" to have the columns of userTable({ columns }) and "password"`,
  });
  const table = quoteTable(description.table, description.schema);
  const columns = columnsOf(description.columns);
  const byName = new Map(columns.map((column) => [column.name, column]));
  const password: Column = {
    name: description.passwordField,
    quoted: quoteName("password", description.passwordField),
    kind: "text",
    isNullable: false,
  };
  byName.set(password.name, password);
  const key = byName.get(description.primaryKey)!;
  const list = [password, ...columns].map((column) => selected(column.kind, column.quoted)).join(", ");
  const toRecord = recordReader<Row>(columns, description);

  /** Creates the look-up of users by a column that has the type of a key. */
  function lookUpBy(column: Column): (value: UserId) => Promise<UserRecord<Row> | null> {
    const { quoted, kind, name } = column;
    const select = `select ${list} from ${table} where ${quoted}`;
    const readRows = keyedRead<UserId>(database, {
      // Cast to the declared type, as the array is: otherwise a string would find keys of every type, but only alone.
      one: `${select} = ${exactPlaceholder(kind)}`,
      many: `${select} = any($1::${KEY_ARRAYS[kind as PrimaryKeyType]})`,
    });
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
        if (ambiguous.size > 0) options.onAmbiguous?.(name);
        return found;
      },
    });
  }

  const lookUp = lookUpBy(key);
  const byColumn = new Map<string, (value: UserId) => Promise<UserRecord<Row> | null>>();

  /** Returns the columns that have values, and these as parameters. */
  function assignments(values: UserValues<Row>): { columns: Column[]; parameters: unknown[] } {
    const assigned: Column[] = [];
    const parameters: unknown[] = [];
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) continue;
      const column = byName.get(name);
      if (column === undefined) throw new TypeError(`"${name}" is not a column of the table of users`);
      assigned.push(column);
      parameters.push(encodeValue(column.kind, column.isNullable, name, value));
    }
    return { columns: assigned, parameters };
  }

  return {
    findById(id) {
      const parsed = parsePrimaryKey(description.primaryKeyType, id);
      return parsed === null ? Promise.resolve(null) : lookUp(parsed);
    },

    findByColumn(name, value) {
      const column = columns.find((column) => column.name === name);
      if (column === undefined || !isPrimaryKeyType(column.kind)) {
        throw new RangeError(`"${name}" is not a column by which users can be looked up`);
      }
      const parsed = parsePrimaryKey(column.kind as PrimaryKeyType, value);
      if (parsed === null) return Promise.resolve(null);
      if (!byColumn.has(name)) byColumn.set(name, lookUpBy(column));
      return byColumn.get(name)!(parsed);
    },

    async findByUsername(username) {
      const name = parseLookupText(username);
      if (name === null) return null;
      const field = quoteName("usernameField", description.usernameField);
      // No cast: `citext` compares as Django does only with a parameter of its own type.
      const rows = await database.read(`select ${list} from ${table} where ${field} = $1`, [name]);
      return rows.length === 0 ? null : toRecord(rows[0]!);
    },

    async update(id, values, onlyIf) {
      const parsed = parsePrimaryKey(description.primaryKeyType, id);
      if (parsed === null) return false;
      const { columns: assigned, parameters } = assignments(values);
      // With nothing to write, the row must still exist.
      const set = assigned.length === 0
        ? `${key.quoted} = ${key.quoted}`
        : assigned.map(({ quoted, kind }, index) => `${quoted} = ${placeholder(kind, index + 2)}`).join(", ");
      const condition = onlyIf === undefined ? "" : ` and ${password.quoted} = $${parameters.length + 2}`;
      const rows = await translated(description, () =>
        database.query(
          `update ${table} set ${set} where ${key.quoted} = ${
            placeholder(key.kind, 1)
          }${condition} returning 1`,
          [String(parsed), ...parameters, ...(onlyIf === undefined ? [] : [onlyIf.password])],
        ));
      return rows.length > 0;
    },

    async insert(values) {
      const { columns: assigned, parameters } = assignments(values);
      const names = assigned.map((column) => column.quoted).join(", ");
      const places = assigned.map(({ kind }, index) => placeholder(kind, index + 1)).join(", ");
      const rows = await translated(description, () =>
        database.query(
          `insert into ${table} ${
            assigned.length === 0 ? "default values" : `(${names}) values (${places})`
          } ` +
            `returning ${list}`,
          parameters,
        ));
      return toRecord(rows[0]!);
    },
  };
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

/** @throws {UserExists} in place of a violated unique constraint */
async function translated<Result>(names: UsernameColumn, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== "unique_violation") throw error;
    const { constraint } = error;
    const message = isAboutUsername(constraint, names)
      ? "A user with that username already exists"
      : "A user with that username or another unique value already exists";
    throw new UserExists(message, { constraint, cause: error });
  }
}

/** Where the username is. */
interface UsernameColumn {
  readonly table: string;
  readonly usernameField: string;
}

/** How names of unique constraints end after the column: of a new column, and of one that became unique later. */
const UNIQUE_ENDING = /^(?:key|[0-9a-f]{8}_uniq)$/;

/**
 * Returns whether a constraint has the name that Django's migrations give that of the username alone. Names that were
 * chosen otherwise, or shortened, may be about other columns as well; only the server's `detail`, which quotes the
 * values, would tell.
 */
function isAboutUsername(constraint: string | undefined, { table, usernameField }: UsernameColumn): boolean {
  const start = `${table}_${usernameField}_`;
  return constraint !== undefined && constraint.startsWith(start) &&
    UNIQUE_ENDING.test(constraint.slice(start.length));
}
