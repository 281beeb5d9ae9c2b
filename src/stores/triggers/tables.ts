/** Resolves the named tables to those that exist: schema and name as the database has them. */

import type { Queryable } from "../../database.ts";
import { DatabaseError } from "../../errors.ts";
import { schemaHint } from "../../internal/postgres_name.ts";
import { arrayLiteral, quoteTable } from "../sql.ts";
import type { TokenTables } from "../token_tables.ts";
import type { TableName, TriggerTables } from "./sql.ts";

/** The tables, as the site names them. */
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

/** Returns the columns of the user table that decide what a login is worth; a table need not have all of them. */
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
 * Finds the tables. Those of sessions and tokens are optional.
 *
 * @throws {DatabaseError} `database_error` if the user table does not exist, or has no such primary key
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
      `The table ${names.users} does not exist; has Django migrated this database? ` +
        "A custom user model's table is named by --user-schema and --user-table, or userTable({ schema, table })" +
        schemaHint(users.table),
    );
  }

  const candidates = decisiveColumns(users.activeField);
  const rows = await read(FIND_COLUMNS, [names.users, arrayLiteral([users.primaryKey, ...candidates])]);
  const columns = new Set(rows.map(([name]) => String(name)));
  if (!columns.has(users.primaryKey)) {
    throw new DatabaseError(
      `primaryKey is "${users.primaryKey}", expected a column of the table ${names.users}`,
    );
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
