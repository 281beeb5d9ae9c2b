/** Arguments of `djauth triggers`, read and checked. */

import { builtinModule } from "../internal/builtin.ts";
import { ACTIVE_FIELD, SESSION_TABLE, USER_TABLE } from "../internal/django_names.ts";
import type { TokenBlacklistOptions } from "../jwt/options/options.ts";

/** The command was called wrongly. */
export class UsageError extends Error {}

/** What is to be done. */
export type TriggerAction = "install" | "uninstall" | "status" | "sql" | "migration";

/** A migration as Django names it. */
export interface MigrationName {
  readonly app: string;
  readonly name: string;
}

/** The arguments of `djauth triggers`. */
export interface TriggerOptions {
  readonly action: TriggerAction;
  readonly databaseUrl: string | null;
  readonly schema: string | null;
  readonly userTable: string;
  readonly primaryKey: string;
  readonly activeField: string | null;
  /** Those that the table has, where the database is not asked; `null` for all. */
  readonly userColumns: readonly string[] | null;
  readonly sessionTable: string | null;
  /** The tables of simplejwt's blacklist; `null` for a site without it. */
  readonly tokens: TokenBlacklistOptions | null;
  /** Whether the blacklist is there, where the database is not asked. */
  readonly hasTokens: boolean;
  readonly isReverse: boolean;
  readonly app: string | null;
  readonly dependencies: readonly MigrationName[];
}

const ACTIONS: readonly string[] = ["install", "uninstall", "status", "sql", "migration"];

const OPTIONS = {
  help: { type: "boolean", short: "h" },
  "database-url": { type: "string" },
  schema: { type: "string" },
  "user-table": { type: "string" },
  "primary-key": { type: "string" },
  "active-field": { type: "string" },
  "no-active-field": { type: "boolean" },
  "user-columns": { type: "string" },
  "session-table": { type: "string" },
  "no-sessions": { type: "boolean" },
  tokens: { type: "boolean" },
  "token-schema": { type: "string" },
  "outstanding-table": { type: "string" },
  "blacklisted-table": { type: "string" },
  "no-tokens": { type: "boolean" },
  reverse: { type: "boolean" },
  app: { type: "string" },
  dependency: { type: "string", multiple: true },
} as const;

/** Options that mean something to some actions only. */
const ONLY: Readonly<Record<string, readonly TriggerAction[]>> = {
  reverse: ["sql"],
  app: ["migration"],
  dependency: ["migration"],
  "user-columns": ["sql", "migration"],
  tokens: ["sql", "migration"],
};

/** With a database, it says itself what there is. */
const WITHOUT_DATABASE = ["user-columns", "tokens"] as const;

/** The options that name tables of the blacklist, and so say that there is one. */
const TOKEN_NAMES = ["token-schema", "outstanding-table", "blacklisted-table"] as const;

/** What does not go together. */
const EXCLUDED: Readonly<Record<string, readonly (keyof typeof OPTIONS)[]>> = {
  "no-active-field": ["active-field"],
  "no-sessions": ["session-table"],
  "no-tokens": ["tokens", ...TOKEN_NAMES],
};

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
 * Reads the arguments after `triggers`.
 *
 * @throws {UsageError} with what is wrong
 */
export function parseTriggerOptions(args: readonly string[]): TriggerOptions | "help" {
  const { values, positionals } = parse(args);
  if (values.help || args.length === 0) return "help";
  const [action, surplus] = positionals;
  if (action === undefined || !ACTIONS.includes(action)) {
    throw new UsageError(`The action is "${action ?? ""}", expected one of ${ACTIONS.join(", ")}`);
  }
  if (surplus !== undefined) throw new UsageError(`"${surplus}" is one argument too many`);
  requireFitting(action as TriggerAction, values);
  return {
    action: action as TriggerAction,
    databaseUrl: values["database-url"] ?? null,
    schema: values.schema ?? null,
    userTable: values["user-table"] ?? USER_TABLE,
    primaryKey: values["primary-key"] ?? "id",
    activeField: values["no-active-field"] ? null : values["active-field"] ?? ACTIVE_FIELD,
    userColumns: values["user-columns"]?.split(",").map((name) => name.trim()) ?? null,
    sessionTable: values["no-sessions"] ? null : values["session-table"] ?? SESSION_TABLE,
    tokens: values["no-tokens"] ? null : tokensOf(values),
    hasTokens: values.tokens ?? TOKEN_NAMES.some((name) => values[name] !== undefined),
    isReverse: values.reverse ?? false,
    app: values.app === undefined ? null : requireAppLabel(values.app),
    dependencies: (values.dependency ?? []).map(parseMigrationName),
  };
}

function parse(args: readonly string[]): ReturnType<NodeUtil["parseArgs"]> {
  const util = builtinModule("node:util") as NodeUtil;
  try {
    return util.parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // Its errors are about the arguments alone.
    throw new UsageError((error as Error).message);
  }
}

function requireFitting(action: TriggerAction, values: Values): void {
  for (const [name, actions] of Object.entries(ONLY)) {
    if (values[name as keyof Values] !== undefined && !actions.includes(action)) {
      throw new UsageError(`--${name} goes with ${actions.join(" and ")} only`);
    }
  }
  if (values["database-url"] !== undefined) {
    for (const name of WITHOUT_DATABASE) {
      if (values[name] !== undefined) throw new UsageError(`--${name} does not go with --database-url`);
    }
  }
  for (const [name, others] of Object.entries(EXCLUDED)) {
    const other = values[name as keyof Values] && others.find((it) => values[it] !== undefined);
    if (other) throw new UsageError(`--${other} does not go with --${name}`);
  }
}

/** Names that were not given are simplejwt's own; the schema is that of the other tables. */
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
