/**
 * Users as rows of a table that `userTable()` describes. What a user can do lives in `src/users/`.
 */

import { UserExists } from "../account_errors.ts";
import type { Database } from "../database.ts";
import { DatabaseError } from "../errors.ts";
import type { Timers } from "../internal/time/timers.ts";
import { createBatcher } from "./batcher.ts";
import { namingTables } from "./missing_tables.ts";
import { parseLookupText, parsePrimaryKey } from "../users/primary_key.ts";
import type { UserRecord, UserStore, UserValues } from "../users/store.ts";
import type { ColumnKind } from "../users/columns.ts";
import { isPrimaryKeyType, type PrimaryKeyType, type UserId, type UserTable } from "../users/user_table.ts";
import { arrayLiteral, quoteName, quoteTable } from "./sql.ts";
import { type Column, columnReader, columnsOf, recordReader } from "./user_columns.ts";
import { encodeValue, placeholder, selected } from "./values.ts";

/** The dependencies of {@link createDatabaseUsers}. */
export interface DatabaseUsersOptions<Row extends object> {
  /** Where the table is. */
  readonly database: Database;
  /** What the table looks like. */
  readonly table: UserTable<Row>;
  /** Seconds that a look-up may take, its wait for others included; 5 if not given. */
  readonly deadline?: number | undefined;
  /** Those of the runtime if not given. */
  readonly timers?: Timers | undefined;
  /** Called whenever users were looked up by a column in which several have the same value. */
  readonly onAmbiguous?: ((column: string) => void) | undefined;
}

/** SQLSTATE: the types of both sides cannot be compared. */
const UNDEFINED_OPERATOR = "42883";

/** The array that keys are compared with; a `bigint[]` fits integer columns of every width. */
const KEY_ARRAYS: Readonly<Record<PrimaryKeyType, string>> = {
  integer: "bigint[]",
  bigint: "bigint[]",
  uuid: "uuid[]",
  text: "text[]",
};

/**
 * The store of users. Looking up needs no right but SELECT on the columns of the description and `password`;
 * look-ups by key that arrive together are one query.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for names that cannot be
 */
export function createDatabaseUsers<Row extends object>(options: DatabaseUsersOptions<Row>): UserStore<Row> {
  const { table: description, deadline, timers } = options;
  const database = namingTables(options.database, {
    tables: "userTable({ table }), the db_table of AUTH_USER_MODEL",
    columns: `"${description.table}" to have those of userTable({ columns }) and "password"`,
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

  /** Looks users up by a column with the type of a key; what arrives together is one query. */
  function lookUpBy(column: Column): (value: UserId) => Promise<UserRecord<Row> | null> {
    const { quoted, kind, name } = column;
    const select = `select ${list} from ${table} where ${quoted}`;
    const selectMany = `${select} = any($1::${KEY_ARRAYS[kind as PrimaryKeyType]})`;
    // One plan for ever; with a list of one, Postgres would plan anew each time. With the type that is declared: otherwise
    // text would find keys of every type, as long as nobody else asks at the same moment.
    const selectOne = `${select} = ${exactPlaceholder(kind)}`;
    const place = columns.indexOf(column) + 1;
    const readKey = columnReader(column, description);
    return createBatcher<UserId, UserRecord<Row>, unknown[]>({
      deadline,
      timers,
      read: toRecord,
      async load(values) {
        const rows = await comparing(
          column,
          description.table,
          () =>
            values.length === 1
              ? database.read(selectOne, [String(values[0])])
              : database.read(selectMany, [arrayLiteral(values)]),
        );
        const found = new Map<UserId, unknown[]>();
        const ambiguous = new Set<UserId>();
        for (const row of rows) {
          const value = readKey(row[place]) as UserId;
          if (found.has(value)) ambiguous.add(value);
          found.set(value, row);
        }
        // Whoever may choose the value, such as an e-mail address, would become the other user.
        for (const value of ambiguous) found.delete(value);
        if (ambiguous.size > 0) options.onAmbiguous?.(name);
        return found;
      },
    });
  }

  const lookUp = lookUpBy(key);
  const byColumn = new Map<string, (value: UserId) => Promise<UserRecord<Row> | null>>();

  /** The columns that are given, and their values as parameters. */
  function assignments(values: UserValues<Row>): { columns: Column[]; parameters: unknown[] } {
    const assigned: Column[] = [];
    const parameters: unknown[] = [];
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) continue;
      const column = byName.get(name);
      if (column === undefined) throw new TypeError(`"${name}" is no column of the table of users`);
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
        throw new RangeError(`The table of users has no column "${name}" that users can be looked up by`);
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
      // With nothing to write, the row is asked for all the same.
      const set = assigned.length === 0
        ? `${key.quoted} = ${key.quoted}`
        : assigned.map(({ quoted, kind }, index) => `${quoted} = ${placeholder(kind, index + 2)}`).join(", ");
      const condition = onlyIf === undefined ? "" : ` and ${password.quoted} = $${parameters.length + 2}`;
      const rows = await translated(() =>
        database.query(
          `update ${table} set ${set} where ${key.quoted} = ${
            placeholder(key.kind, 1)
          }${condition} returning 1`,
          [String(parsed), ...parameters, ...(onlyIf === undefined ? [] : [onlyIf.password])],
        )
      );
      return rows.length > 0;
    },

    async insert(values) {
      const { columns: assigned, parameters } = assignments(values);
      const names = assigned.map((column) => column.quoted).join(", ");
      const places = assigned.map(({ kind }, index) => placeholder(kind, index + 1)).join(", ");
      const rows = await translated(() =>
        database.query(
          `insert into ${table} ${
            assigned.length === 0 ? "default values" : `(${names}) values (${places})`
          } ` +
            `returning ${list}`,
          parameters,
        )
      );
      return toRecord(rows[0]!);
    },
  };
}

/** The parameter of a look-up by key, with the type that the key is declared to have. */
function exactPlaceholder(kind: ColumnKind): string {
  return kind === "text" || kind === "uuid" ? `$1::${kind}` : placeholder(kind, 1);
}

/** @throws {DatabaseError} with the `column`, where that cannot be compared with a value of its declared type */
async function comparing<Result>(
  { name, kind }: Column,
  table: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlState !== UNDEFINED_OPERATOR) throw error;
    throw new DatabaseError(
      `columns.${name} is "${kind}", but "${table}" has a column of another type there: say what the column is`,
      "database_error",
      { column: name, sqlState: error.sqlState, cause: error },
    );
  }
}

/** @throws {UserExists} in place of a broken unique constraint */
async function translated<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DatabaseError && error.code === "unique_violation") {
      throw new UserExists(undefined, { cause: error });
    }
    throw error;
  }
}
