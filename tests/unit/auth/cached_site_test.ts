/** A site with an identity cache, on a database in memory that says it has the triggers: what is asked of it, and what not. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuthOptions } from "../../../src/auth/options/options.ts";
import type { RequestContext } from "../../../src/auth/request/context.ts";
import { djangoAuth } from "../../../src/django_auth.ts";
import { triggerGroups } from "../../../src/stores/triggers/sql.ts";
import { settle } from "../databases/fake_time.ts";
import { FakeFeed, sessionsMessage } from "../sockets/fake_node.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { addUser, cookiesOf, PASSWORD, requestTo, type Site, siteOptions } from "./site.ts";

const COLUMNS = ["password", "is_active", "is_staff", "is_superuser"];
const [USER_TABLE, SESSION_TABLE] = ["auth_user", "django_session"].map((table) => ({
  schema: "public",
  table,
}));
const GROUPS = triggerGroups({
  users: { ...USER_TABLE!, primaryKey: "id", columns: COLUMNS },
  sessions: SESSION_TABLE!,
  tokens: null,
});

/** Says what its catalog says, beside the rows. */
class CatalogDatabase extends MemoryDatabase {
  hasTriggers = true;

  override async query(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    if (!statement.includes("pg_catalog")) return await super.query(statement, parameters);
    if (statement.includes("pg_attribute")) return ["id", ...COLUMNS].map((name) => [name]);
    if (!statement.includes("pg_trigger")) {
      return [USER_TABLE!, SESSION_TABLE!].map(({ schema, table }) => [`"${table}"`, schema, table]);
    }
    return !this.hasTriggers
      ? []
      : GROUPS.flatMap(({ triggers, table, version }) =>
        triggers.map((name) => [name, table.schema, table.table, "O", version])
      );
  }
}

interface CachedSite extends Site {
  readonly feed: FakeFeed;
  readonly database: CatalogDatabase;
  /** The cookie of `ada`, who has logged in. */
  readonly cookie: string;
  context(cookie?: string): RequestContext;
  /** Who the site says this is. */
  whoami(cookie?: string): Promise<string | null>;
  /** How many statements `work` needs. */
  count(work: () => Promise<unknown>): Promise<number>;
}

/** A site whose feed is live, and which has seen `ada` already. */
async function cachedSite(
  { hasTriggers = true, ...options }: Partial<DjangoAuthOptions> & { hasTriggers?: boolean } = {},
): Promise<CachedSite> {
  const database = new CatalogDatabase();
  database.hasTriggers = hasTriggers;
  const events: Site["events"] = [];
  let feed: FakeFeed | undefined;
  await addUser(database, "ada");
  const auth = djangoAuth({
    ...siteOptions(database, events),
    identityCache: true,
    sockets: {
      feed(handlers) {
        feed = new FakeFeed(handlers);
        feed.isLive = true;
        return feed;
      },
    },
    ...options,
  });
  const login = auth.context(requestTo("/", { method: "POST" }));
  await auth.login(login, { userId: 1 }, { csrf: false });
  const cookie = cookiesOf(await login.finish(new Response()));
  const context = (other = cookie): RequestContext =>
    auth.context(requestTo("/", { headers: { cookie: other } }));
  const whoami = async (other?: string): Promise<string | null> => {
    const visit = context(other);
    const user = await visit.user();
    await visit.finish(new Response());
    return user?.username ?? null;
  };
  assert.equal(await whoami(), "ada");
  await settle();
  assert.equal(await whoami(), "ada");
  const count = async (work: () => Promise<unknown>): Promise<number> => {
    const before = database.statements.length;
    await work();
    return database.statements.length - before;
  };
  return { auth, database, events, feed: feed!, cookie, context, whoami, count };
}

describe("a site with an identity cache", () => {
  test("asks nothing about who was there a moment ago, neither for the user nor for the id", async () => {
    const { whoami, count, context, auth } = await cachedSite();
    assert.equal(await count(async () => assert.equal(await whoami(), "ada")), 0);
    assert.equal(await count(async () => assert.equal(await context().userId(), 1)), 0);
    await auth.close();
  });

  test("gives each request a user of its own, who can be changed", async () => {
    const { context, auth } = await cachedSite();
    const [one, other] = [await context().user(), await context().user()];
    one!.email = "changed@example.com";
    assert.equal(other!.email, "");
    assert.equal((await context().user())!.email, "");
    await one!.save();
    assert.equal((await context().user())!.email, "changed@example.com");
    await auth.close();
  });

  test("reads the session for its data, and then says by the row who it is", async () => {
    const { context, count, database, auth } = await cachedSite();
    const known = context();
    assert.equal((await known.user())?.username, "ada");
    assert.equal(await count(() => known.session()), 2, "the session and its user");
    // Deleted in silence, as by a replication.
    database.tables.delete('"django_session"');
    const stale = context();
    assert.equal((await stale.user())?.username, "ada");
    assert.equal((await stale.session()).isEmpty(), true);
    assert.equal(await stale.user(), null);
    assert.equal(await stale.refusal(), "session_ended");
    await auth.close();
  });

  test("has read a session first, and believes that row rather than what it knew", async () => {
    const { context, database, auth } = await cachedSite();
    database.tables.delete('"django_session"');
    const visit = context();
    await visit.session();
    assert.equal(await visit.user(), null);
    await auth.close();
  });

  const FORGETS: readonly (readonly [string, (site: CachedSite) => unknown])[] = [
    ["the feed tells that the session ended", ({ feed, cookie }) => {
      feed.say(sessionsMessage(cookie.replace(/^.*sessionid=([^;]+).*$/, "$1")));
    }],
    ["the feed tells that the user changed", ({ feed }) => feed.say('users ["1"]')],
    ["the session is saved here", async ({ context }) => {
      const session = await context().session();
      session.set("cart", "apples");
      await session.save();
    }],
    ["the password is changed here", async ({ context }) => {
      const user = await context().user();
      await user!.setPassword(`${PASSWORD}!`);
      await user!.save();
    }],
    ["the feed is lost", ({ feed }) => feed.lose()],
  ];
  for (const [what, work] of FORGETS) {
    test(`looks up again when ${what}`, async () => {
      const site = await cachedSite();
      assert.equal(await site.count(() => site.whoami()), 0);
      await work(site);
      assert.notEqual(await site.count(() => site.whoami()), 0);
      await site.auth.close();
    });
  }

  test("knows nobody any more who has logged out here, at once", async () => {
    const { context, whoami, auth } = await cachedSite();
    assert.equal(await whoami(), "ada");
    const visit = auth.context(requestTo("/", { method: "POST", headers: context().request.headers }));
    await auth.logout(visit, { csrf: false });
    await visit.finish(new Response());
    assert.equal(await whoami(), null);
    await auth.close();
  });

  test("looks up again once it was closed", async () => {
    const { whoami, count, auth } = await cachedSite();
    assert.equal(await count(whoami), 0);
    await auth.close();
    assert.notEqual(await count(whoami), 0);
  });

  test("without triggers remembers nobody, and says so once", async () => {
    const { whoami, count, events, feed, auth } = await cachedSite({ hasTriggers: false });
    assert.notEqual(await count(() => whoami()), 0);
    feed.lose();
    feed.restore();
    await settle();
    assert.notEqual(await count(() => whoami()), 0);
    assert.deepEqual(events.flatMap((event) => event.type === "settings.hint" ? [event.hint] : []), [
      "identityCache is on, and nothing is cached: the triggers that tell of logouts are missing, outdated or " +
      "switched off. Install them with auth.triggers.install(), or npx djauth triggers install",
    ]);
    await auth.close();
  });
});
