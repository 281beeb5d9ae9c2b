/** Parses and checks the arguments of `djauth triggers`. */

import { builtinModule } from "../internal/builtin.ts";
import { ACTIVE_FIELD, SESSION_TABLE, USER_TABLE } from "../internal/django_names.ts";
import { splitTableName } from "../internal/postgres_name.ts";
import { suggestionsFor } from "../internal/suggestions.ts";
import type { TokenBlacklistOptions } from "../jwt/options/options.ts";

/** An error in the arguments of the command. */
export class UsageError extends Error {}

/** The action to be performed. */
export type TriggerAction = "install" | "uninstall" | "status" | "sql" | "migration";

/** A migration, as Django names it. */
export interface MigrationName {
  readonly app: string;
  readonly name: string;
}

/** The arguments of `djauth triggers`. */
export interface TriggerOptions {
  readonly action: TriggerAction;
  readonly databaseUrl: string | null;
  /** Schemas are `null` for the search path's. */
  readonly userSchema: string | null;
  readonly userTable: string;
  readonly primaryKey: string;
  readonly activeField: string | null;
  /** Those that the table has, if the database is not queried; `null` for all. */
  readonly userColumns: readonly string[] | null;
  readonly sessionSchema: string | null;
  /** `null` for a site without sessions in the database. */
  readonly sessionTable: string | null;
  /** The tables of simplejwt's blacklist; `null` for a site without it. */
  readonly tokens: TokenBlacklistOptions | null;
  /** Whether the blacklist is installed, if the database is not queried. */
  readonly hasTokens: boolean;
  /** Whether the output uninstalls the triggers. */
  readonly isReverse: boolean;
  /** The file that the output goes to; `null` for standard output. */
  readonly output: string | null;
  readonly app: string | null;
  readonly dependencies: readonly MigrationName[];
}

const ACTIONS: readonly string[] = ["install", "uninstall", "status", "sql", "migration"];

const OPTIONS = {
  help: { type: "boolean", short: "h" },
  "database-url": { type: "string" },
  schema: { type: "string" },
  "user-schema": { type: "string" },
  "user-table": { type: "string" },
  "primary-key": { type: "string" },
  "active-field": { type: "string" },
  "no-active-field": { type: "boolean" },
  "user-columns": { type: "string" },
  "session-schema": { type: "string" },
  "session-table": { type: "string" },
  "no-sessions": { type: "boolean" },
  tokens: { type: "boolean" },
  "token-schema": { type: "string" },
  "outstanding-table": { type: "string" },
  "blacklisted-table": { type: "string" },
  "no-tokens": { type: "boolean" },
  output: { type: "string" },
  reverse: { type: "boolean" },
  app: { type: "string" },
  dependency: { type: "string", multiple: true },
} as const;

/** Options that only some actions have. */
const ONLY: Readonly<Record<string, readonly TriggerAction[]>> = {
  output: ["sql", "migration"],
  reverse: ["sql", "migration"],
  app: ["migration"],
  dependency: ["migration"],
  "user-columns": ["sql", "migration"],
  tokens: ["sql", "migration"],
};

/** Options that describe the database, which answers for itself if it is given. */
const WITHOUT_DATABASE = ["user-columns", "tokens"] as const;

/** The options that name tables of the blacklist, and so imply that there is one. */
const TOKEN_NAMES = ["token-schema", "outstanding-table", "blacklisted-table"] as const;

/** Options that exclude each other. */
const EXCLUDED: Readonly<Record<string, readonly (keyof typeof OPTIONS)[]>> = {
  "no-active-field": ["active-field"],
  "no-sessions": ["session-schema", "session-table"],
  "no-tokens": ["tokens", ...TOKEN_NAMES],
};

/** The options that name tables, each with that of its schema. */
const SCHEMAS = {
  "user-table": "user-schema",
  "session-table": "session-schema",
  "outstanding-table": "token-schema",
  "blacklisted-table": "token-schema",
} as const;

const APP_LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MIGRATION = /^([A-Za-z_][A-Za-z0-9_]*)\.([A-Za-z0-9_]+)$/;

type Values = { [Name in keyof typeof OPTIONS]?: ValueOf<(typeof OPTIONS)[Name]> | undefined };
type ValueOf<Option> = Option extends { multiple: true } ? string[]
  : Option extends { type: "boolean" } ? boolean
  : string;

interface NodeUtil {
  parseArgs(config: { args: string[]; options: typeof OPTIONS; allowPositionals: true }): {
    values: Values;
    positionals: string[];
  };
}

/**
 * Parses the arguments after `triggers`.
 *
 * @throws {UsageError} for invalid arguments
 */
