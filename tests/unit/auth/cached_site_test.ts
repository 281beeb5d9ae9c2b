/** A site with an identity cache, on an in-memory database with triggers: which requests send queries. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../../src/auth/request/context.ts";
import { settle } from "../databases/fake_time.ts";
import { sessionsMessage } from "../sockets/fake_node.ts";
import { hintsOf, PASSWORD, requestTo } from "./site.ts";
import { type CachedSite, cachedSite, statementsOf } from "./cached_site.ts";

interface VisitedSite extends CachedSite {
  context(cookie?: string): RequestContext;
  /** The username that the site finds. */
  whoami(cookie?: string): Promise<string | null>;
  /** The number of statements that `work` needs. */
  count(work: () => Promise<unknown>): Promise<number>;
}

/** A site that has `ada` in its cache. */
async function visitedSite(options: Parameters<typeof cachedSite>[0] = {}): Promise<VisitedSite> {
  const site = await cachedSite(options);
  const context = (cookie = site.cookie): RequestContext =>
    site.auth.context(requestTo("/", { headers: { cookie } }));
  const visit = async (cookie?: string): Promise<string | null> => {
    const visited = context(cookie);
    const user = await visited.user();
    await visited.finish(new Response());
    return user?.username ?? null;
  };
  return { ...site, context, whoami: visit, count: (work) => statementsOf(site, work) };
}

describe("a site with an identity cache", () => {
  test("sends no query for a cached session, neither for the user nor for the id", async () => {
    const { whoami, count, context, auth } = await visitedSite();
    assert.equal(await count(async () => assert.equal(await whoami(), "ada")), 0);
    assert.equal(await count(async () => assert.equal(await context().userId(), 1)), 0);
    await auth.close();
  });

  test("gives each request its own user object, which can be changed", async () => {
    const { context, auth } = await visitedSite();
    const [one, other] = [await context().user(), await context().user()];
    one!.email = "changed@example.com";
    assert.equal(other!.email, "");
    assert.equal((await context().user())!.email, "");
    await one!.save();
    assert.equal((await context().user())!.email, "changed@example.com");
    await auth.close();
  });

  test("decides by the row once the session is loaded for its data", async () => {
    const { context, count, database, auth } = await visitedSite();
    const known = context();
    assert.equal((await known.user())?.username, "ada");
    assert.equal(await count(() => known.session()), 2, "the session and its user");
    // Deleted without a notification, as by a replication.
    database.tables.delete('"django_session"');
    const stale = context();
    assert.equal((await stale.user())?.username, "ada");
    assert.equal((await stale.session()).isEmpty(), true);
    assert.equal(await stale.user(), null);
    assert.equal(await stale.refusal(), "session_ended");
    await auth.close();
  });

  test("prefers a session row that was loaded first to the cache", async () => {
    const { context, database, auth } = await visitedSite();
    database.tables.delete('"django_session"');
    const visit = context();
    await visit.session();
    assert.equal(await visit.user(), null);
    await auth.close();
  });

  const FORGETS: readonly (readonly [string, (site: VisitedSite) => unknown])[] = [
    ["the feed reports the end of the session", ({ feed, cookie }) => {
      feed.say(sessionsMessage(cookie.replace(/^.*sessionid=([^;]+).*$/, "$1")));
    }],
    ["the feed reports a change of the user", ({ feed }) => feed.say('users ["1"]')],
    ["the session is saved in this process", async ({ context }) => {
      const session = await context().session();
      session.set("cart", "apples");
      await session.save();
    }],
    ["the password is changed in this process", async ({ context }) => {
      const user = await context().user();
      await user!.setPassword(`${PASSWORD}!`);
      await user!.save();
    }],
    ["the feed is lost", ({ feed }) => feed.lose()],
  ];
  for (const [what, work] of FORGETS) {
    test(`looks up again when ${what}`, async () => {
      const site = await visitedSite();
      assert.equal(await site.count(() => site.whoami()), 0);
      await work(site);
      assert.notEqual(await site.count(() => site.whoami()), 0);
      await site.auth.close();
    });
  }

  test("forgets a user who logs out in this process at once", async () => {
    const { context, whoami, auth } = await visitedSite();
    assert.equal(await whoami(), "ada");
    const visit = auth.context(requestTo("/", { method: "POST", headers: context().request.headers }));
    await auth.logout(visit, { csrf: false });
    await visit.finish(new Response());
    assert.equal(await whoami(), null);
    await auth.close();
  });

  test("looks up again once it is closed", async () => {
    const { whoami, count, auth } = await visitedSite();
    assert.equal(await count(whoami), 0);
    await auth.close();
    assert.notEqual(await count(whoami), 0);
  });

  test("caches nobody without triggers, and emits one hint", async () => {
    const { whoami, count, events, feed, auth } = await visitedSite({ hasTriggers: false });
    assert.notEqual(await count(() => whoami()), 0);
    feed.lose();
    feed.restore();
    await settle();
    assert.notEqual(await count(() => whoami()), 0);
    assert.deepEqual(hintsOf({ events }), [
      'identityCache is on, but nothing is cached: triggers on "public"."django_session", "public"."auth_user" that report ' +
      "logouts are missing, outdated or disabled. Install them with auth.triggers.install(), or " +
      "npx djauth triggers install",
    ]);
    await auth.close();
  });
});
