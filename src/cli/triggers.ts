/** The actions of `djauth triggers`. */

import { SESSION_TABLE } from "../internal/django_names.ts";
import type { TokenBlacklistOptions } from "../jwt/options/options.ts";
import { createPostgresDatabase } from "../databases/postgres/database.ts";
import { installStatements, type TriggerTables, uninstallStatements } from "../stores/triggers/sql.ts";
import { BLACKLISTED_TABLE, tokenTables } from "../stores/token_tables.ts";
import { decisiveColumns } from "../stores/triggers/tables.ts";
import { createTriggers, scriptOf, type Triggers } from "../stores/triggers/triggers.ts";
import type { CommandHost } from "./host.ts";
import { migrationText } from "./migration.ts";
import { type MigrationName, type TriggerOptions, UsageError } from "./options.ts";

/** Seconds; a command may wait for DDL. */
const DEADLINE = 30;
/** The schema of a database that has no other. */
const USUAL_SCHEMA = "public";

/** Runs an action, and answers the exit status. */
export async function runTriggers(options: TriggerOptions, host: CommandHost): Promise<number> {
  switch (options.action) {
    case "sql": {
      const tables = await tablesOf(options);
      host.out(scriptOf(options.isReverse ? uninstallStatements(tables) : installStatements(tables)));
      return 0;
    }
    case "migration": {
      const tables = await tablesOf(options);
      host.out(migrationText({
        install: installStatements(tables),
        uninstall: uninstallStatements(tables),
        app: options.app,
        dependencies: dependenciesOf(options, tables),
        userTable: tables.users,
      }));
      // On the screen, where the text goes into a file: nothing else would tell of the wrong table before it is applied.
      host.err(
        `Users are in "${tables.users.schema}.${tables.users.table}"; --user-table names another table\n`,
      );
      return 0;
    }
    case "install":
      return await withTriggers(options, host, async (triggers) => {
        await triggers.install();
        return await report(triggers, host);
      });
    case "uninstall":
      return await withTriggers(options, host, async (triggers) => {
        await triggers.uninstall();
        host.out("The triggers are gone\n");
        return 0;
      });
    case "status":
      return await withTriggers(options, host, (triggers) => report(triggers, host));
  }
}

async function report(triggers: Triggers, host: CommandHost): Promise<number> {
  const states = await triggers.status();
  for (const { state, name, table } of states) host.out(`${state.padEnd(9)}  ${name}  on ${table}\n`);
  return states.every(({ state }) => state === "installed") ? 0 : 1;
}

async function withTriggers<Result>(
  options: TriggerOptions,
  host: Pick<CommandHost, "env">,
  work: (triggers: Triggers) => Promise<Result>,
): Promise<Result> {
  const url = options.databaseUrl ?? host.env("DATABASE_URL");
  if (url === undefined || url === "") {
    throw new UsageError("--database-url is missing, and so is DATABASE_URL");
  }
  const database = createPostgresDatabase(url, { deadline: DEADLINE });
  try {
    return await work(createTriggers({
      database,
      users: {
        table: options.userTable,
        schema: options.schema,
        primaryKey: options.primaryKey,
        activeField: options.activeField,
      },
      sessions: options.sessionTable === null
        ? null
        : { table: options.sessionTable, schema: options.schema },
      tokens: options.tokens,
    }));
  } finally {
    await database.close();
  }
}

/** The tables as the database has them, where one was named, or else as the arguments say. */
async function tablesOf(options: TriggerOptions): Promise<TriggerTables> {
  if (options.databaseUrl !== null) {
    return await withTriggers(options, { env: () => undefined }, (triggers) => triggers.tables());
  }
  const schema = options.schema ?? USUAL_SCHEMA;
  const { userColumns } = options;
  const columns = decisiveColumns(options.activeField);
  const unknown = userColumns?.find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--user-columns has "${unknown}", expected some of ${columns.join(", ")}`);
  }
  return {
    users: {
      schema,
      table: options.userTable,
      primaryKey: options.primaryKey,
      columns: columns.filter((name) => userColumns?.includes(name) ?? true),
    },
    sessions: options.sessionTable === null ? null : { schema, table: options.sessionTable },
    tokens: options.hasTokens && options.tokens !== null ? tokensOf(options.tokens) : null,
  };
}

function tokensOf(options: TokenBlacklistOptions): TriggerTables["tokens"] {
  const { schema, blacklisted, outstanding } = tokenTables(options);
  const place = (table: string) => ({ schema: schema ?? USUAL_SCHEMA, table });
  return { blacklisted: place(blacklisted), outstanding: place(outstanding) };
}

/** The migrations that make the tables; that of the user model is found by Django's settings. */
function dependenciesOf(options: TriggerOptions, tables: TriggerTables): MigrationName[] {
  return [
    ...(tables.sessions?.table === SESSION_TABLE ? [{ app: "sessions", name: "0001_initial" }] : []),
    ...(tables.tokens?.blacklisted.table === BLACKLISTED_TABLE
      ? [{ app: "token_blacklist", name: "0001_initial" }]
      : []),
    ...options.dependencies,
  ];
}
