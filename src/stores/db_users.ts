/**
 * Users as rows of a table that `userTable()` describes. Users themselves are in `src/users/`.
 */

import { UserExists } from "../account_errors.ts";
import { DatabaseError } from "../errors.ts";
import { schemaHint } from "../internal/postgres_name.ts";
import { parsePrimaryKey } from "../users/primary_key.ts";
import type { UserStore, UserValues } from "../users/store.ts";
import type { UserTable } from "../users/user_table.ts";
import { namingTables } from "./missing_tables.ts";
import { type Column, type UserTableSql, userTableSql } from "./user_table_sql.ts";
import { createUserLookups, type UserLookupsOptions } from "./user_lookups.ts";
import { encodeValue, placeholder } from "./values.ts";

/** The dependencies of {@link createDatabaseUsers}. */
export interface DatabaseUsersOptions<Row extends object> extends Omit<UserLookupsOptions<Row>, "table"> {
  /** The description of the table. */
  readonly table: UserTable<Row>;
}

/**
 * Creates the store of users. Look-ups need only SELECT on the described columns and `password`; look-ups by key that
 * arrive together are one query.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for invalid names
 */
export function createDatabaseUsers<Row extends object>(options: DatabaseUsersOptions<Row>): UserStore<Row> {
  const { table: description, deadline, timers, onAmbiguous } = options;
  const database = namingTables(options.database, {
    tables: `userTable({ schema, table }), the db_table of AUTH_USER_MODEL${schemaHint(description.table)}`,
    columns: `"${description.table}" to have the columns of userTable({ columns }) and "password"`,
  });
  const table = userTableSql(description);
  const { quoted, key, password, list, toRecord } = table;

  return {
    ...createUserLookups({ database, table, deadline, timers, onAmbiguous }),

    async update(id, values, onlyIf) {
      const parsed = parsePrimaryKey(description.primaryKeyType, id);
      if (parsed === null) return false;
      const { columns, parameters } = assignments(values, table);
      // With nothing to write, the row must still exist.
      const set = columns.length === 0
        ? `${key.quoted} = ${key.quoted}`
        : columns.map(({ quoted, kind }, index) => `${quoted} = ${placeholder(kind, index + 2)}`).join(", ");
      const condition = onlyIf === undefined ? "" : ` and ${password.quoted} = $${parameters.length + 2}`;
      const statement = `update ${quoted} set ${set} where ${key.quoted} = ${placeholder(key.kind, 1)}` +
        `${condition} returning 1`;
      const all = [String(parsed), ...parameters, ...(onlyIf === undefined ? [] : [onlyIf.password])];
      return (await translated(description, () => database.query(statement, all))).length > 0;
    },

    async insert(values) {
      const { columns, parameters } = assignments(values, table);
      const names = columns.map((column) => column.quoted).join(", ");
      const places = columns.map(({ kind }, index) => placeholder(kind, index + 1)).join(", ");
      const row = columns.length === 0 ? "default values" : `(${names}) values (${places})`;
      const statement = `insert into ${quoted} ${row} returning ${list}`;
      const rows = await translated(description, () => database.query(statement, parameters));
      return toRecord(rows[0]!);
    },
  };
}

/** Returns the columns that have values, and these as parameters. */
function assignments<Row extends object>(
  values: UserValues<Row>,
  { byName }: UserTableSql<Row>,
): { columns: Column[]; parameters: unknown[] } {
  const columns: Column[] = [];
  const parameters: unknown[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const column = byName.get(name);
    if (column === undefined) throw new TypeError(`"${name}" is not a column of the table of users`);
    columns.push(column);
    parameters.push(encodeValue(column.kind, column.isNullable, name, value));
  }
  return { columns, parameters };
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
