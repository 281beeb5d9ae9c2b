/**
 * Installs, inspects and uninstalls the triggers that notify the feed of whatever ends a login. Their SQL is in
 * `sql.ts`; their messages, which are only hints, are described in `internal/feed_message.ts`.
 */

import type { Database, Queryable } from "../../database.ts";
import { ACTIVE_FIELD, SESSION_TABLE, USER_TABLE } from "../../internal/django_names.ts";
import type { TokenBlacklistOptions } from "../../jwt/options/options.ts";
import { quoteName, quoteTable } from "../sql.ts";
import { tokenTables } from "../token_tables.ts";
import { requireRights } from "./rights.ts";
import {
  feedChannel,
  installStatements,
  lockStatement,
  triggerGroups,
  type TriggerTables,
  uninstallStatements,
} from "./sql.ts";
import { lookUpTriggers, type TriggerStatus } from "./status.ts";
import { findTables, type NamedTables } from "./tables.ts";

/** Options of {@link createTriggers}. */
export interface TriggersOptions {
  /** Where the tables are. */
  readonly database: Database;
  /** The user table, as `userTable()` describes it; Django's `auth_user` if not given. */
  readonly users?: {
    readonly table: string;
    readonly schema: string | null;
    readonly primaryKey: string;
    readonly activeField: string | null;
  } | undefined;
  /** Django's session table, `django_session` if not given; `null` for a site that keeps sessions elsewhere. */
  readonly sessions?:
    | { readonly table?: string | undefined; readonly schema?: string | null | undefined }
    | null
    | undefined;
  /** The tables of simplejwt's blacklist, simplejwt's own if not given; `null` for a site without it. */
  readonly tokens?: TokenBlacklistOptions | null | undefined;
}

/** SQL for people who would rather run it themselves. */
export interface TriggerScripts {
  /** Installs all triggers in a transaction; those that exist are replaced. */
  readonly install: string;
  /** Uninstalls them in a transaction. */
  readonly uninstall: string;
}

/** The triggers of one site. */
export interface Triggers {
  /**
   * Installs whatever is missing or outdated, in one transaction; otherwise changes nothing.
   *
   * @throws {DatabaseError} `database_permission_denied`, with the rights that the role lacks; `database_error` if the
   *   user table does not exist; `database_unavailable` also if a table was locked for two seconds
   */
  install(): Promise<void>;
  /**
   * Uninstalls all of them, in one transaction.
   *
   * @throws {DatabaseError} as `install()`
   */
  uninstall(): Promise<void>;
  /**
   * Returns the state of each trigger.
   *
   * @throws {DatabaseError} as `install()`
   */
  status(): Promise<TriggerStatus[]>;
  /**
   * Returns the channel of this site's feed.
   *
   * @throws {DatabaseError} as `install()`
   */
  channel(): Promise<string>;
  /**
   * Returns the existing tables for which the triggers are created.
   *
   * @throws {DatabaseError} as `install()`
   */
  tables(): Promise<TriggerTables>;
  /**
   * Returns the SQL that creates and drops the triggers for these tables.
   *
   * @throws {DatabaseError} as `install()`
   */
  sql(): Promise<TriggerScripts>;
}

/** A statement that waits for a lock on a table keeps all later ones waiting behind it. */
const LOCK_TIMEOUT_SECONDS = 2;

/**
 * Creates the access to a site's triggers. They fire when sessions are deleted, when users are deleted or their
 * password, active flag or staff and superuser status changes, and when tokens are blacklisted; not when a session is
 * saved or a user logs in.
 *
 * As long as they are installed, Postgres refuses to change the type of `password`, `is_active`, `is_staff` or
 * `is_superuser`: uninstall them before such a migration, and install them after it. If a migration owns them, the
 * command writes one that uninstalls them: `djauth triggers migration --reverse`.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for an invalid name
 *
 * @example Install them once, as the role that owns the tables
 * ```ts
 * import { createPostgresDatabase, createTriggers } from "@djauth/djauth";
 *
 * const database = createPostgresDatabase("postgres://owner@localhost/site");
 * const triggers = createTriggers({ database });
 * await triggers.install();
 * for (const { name, state } of await triggers.status()) console.log(name, state);
 * await database.close();
 * ```
 */
export function createTriggers(options: TriggersOptions): Triggers {
  const { database } = options;
  const named = namesOf(options);
  const read: Queryable["query"] = (statement, parameters) => database.read(statement, parameters);
  const find = (): Promise<TriggerTables> => findTables(read, named);
  const look = async (query: Queryable["query"], tables: TriggerTables): Promise<TriggerStatus[]> =>
    (await lookUpTriggers(query, triggerGroups(tables))).flat();

  async function change(purpose: "install" | "uninstall", tables: TriggerTables): Promise<void> {
    await database.transaction(async (transaction) => {
      const query: Queryable["query"] = (statement, parameters) => transaction.query(statement, parameters);
      await query(`set local lock_timeout = '${LOCK_TIMEOUT_SECONDS}s'`, []);
      await query(lockStatement(tables.users), []);
      // Another installation may have done the work while this one waited for the lock.
      let groups = triggerGroups(tables);
      if (purpose === "install") {
        const states = await lookUpTriggers(query, groups);
        groups = groups.filter((_, index) => states[index]!.some(({ state }) => state !== "installed"));
      }
      await requireRights(query, { purpose, tables, groups });
      for (const { drop, create } of groups) {
        for (const statement of purpose === "install" ? [...drop, ...create] : drop) {
          await query(statement, []);
        }
      }
    });
  }

  return {
    async install() {
      const tables = await find();
      const states = await look(read, tables);
      // With everything in place, a role that may only read can call this, too.
      if (states.some(({ state }) => state !== "installed")) await change("install", tables);
    },
    uninstall: async () => await change("uninstall", await find()),
    status: async () => await look(read, await find()),
    channel: async () => feedChannel((await find()).users),
    tables: find,
    async sql() {
      const tables = await find();
      return {
        install: scriptOf(installStatements(tables)),
        uninstall: scriptOf(uninstallStatements(tables)),
      };
    },
  };
}

/** Joins statements to a script that runs them in a transaction. */
export function scriptOf(statements: readonly string[]): string {
  return ["begin", ...statements, "commit"].map((statement) => `${statement};\n`).join("\n");
}

/** Returns the names with defaults applied. Invalid ones are refused now rather than at their first use. */
function namesOf({ users, sessions, tokens }: TriggersOptions): NamedTables {
  const named: NamedTables = {
    users: users ?? { table: USER_TABLE, schema: null, primaryKey: "id", activeField: ACTIVE_FIELD },
    sessions: sessions === null
      ? null
      : { table: sessions?.table ?? SESSION_TABLE, schema: sessions?.schema ?? null },
    tokens: tokens === null ? null : tokenTables(tokens),
  };
  const tables = [named.users, ...(named.sessions === null ? [] : [named.sessions])];
  for (const { table, schema } of tables) quoteTable(table, schema);
  quoteName("primaryKey", named.users.primaryKey);
  if (named.users.activeField !== null) quoteName("activeField", named.users.activeField);
  if (named.tokens !== null) {
    quoteTable(named.tokens.outstanding, named.tokens.schema);
    quoteTable(named.tokens.blacklisted, named.tokens.schema);
  }
  return named;
}
