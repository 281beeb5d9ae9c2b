/** Which tables there really are: the names that the triggers are written for, as the database knows them. */

import type { Queryable } from "../../database.ts";
import { DatabaseError } from "../../errors.ts";
import { arrayLiteral, quoteTable } from "../sql.ts";
import type { TokenTables } from "../token_tables.ts";
import type { TableName, TriggerTables } from "./sql.ts";

/** The tables as they were named by the site. */
export interface NamedTables {
  readonly users: {
    readonly table: string;
    readonly schema: string | null;
    readonly primaryKey: string;
    readonly activeField: string | null;
  };
  readonly sessions: { readonly table: string; readonly schema: string | null } | null;
  /** The tables of simplejwt's blacklist; `null` for a site without it. */
  readonly tokens: TokenTables | null;
}

/** The columns of the table of users that decide what a login is worth, where the table has them. */
export function decisiveColumns(activeField: string | null): string[] {
  return [
    ...new Set(["password", ...(activeField === null ? [] : [activeField]), "is_staff", "is_superuser"]),
  ];
}

const FIND_TABLES = `select named.name as given, space.nspname as found_schema, class.relname as found_name
  from unnest($1::text[]) as named (name)
  join pg_catalog.pg_class as class on class.oid = pg_catalog.to_regclass(named.name)::oid
  join pg_catalog.pg_namespace as space on space.oid = class.relnamespace
  where class.relkind in ('r', 'p')`;

const FIND_COLUMNS = `select attribute.attname as found_name from pg_catalog.pg_attribute as attribute
  where attribute.attrelid = pg_catalog.to_regclass($1)::oid and attribute.attname = any($2::text[])
    and attribute.attnum > 0 and not attribute.attisdropped`;

/**
 * Finds the tables. That of sessions and those of tokens may be missing: a site may do without.
 *
 * @throws {DatabaseError} `database_error` when there is no table of users, or it has no such primary key
 */
export async function findTables(
  read: Queryable["query"],
  { users, sessions, tokens }: NamedTables,
): Promise<TriggerTables> {
  const names = {
    users: quoteTable(users.table, users.schema),
    sessions: sessions === null ? null : quoteTable(sessions.table, sessions.schema),
    blacklisted: tokens === null ? null : quoteTable(tokens.blacklisted, tokens.schema),
    outstanding: tokens === null ? null : quoteTable(tokens.outstanding, tokens.schema),
  };
  const wanted = Object.values(names).filter((name) => name !== null);
  const found = new Map<string, TableName>();
  for (const [name, schema, table] of await read(FIND_TABLES, [arrayLiteral(wanted)])) {
    found.set(String(name), { schema: String(schema), table: String(table) });
  }
  const home = found.get(names.users);
  if (home === undefined) {
    throw new DatabaseError(
      `There is no table ${names.users}; has Django migrated this database? ` +
        "The table of a user model of your own is named by --user-table, or userTable({ table })",
    );
  }

  const candidates = decisiveColumns(users.activeField);
  const rows = await read(FIND_COLUMNS, [names.users, arrayLiteral([users.primaryKey, ...candidates])]);
  const columns = new Set(rows.map(([name]) => String(name)));
  if (!columns.has(users.primaryKey)) {
    throw new DatabaseError(`The table ${names.users} has no column "${users.primaryKey}" (primaryKey)`);
  }
  const of = (name: string | null): TableName | null => name === null ? null : found.get(name) ?? null;
  const [blacklisted, outstanding] = [of(names.blacklisted), of(names.outstanding)];
  return {
    users: {
      ...home,
      primaryKey: users.primaryKey,
      columns: candidates.filter((name) => columns.has(name)),
    },
    sessions: of(names.sessions),
    tokens: blacklisted === null || outstanding === null ? null : { blacklisted, outstanding },
  };
}
