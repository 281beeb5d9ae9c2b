/**
 * The SQL that installs the triggers and removes them again. This file only builds it: `tables.ts` finds the tables,
 * and `triggers.ts` runs the statements.
 */

import { hashText } from "../../crypto/hmac.ts";
import { quoteName, quoteTable } from "../sql.ts";
import { sessionsBody, tokensBody, userChangesBody, usersBody } from "./functions.ts";

/** A table by its full name. */
export interface TableName {
  /** The schema that it is in. */
  readonly schema: string;
  /** Its name. */
  readonly table: string;
}

/** The tables that get triggers. */
export interface TriggerTables {
  /** The user table; its name determines the channel. */
  readonly users: TableName & {
    /** The primary key column. */
    readonly primaryKey: string;
    /** The columns whose change ends or alters a login; each must exist. */
    readonly columns: readonly string[];
  };
  /** Django's session table, or `null` if the site has none. */
  readonly sessions: TableName | null;
  /** simplejwt's `token_blacklist_blacklistedtoken` and `token_blacklist_outstandingtoken`, or `null`. */
  readonly tokens: { readonly blacklisted: TableName; readonly outstanding: TableName } | null;
}

/** One function and the triggers that call it, all on the same table. */
export interface TriggerGroup {
  readonly table: TableName;
  /** The function's schema and name. */
  readonly function: TableName;
  /** The names of the triggers. */
  readonly triggers: readonly string[];
  /** The function's comment: an installed function with any other comment is outdated. */
  readonly version: string;
  /** The statements that create the function and its triggers, and those that drop them. */
  readonly create: readonly string[];
  readonly drop: readonly string[];
}

/** Incremented with every change of what the triggers do, for people who read the comment. */
const VERSION = 1;

const EACH_DELETED = "referencing old table as old_rows for each statement";
const EACH_ADDED = "referencing new table as new_rows for each statement";

/** Returns an identifier of the site: sites that share a database differ in their user table. */
function siteOf({ schema, table }: TableName): string {
  return hashText("sha256", JSON.stringify([schema, table]), "hex").slice(0, 12);
}

/** Returns the channel on which a site's triggers notify its nodes. */
export function feedChannel(users: TableName): string {
  return `djauth_${siteOf(users)}`;
}

/** Returns all functions and triggers for these tables. */
export function triggerGroups(tables: TriggerTables): TriggerGroup[] {
  const { users, sessions, tokens } = tables;
  const channel = feedChannel(users);
  const key = quoteName("primaryKey", users.primaryKey);
  const column = (row: string, name: string): string => `${row}.${quoteName("columns", name)}`;
  const isChanged = users.columns
    // As text, whose comparison is built in: another operator may come from a schema that other roles can write to.
    .map((name) => `${column("old", name)}::text is distinct from ${column("new", name)}::text`)
    .join(" or ");
  const list = users.columns.map((name) => quoteName("columns", name)).join(", ");
  const changes = isChanged === "" ? [] : [
    group(users, users, channel, "user_changes", {
      body: userChangesBody(channel, `djauth.users_${siteOf(users)}`, key),
      triggers: {
        // The column list keeps logins, which write `last_login`, from firing either trigger; the condition keeps saves
        // without a change from firing the first. Changes that the site's own triggers make to these columns, in an
        // update of others, go unnoticed until the next revalidation of sockets.
        user_changed: `after update of ${list} on ${place(users)} for each row when (${isChanged})`,
        user_changes_told: `after update of ${list} on ${place(users)} for each statement`,
      },
    }),
  ];
  return [
    ...(sessions === null ? [] : [
      group(sessions, users, channel, "sessions", {
        body: sessionsBody(channel),
        triggers: {
          sessions_deleted: `after delete on ${place(sessions)} ${EACH_DELETED}`,
          sessions_truncated: `after truncate on ${place(sessions)} for each statement`,
        },
      }),
    ]),
    group(users, users, channel, "users", {
      body: usersBody(channel, key),
      triggers: {
        users_deleted: `after delete on ${place(users)} ${EACH_DELETED}`,
        users_truncated: `after truncate on ${place(users)} for each statement`,
      },
    }),
    ...changes,
    ...(tokens === null ? [] : [
      group(tokens.blacklisted, users, channel, "tokens", {
        body: tokensBody(channel, place(tokens.outstanding)),
        // A role that blacklists tokens need not have SELECT on the other table.
        isDefiner: true,
        triggers: {
          tokens_blacklisted: `after insert on ${place(tokens.blacklisted)} ${EACH_ADDED}`,
        },
      }),
    ]),
  ];
}

/** Returns the statements that install everything, to be run in this order in one transaction. */
export function installStatements(tables: TriggerTables): string[] {
  return [
    lockStatement(tables.users),
    ...triggerGroups(tables).flatMap(({ drop, create }) => [...drop, ...create]),
  ];
}

/** Returns the statements that uninstall everything, to be run in this order in one transaction. */
export function uninstallStatements(tables: TriggerTables): string[] {
  return [lockStatement(tables.users), ...triggerGroups(tables).flatMap(({ drop }) => drop)];
}

/** Returns the statement that makes concurrent installations wait for each other. */
export function lockStatement(users: TableName): string {
  return `select pg_advisory_xact_lock(${BigInt(`0x${siteOf(users)}`)})`;
}

function place({ schema, table }: TableName): string {
  return quoteTable(table, schema);
}

interface GroupParts {
  readonly body: string;
  /** The event of each trigger, by the suffix of its name. */
  readonly triggers: Readonly<Record<string, string>>;
  readonly isDefiner?: boolean;
}

function group(
  table: TableName,
  home: TableName,
  channel: string,
  name: string,
  { body, triggers, isDefiner = false }: GroupParts,
): TriggerGroup {
  const functionName = `${channel}_${name}`;
  const call = `${quoteTable(functionName, home.schema)}()`;
  const names = Object.keys(triggers).map((end) => `${channel}_${end}`);
  const create = [
    // With a fixed search path, no object that a role creates elsewhere can shadow the intended one.
    `create function ${call} returns trigger language plpgsql security ${
      isDefiner ? "definer" : "invoker"
    }\n` +
    `set search_path = pg_catalog, pg_temp as ${dollarQuoted(body)}`,
    // Firing a trigger needs no EXECUTE right; without it, no other role can attach the function to its own table.
    `revoke all on function ${call} from public`,
    ...Object.values(triggers).map((event, index) =>
      `create trigger ${names[index]} ${event} execute function ${call}`
    ),
  ];
  const fingerprint = hashText("sha256", create.join(";\n"), "hex").slice(0, 8);
  const version = `djauth triggers, version ${VERSION} (${fingerprint})`;
  return {
    table,
    function: { schema: home.schema, table: functionName },
    triggers: names,
    version,
    create: [...create, `comment on function ${call} is '${version}'`],
    // Never "create or replace": a function that another role created under this name would stay its property.
    drop: [
      ...names.map((trigger) => `drop trigger if exists ${trigger} on ${place(table)}`),
      `drop function if exists ${call}`,
    ],
  };
}

/** Quotes a body with a tag that is not in it: the name of a column may contain any delimiter. */
function dollarQuoted(body: string): string {
  let tag = "$djauth$";
  while (body.includes(tag)) tag = tag.replace("djauth", "djauth_");
  return `${tag}\n${body}\n${tag}`;
}
