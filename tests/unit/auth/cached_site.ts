/** An in-memory site with an identity cache, installed triggers, and a feed that the test controls. */

import type { DjangoAuthOptions } from "../../../src/auth/options/options.ts";
import { type DjangoAuth, djangoAuth } from "../../../src/django_auth.ts";
import { triggerGroups } from "../../../src/stores/triggers/sql.ts";
import { findTables } from "../../../src/stores/triggers/tables.ts";
import { FakeFeed } from "../sockets/fake_node.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { addUser, cookiesOf, requestTo, SESSIONS, type Site, siteOptions } from "./site.ts";

const SCHEMA = "public";
const SITE = {
  users: { table: "auth_user", schema: null, primaryKey: "id", activeField: "is_active" },
  sessions: { table: "django_session", schema: null },
  tokens: null,
};

/** An in-memory database that has all tables, and the triggers. */
export class TriggeredDatabase extends MemoryDatabase {
  hasTriggers = true;
  /** Awaited before each read of the users and sessions. */
  gate: Promise<unknown> = Promise.resolve();
  /** Receives the notifications that are sent in this database. */
  feed: FakeFeed | null = null;

  override async read(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    const list = (value: unknown): string[] => String(value).slice(1, -1).split(",").map(unquoted);
    if (statement.includes("pg_notify")) {
      this.feed?.say(String(parameters[1]));
      return [[""]];
    }
    if (statement.includes("pg_trigger")) return this.hasTriggers ? await this.#triggers() : [];
    if (statement.includes("pg_attribute")) return list(parameters[1]).map((name) => [name]);
    if (statement.includes("pg_class")) {
      const tables = list(parameters[0]).filter((name) => !name.includes("token_blacklist"));
      return tables.map((name) => [name, SCHEMA, name.replaceAll('"', "")]);
    }
    await this.gate;
    return await super.read(statement, parameters);
  }

  async #triggers(): Promise<unknown[][]> {
    const tables = await findTables((...query) => this.read(...query), SITE);
    return triggerGroups(tables).flatMap(({ triggers, table, version }) =>
      triggers.map((name) => [name, table.schema, table.table, "O", version])
    );
  }
}

/** A site with its open feed, and the cookies of `ada`, who is logged in. */
export interface CachedSite extends Site {
  readonly database: TriggeredDatabase;
  readonly feed: FakeFeed;
  readonly cookie: string;
}

/** Creates the site; its cache is in use unless `hasTriggers` is false. */
export async function cachedSite(
  { hasTriggers = true, ...options }: Partial<DjangoAuthOptions> & { hasTriggers?: boolean } = {},
): Promise<CachedSite> {
  const database = new TriggeredDatabase();
  database.hasTriggers = hasTriggers;
  const events: Site["events"] = [];
  await addUser(database, "ada");
  const auth = djangoAuth({
    ...siteOptions(database, events),
    identityCache: true,
    ...options,
    sockets: { revalidateInterval: 0, feed: (handlers) => database.feed = new FakeFeed(handlers) },
  } as DjangoAuthOptions);
  const cookie = await loggedIn(auth);
  await whoami(auth, cookie);
  const feed = database.feed!;
  feed.restore();
  await new Promise((resolve) => setTimeout(resolve, 10));
  await whoami(auth, cookie);
  return { auth, database, events, feed, cookie };
}

/** Logs `ada` in. @returns the cookies */
export async function loggedIn(auth: DjangoAuth): Promise<string> {
  const context = auth.context(requestTo("/login", { method: "POST" }));
  await auth.login(context, { userId: 1 }, { csrf: false });
  return cookiesOf(await context.finish(new Response()));
}

/** The username that the site finds for these cookies. */
export async function whoami(auth: DjangoAuth, cookie: string): Promise<string | null> {
  return (await auth.context(requestTo("/", { headers: { cookie } })).user())?.username ?? null;
}

/** The number of statements on sessions and users that `work` needs. */
export async function statementsOf(
  { database }: Pick<CachedSite, "database">,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = database.statements.length;
  await work();
  return database.statements.length - before;
}

/** Deletes all sessions without a notification. */
export function endSessionsInSilence({ database }: Pick<CachedSite, "database">): void {
  database.tables.set(SESSIONS, []);
}

function unquoted(text: string): string {
  return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).replaceAll('\\"', '"') : text;
}
