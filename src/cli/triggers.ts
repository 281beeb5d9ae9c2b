/** The actions of `djauth triggers`. */

import { SESSION_TABLE } from "../internal/django_names.ts";
import type { TokenBlacklistOptions } from "../jwt/options/options.ts";
import { createPostgresDatabase } from "../databases/postgres/database.ts";
import { DatabaseError } from "../errors.ts";
import { quoteTable } from "../stores/sql.ts";
import {
  installStatements,
  type TableName,
  type TriggerTables,
  uninstallStatements,
} from "../stores/triggers/sql.ts";
import { BLACKLISTED_TABLE, tokenTables } from "../stores/token_tables.ts";
import { decisiveColumns } from "../stores/triggers/tables.ts";
import { createTriggers, scriptOf, type Triggers } from "../stores/triggers/triggers.ts";
import type { CommandHost } from "./host.ts";
import { migrationText } from "./migration.ts";
import { type MigrationName, type TriggerOptions, UsageError } from "./options.ts";

/** Longer than that of a server: a command may wait for DDL. */
const DEADLINE_SECONDS = 30;
/** The schema that Postgres creates in every database. */
const DEFAULT_SCHEMA = "public";

/** Runs an action; returns the exit status. */
export async function runTriggers(options: TriggerOptions, host: CommandHost): Promise<number> {
  switch (options.action) {
    case "sql": {
      const tables = await tablesOf(options);
      const statements = options.isReverse ? uninstallStatements(tables) : installStatements(tables);
      deliver(scriptOf(statements), options, host);
      return 0;
    }
    case "migration": {
      const tables = await tablesOf(options);
      const text = migrationText({
        install: installStatements(tables),
        uninstall: uninstallStatements(tables),
        isReverse: options.isReverse,
        app: options.app,
        dependencies: dependenciesOf(options, tables),
        userTable: tables.users,
      });
      deliver(text, options, host);
      // Shown even if the migration goes to a file: nothing else reveals a wrong table before it is applied.
      host.err(placesOf(tables));
      return 0;
    }
    case "install":
      return await withTriggers(options, host, async (triggers) => {
        requireSessionTable(await triggers.tables(), options);
        await triggers.install();
        return await report(triggers, options, host);
      });
    case "uninstall":
      return await withTriggers(options, host, async (triggers) => {
        await triggers.uninstall();
        requireSessionTable(await triggers.tables(), options);
        host.out("The triggers are uninstalled\n");
        return 0;
      });
    case "status":
      return await withTriggers(options, host, (triggers) => report(triggers, options, host));
  }
}

/** Writes the result of `sql` or `migration`: to a file only now that nothing can fail before it. */
function deliver(text: string, { output }: TriggerOptions, host: CommandHost): void {
  if (output === null) return host.out(text);
  try {
    host.write(output, text);
  } catch (error) {
    throw new UsageError(
      `--output is "${output}", expected a new file that can be written: ${messageOf(error)}`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Tells for which tables a migration is. */
function placesOf({ users, sessions }: TriggerTables): string {
  const shown = ({ schema, table }: TableName): string => `"${schema}.${table}"`;
  return sessions === null
    ? `The user table is ${shown(users)}; --user-schema and --user-table select another one\n`
    : `The user table is ${shown(users)} and the session table ${shown(sessions)}; ` +
      "--user-schema, --user-table, --session-schema and --session-table select others\n";
}

/**
 * Rejects a database without the session table, whose logouts nothing would tell: the library treats the table as
 * optional, but here it is more likely to be in another schema.
 */
function requireSessionTable({ sessions }: TriggerTables, options: TriggerOptions): void {
  if (options.sessionTable === null || sessions !== null) return;
  throw new DatabaseError(
    `The session table ${quoteTable(options.sessionTable, options.sessionSchema)} does not exist; ` +
      "its place is named by --session-schema and --session-table, " +
      "and --no-sessions is for a site that keeps no sessions in the database",
  );
}

async function report(triggers: Triggers, options: TriggerOptions, host: CommandHost): Promise<number> {
  const states = await triggers.status();
  for (const { state, name, table } of states) host.out(`${state.padEnd(9)}  ${name}  on ${table}\n`);
  requireSessionTable(await triggers.tables(), options);
  return states.every(({ state }) => state === "installed") ? 0 : 1;
}

async function withTriggers<Result>(
  options: TriggerOptions,
  host: Pick<CommandHost, "env">,
  work: (triggers: Triggers) => Promise<Result>,
): Promise<Result> {
  const url = options.databaseUrl ?? host.env("DATABASE_URL");
  if (url === undefined || url === "") {
    throw new UsageError("--database-url is missing and DATABASE_URL is not set, expected one of them");
  }
  const database = createPostgresDatabase(url, { deadline: DEADLINE_SECONDS });
  try {
    return await work(createTriggers({
      database,
      users: {
        table: options.userTable,
        schema: options.userSchema,
        primaryKey: options.primaryKey,
        activeField: options.activeField,
      },
      sessions: options.sessionTable === null
        ? null
        : { table: options.sessionTable, schema: options.sessionSchema },
      tokens: options.tokens,
    }));
  } finally {
    await database.close();
  }
}

/** Returns the tables of the database, if one is given, otherwise those of the arguments. */
async function tablesOf(options: TriggerOptions): Promise<TriggerTables> {
  if (options.databaseUrl !== null) {
    return await withTriggers(options, { env: () => undefined }, async (triggers) => {
      const tables = await triggers.tables();
      requireSessionTable(tables, options);
      return tables;
    });
  }
  const { userColumns } = options;
  const columns = decisiveColumns(options.activeField);
  const unknown = userColumns?.find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--user-columns has "${unknown}", expected some of ${columns.join(", ")}`);
  }
  return {
    users: {
      schema: options.userSchema ?? DEFAULT_SCHEMA,
      table: options.userTable,
      primaryKey: options.primaryKey,
      columns: columns.filter((name) => userColumns?.includes(name) ?? true),
    },
    sessions: options.sessionTable === null
      ? null
      : { schema: options.sessionSchema ?? DEFAULT_SCHEMA, table: options.sessionTable },
    tokens: options.hasTokens && options.tokens !== null ? tokensOf(options.tokens) : null,
  };
}

function tokensOf(options: TokenBlacklistOptions): TriggerTables["tokens"] {
  const { schema, blacklisted, outstanding } = tokenTables(options);
  const place = (table: string) => ({ schema: schema ?? DEFAULT_SCHEMA, table });
  return { blacklisted: place(blacklisted), outstanding: place(outstanding) };
}

/** Returns the migrations that create the tables; that of the user model is determined by Django's settings. */
function dependenciesOf(options: TriggerOptions, tables: TriggerTables): MigrationName[] {
  return [
    ...(tables.sessions?.table === SESSION_TABLE ? [{ app: "sessions", name: "0001_initial" }] : []),
    ...(tables.tokens?.blacklisted.table === BLACKLISTED_TABLE
      ? [{ app: "token_blacklist", name: "0001_initial" }]
      : []),
    ...options.dependencies,
  ];
}