export function parseTriggerOptions(args: readonly string[]): TriggerOptions | "help" {
  const { values, positionals } = parse(args);
  if (values.help || args.length === 0) return "help";
  const [action, surplus] = positionals;
  if (action === undefined || !ACTIONS.includes(action)) {
    throw new UsageError(`The action is "${action ?? ""}", expected one of ${ACTIONS.join(", ")}`);
  }
  if (surplus !== undefined) {
    throw new UsageError(`"${surplus}" is an extra argument, expected only the action`);
  }
  requireFitting(action as TriggerAction, values);
  return {
    action: action as TriggerAction,
    databaseUrl: values["database-url"] ?? null,
    userSchema: values["user-schema"] ?? values.schema ?? null,
    userTable: values["user-table"] ?? USER_TABLE,
    primaryKey: values["primary-key"] ?? "id",
    activeField: values["no-active-field"] ? null : values["active-field"] ?? ACTIVE_FIELD,
    userColumns: values["user-columns"]?.split(",").map((name) => name.trim()) ?? null,
    sessionSchema: values["session-schema"] ?? values.schema ?? null,
    sessionTable: values["no-sessions"] ? null : values["session-table"] ?? SESSION_TABLE,
    tokens: values["no-tokens"] ? null : tokensOf(values),
    hasTokens: values.tokens ?? TOKEN_NAMES.some((name) => values[name] !== undefined),
    output: values.output ?? null,
    isReverse: values.reverse ?? false,
    app: values.app === undefined ? null : requireAppLabel(values.app),
    dependencies: (values.dependency ?? []).map(parseMigrationName),
  };
}

function parse(args: readonly string[]): ReturnType<NodeUtil["parseArgs"]> {
  requireKnownOptions(args);
  const util = builtinModule("node:util") as NodeUtil;
  try {
    return util.parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // Its errors concern only the arguments.
    throw new UsageError((error as Error).message);
  }
}

/** Rejects an unknown option with a suggestion, which the runtime's own message lacks, and one without its value. */
function requireKnownOptions(args: readonly string[]): void {
  for (let index = 0; index < args.length && args[index] !== "--"; index++) {
    const [option = "", value] = args[index]!.split("=", 2);
    if (!option.startsWith("-") || option === "-h") continue;
    const name = option.slice(2);
    if (!option.startsWith("--") || !Object.hasOwn(OPTIONS, name)) {
      const meant = suggestionsFor(name, Object.keys(OPTIONS)).map((known) => `--${known}`);
      throw new UsageError(
        `${option} is not an option${meant.length === 0 ? "" : `, did you mean ${meant.join(" or ")}?`}`,
      );
    }
    if (OPTIONS[name as keyof typeof OPTIONS].type === "boolean" || value !== undefined) continue;
    index += 1;
    if (index === args.length) throw new UsageError(`${option} has no value, expected one after it`);
  }
}

function requireFitting(action: TriggerAction, values: Values): void {
  for (const [name, actions] of Object.entries(ONLY)) {
    if (values[name as keyof Values] !== undefined && !actions.includes(action)) {
      throw new UsageError(
        `--${name} is given with ${action}, expected it only with ${actions.join(" and ")}`,
      );
    }
  }
  if (values["database-url"] !== undefined) {
    for (const name of WITHOUT_DATABASE) {
      if (values[name] !== undefined) {
        throw new UsageError(`--${name} and --database-url are both given, expected one of them`);
      }
    }
  }
  for (const [name, others] of Object.entries(EXCLUDED)) {
    const other = values[name as keyof Values] && others.find((it) => values[it] !== undefined);
    if (other) throw new UsageError(`--${other} and --${name} are both given, expected one of them`);
  }
  for (const [name, schemaName] of Object.entries(SCHEMAS) as [keyof typeof SCHEMAS, keyof Values][]) {
    const table = values[name];
    const parts = table === undefined ? null : splitTableName(table);
    // With a schema of its own, the dot can only be part of the name.
    if (parts === null || values[schemaName] !== undefined) continue;
    throw new UsageError(
      `--${name} is ${JSON.stringify(table)}, expected a name without its schema; ` +
        `give --${schemaName} ${parts.schema} --${name} ${parts.table}`,
    );
  }
}

/** Returns the given names of the blacklist's tables; their schema defaults to that of the other tables. */
function tokensOf(values: Values): TokenBlacklistOptions {
  const schema = values["token-schema"] ?? values.schema;
  const { "outstanding-table": outstandingTable, "blacklisted-table": blacklistedTable } = values;
  return {
    ...(schema === undefined ? {} : { schema }),
    ...(outstandingTable === undefined ? {} : { outstandingTable }),
    ...(blacklistedTable === undefined ? {} : { blacklistedTable }),
  };
}

function requireAppLabel(label: string): string {
  if (APP_LABEL.test(label)) return label;
  throw new UsageError(`--app is "${label}", expected the label of a Django app, such as "accounts"`);
}

function parseMigrationName(text: string): MigrationName {
  const [, app, name] = MIGRATION.exec(text) ?? [];
  if (app !== undefined && name !== undefined) return { app, name };
  throw new UsageError(`--dependency is "${text}", expected APP.NAME, such as "accounts.0007_profile"`);
}
