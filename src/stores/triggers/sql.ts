/**
 * The SQL that puts the triggers into a database and takes them out again. Text only: which tables there are is found
 * out by `tables.ts`, and `triggers.ts` runs it.
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
  /** The table of users; its name decides the channel. */
  readonly users: TableName & {
    /** The column with the primary key. */
    readonly primaryKey: string;
    /** The columns whose change ends or alters a login; each must exist. */
    readonly columns: readonly string[];
  };
  /** Django's table of sessions, or `null` where the site has none. */
  readonly sessions: TableName | null;
  /** simplejwt's `token_blacklist_blacklistedtoken` and `token_blacklist_outstandingtoken`, or `null`. */
  readonly tokens: { readonly blacklisted: TableName; readonly outstanding: TableName } | null;
}

/** One function and the triggers that call it, all on one table. */
export interface TriggerGroup {
  readonly table: TableName;
  /** The function's schema and name. */
  readonly function: TableName;
  /** The names of the triggers. */
  readonly triggers: readonly string[];
  /** The function's comment: what is installed has this one exactly, or is outdated. */
  readonly version: string;
  /** The statements that make them, and those that take them away. */
  readonly create: readonly string[];
  readonly drop: readonly string[];
}

/** Raised with every change of what the triggers do, for people who look at the comment. */
const VERSION = 1;

const EACH_DELETED = "referencing old table as old_rows for each statement";
const EACH_ADDED = "referencing new table as new_rows for each statement";

/** What tells one site in a database from another: its table of users. */
function siteOf({ schema, table }: TableName): string {
  return hashText("sha256", JSON.stringify([schema, table]), "hex").slice(0, 12);
}

/** The channel that the triggers of a site send to, and its nodes listen to. */
export function feedChannel(users: TableName): string {
  return `djauth_${siteOf(users)}`;
}

/** Everything that belongs to these tables. */
export function triggerGroups(tables: TriggerTables): TriggerGroup[] {
  const { users, sessions, tokens } = tables;
  const channel = feedChannel(users);
  const key = quoteName("primaryKey", users.primaryKey);
  const column = (row: string, name: string): string => `${row}.${quoteName("columns", name)}`;
  const isChanged = users.columns
    // As text, whose comparison is Postgres' own: any other one might be found in a schema that somebody else may write to.
    .map((name) => `${column("old", name)}::text is distinct from ${column("new", name)}::text`)
    .join(" or ");
  const list = users.columns.map((name) => quoteName("columns", name)).join(", ");
  const changes = isChanged === "" ? [] : [
    group(users, users, channel, "user_changes", {
      body: userChangesBody(channel, `djauth.users_${siteOf(users)}`, key),
      triggers: {
        // The list keeps both out of the way of a login, which writes `last_login`; the condition keeps the first out
        // of the way of saves that write what was there. What a trigger of the site's own changes in these columns
        // beside other ones is not heard, and found when sockets are looked at.
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
        // A role that blacklists tokens need not be allowed to read the other table.
        isDefiner: true,
        triggers: {
          tokens_blacklisted: `after insert on ${place(tokens.blacklisted)} ${EACH_ADDED}`,
        },
      }),
    ]),
  ];
}

/** The statements that install everything, in the order in which they are run, in one transaction. */
export function installStatements(tables: TriggerTables): string[] {
  return [
    lockStatement(tables.users),
    ...triggerGroups(tables).flatMap(({ drop, create }) => [...drop, ...create]),
  ];
}

/** The statements that take everything away again. */
export function uninstallStatements(tables: TriggerTables): string[] {
  return [lockStatement(tables.users), ...triggerGroups(tables).flatMap(({ drop }) => drop)];
}

/** Two who install at once would meet in the middle; the second one waits for the end of the first. */
export function lockStatement(users: TableName): string {
  return `select pg_advisory_xact_lock(${BigInt(`0x${siteOf(users)}`)})`;
}

function place({ schema, table }: TableName): string {
  return quoteTable(table, schema);
}

interface GroupParts {
  readonly body: string;
  /** What each waits for, by the end of its name. */
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
    // With a search path of its own, no object that a role makes elsewhere can take the place of one that is meant.
    `create function ${call} returns trigger language plpgsql security ${
      isDefiner ? "definer" : "invoker"
    }\n` +
    `set search_path = pg_catalog, pg_temp as ${dollarQuoted(body)}`,
    // Calling a trigger needs no right to the function; no other role shall hang it on a table of its own.
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
    // Never "create or replace": that would leave a function to the role that had made one of this name before.
    drop: [
      ...names.map((trigger) => `drop trigger if exists ${trigger} on ${place(table)}`),
      `drop function if exists ${call}`,
    ],
  };
}

/** The name of a column may hold whatever ends a text, the usual ends of bodies too. */
function dollarQuoted(body: string): string {
  let tag = "$djauth$";
  while (body.includes(tag)) tag = tag.replace("djauth", "djauth_");
  return `${tag}\n${body}\n${tag}`;
}
