/**
 * The triggers that tell the feed of what ends a login: installed, looked at, and taken away again. What they are is
 * in `sql.ts`; that the feed's messages are hints, in `internal/feed_message.ts`.
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

/** What {@link createTriggers} is told. */
export interface TriggersOptions {
  /** Where the tables are. */
  readonly database: Database;
  /** The table of users, as `userTable()` describes it; Django's `auth_user` if not given. */
  readonly users?: {
    readonly table: string;
    readonly schema: string | null;
    readonly primaryKey: string;
    readonly activeField: string | null;
  } | undefined;
  /** Django's table of sessions, `django_session` if not given; `null` for a site that keeps them elsewhere. */
  readonly sessions?:
    | { readonly table?: string | undefined; readonly schema?: string | null | undefined }
    | null
    | undefined;
  /** The tables of simplejwt's blacklist, simplejwt's own if not given; `null` for a site without it. */
  readonly tokens?: TokenBlacklistOptions | null | undefined;
}

/** SQL for people who would rather run it themselves. */
export interface TriggerScripts {
  /** Installs all triggers, anew where they are there already, in a transaction. */
  readonly install: string;
  /** Takes them away, in a transaction. */
  readonly uninstall: string;
}

/** The triggers of one site. */
export interface Triggers {
  /**
   * Installs what is missing or outdated, in one transaction; changes nothing where nothing is.
   *
   * @throws {DatabaseError} `database_permission_denied`, with the rights that the role lacks; `database_error` when
   *   there is no table of users; `database_unavailable` also when a table was in use for two seconds
   */
  install(): Promise<void>;
  /**
   * Takes all of them away, in one transaction.
   *
   * @throws {DatabaseError} as `install()`
   */
  uninstall(): Promise<void>;
  /**
   * How things stand, trigger by trigger.
   *
   * @throws {DatabaseError} as `install()`
   */
  status(): Promise<TriggerStatus[]>;
  /**
   * The channel of this site's feed.
   *
   * @throws {DatabaseError} as `install()`
   */
  channel(): Promise<string>;
  /**
   * The tables that there are, as the triggers are made for them.
   *
   * @throws {DatabaseError} as `install()`
   */
  tables(): Promise<TriggerTables>;
  /**
   * What makes and drops the triggers for these tables.
   *
   * @throws {DatabaseError} as `install()`
   */
  sql(): Promise<TriggerScripts>;
}

/** Seconds; a statement that waits for a lock on a table keeps all later ones waiting behind it. */
const LOCK_TIMEOUT = 2;

/**
 * The triggers of a site. They fire when sessions are deleted, when users are deleted or change in password, activity
 * or rank, and when tokens are blacklisted; not when a session is saved or somebody logs in.
 *
 * As long as they are there, Postgres refuses to change the type of `password`, `is_active`, `is_staff` or
 * `is_superuser`: uninstall them before such a migration, and install them after it.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a name that cannot be
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
      await query(`set local lock_timeout = '${LOCK_TIMEOUT}s'`, []);
      await query(lockStatement(tables.users), []);
      // What another installation has done while this one waited for the lock is left as it is.
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
      // A role that may only read can ask for what is there already.
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

/** Statements as a text that is run as a whole. */
export function scriptOf(statements: readonly string[]): string {
  return ["begin", ...statements, "commit"].map((statement) => `${statement};\n`).join("\n");
}

/** The names, which are checked now and not when they are first used. */
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
