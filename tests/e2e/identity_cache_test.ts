/**
 * The identity cache: a user who was looked up a moment ago needs no query, and is gone at once when Django reports a
 * change. The tests count the reads that reach the real database.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import postgres from "postgres";
import { needsOracle } from "../ground/oracle.ts";
import { settle, SOON, type Visit, visit, withoutTriggers } from "./cache_site.ts";
import { Browser, cookieOf, django, keyIn } from "./site.ts";
import { bearer, djangoToken } from "./token_site.ts";

describe("the identity cache", needsOracle, () => {
  test("returns a recently seen user without a query, over HTTP and for a socket", () =>
    visit(async (visit) => {
      await settle(visit);
      const { reads, whoami, open, person, url, cookie } = visit;
      const count = await reads(async () => {
        for (let times = 0; times < 5; times++) {
          assert.deepEqual(await whoami(), { user: person.username, refusal: null });
        }
        assert.equal(await (await new Browser(url, cookie).fetch("/id")).json(), person.pk);
        await (await open()).close();
      });
      assert.equal(count, 0);
    }));

  test("keeps Vary: Cookie on responses, and sets no cookie", () =>
    visit(async (visit) => {
      const { url, cookie } = visit;
      await settle(visit);
      const response = await new Browser(url, cookie).fetch("/");
      await response.body?.cancel();
      assert.equal(response.headers.get("vary"), "Cookie");
      assert.deepEqual(response.headers.getSetCookie(), []);
    }));

  const ENDS:
    readonly (readonly [what: string, refusal: string, work: (visit: Visit) => Promise<unknown>])[] = [
      ["a logout in Django", "session_ended", ({ cookie }) => django().logout(cookie)],
      [
        "a session that a view of Django flushed",
        "session_ended",
        ({ cookie }) => django().ask("session.flush", { session_key: keyIn(cookie) }),
      ],
      [
        "a changed password",
        "password_changed",
        ({ person }) => django().setPassword(person.pk, "another-Horse-2"),
      ],
      [
        "a deactivated user",
        "user_inactive",
        ({ person }) => django().updateUser(person.pk, { is_active: false }),
      ],
      ["a deleted user", "user_not_found", ({ person }) => django().deleteUser(person.pk)],
      ["clearsessions", "session_ended", ({ cookie }) => django().clearExpired([keyIn(cookie)])],
    ];
  for (const [what, refusal, work] of ENDS) {
    test(`${what} ends the login at once, for requests and for sockets opened from the cache`, () =>
      visit(async (visit) => {
        await settle(visit);
        const socket = await visit.open();
        await work(visit);
        // The socket first: a request with the old password ends the session, and with that every socket of it.
        assert.deepEqual(await socket.ended, { code: 4401, reason: refusal });
        await visit.refused(refusal);
        assert.equal((await (await visit.open()).ended).code, 4401);
      }));
  }

  test("a logout ends one session, and the user's other sessions stay cached", () =>
    visit(async (visit) => {
      const { person, cookie, reads, whoami, refused } = visit;
      const other = await cookieOf(person);
      await settle(visit);
      await settle(visit, other);
      await settle(visit);
      await django().logout(cookie);
      await refused("session_ended");
      assert.equal(await reads(() => whoami(other)), 0);
      assert.equal((await whoami(other)).user, person.username);
    }));

  test("a revoked is_staff takes effect at once", () =>
    visit(async (visit) => {
      await django().updateUser(visit.person.pk, { is_staff: true });
      await settle(visit);
      const rank = async () => await (await new Browser(visit.url, visit.cookie).fetch("/rank")).json();
      assert.equal(await rank(), true);
      await django().updateUser(visit.person.pk, { is_staff: false });
      const start = performance.now();
      while (await rank() !== false) assert.ok(performance.now() - start < SOON);
    }));

  test("a change that fires no trigger is seen once the entry is older than maxAge", () =>
    visit(async (visit) => {
      await settle(visit);
      await django().updateUser(visit.person.pk, { email: "new@example.com" });
      const start = performance.now();
      const email = async () => await (await new Browser(visit.url, visit.cookie).fetch("/email")).json();
      assert.notEqual(await email(), "new@example.com");
      while (await email() !== "new@example.com") assert.ok(performance.now() - start < 1000 + SOON);
      assert.ok(performance.now() - start > 500);
    }, { identityCache: { maxAge: 1 } }));

  test("a change that this server writes is seen at once", () =>
    visit(async (visit) => {
      await settle(visit);
      const browser = new Browser(visit.url, visit.cookie);
      await (await browser.fetch("/rename?email=own@example.com")).body?.cancel();
      assert.equal(await (await browser.fetch("/email")).json(), "own@example.com");
    }));

  test("a cached session ends when it expires, without a notification", () =>
    visit(async (visit) => {
      const cookie = await cookieOf(visit.person, { expiry: 2 });
      await settle(visit, cookie);
      const start = performance.now();
      while ((await visit.whoami(cookie)).user !== null) assert.ok(performance.now() - start < 2000 + SOON);
      assert.deepEqual(await visit.whoami(cookie), { user: null, refusal: "session_expired" });
    }));

  test("a session whose expiry Django extended outlives its cached expiry", () =>
    visit(async (visit) => {
      const cookie = await cookieOf(visit.person, { expiry: 1 });
      await settle(visit, cookie);
      await django().setSession(keyIn(cookie), { expiry: 60 });
      await new Promise((resolve) => setTimeout(resolve, 1200));
      assert.equal((await visit.whoami(cookie)).user, visit.person.username);
    }));

  test("session data is never cached: Django's latest value is read", () =>
    visit(async (visit) => {
      const { url, cookie, person, open } = visit;
      const session = async () => await (await new Browser(url, cookie).fetch("/session")).json();
      for (const cart of ["apples", "pears"]) {
        await settle(visit);
        await django().setSession(keyIn(cookie), { json: JSON.stringify({ cart }) });
        assert.deepEqual(await session(), [person.username, cart, null]);
        await settle(visit);
        const socket = await open();
        socket.send("what is in it?");
        assert.equal(await socket.receive(), cart);
        await socket.close();
      }
    }));

  test("a socket's session is not loaded when it opens, whether or not its user was cached", () =>
    visit(async (visit) => {
      for (const isKnown of [false, true]) {
        if (isKnown) await settle(visit);
        const socket = await visit.open();
        socket.send("loaded?");
        assert.equal(await socket.receive(), "false");
        await socket.close();
      }
    }));

  test("reading a deleted session yields session_ended, although its user was cached", () =>
    visit(async (visit) => {
      await settle(visit);
      // No trigger fires.
      await withoutTriggers((sql) =>
        sql`delete from django_session where session_key = ${keyIn(visit.cookie)}`
      );
      assert.equal((await visit.whoami()).user, visit.person.username, "nobody has told");
      const said = await (await new Browser(visit.url, visit.cookie).fetch("/session")).json();
      assert.deepEqual(said, [visit.person.username, null, "session_ended"]);
      assert.deepEqual(await visit.whoami(), { user: null, refusal: "session_ended" });
    }));

  test("a page that reads its deleted session before its user gets no user, although it was cached", () =>
    visit(async (visit) => {
      await settle(visit);
      await withoutTriggers((sql) =>
        sql`delete from django_session where session_key = ${keyIn(visit.cookie)}`
      );
      assert.equal((await visit.whoami()).user, visit.person.username, "nobody has told");
      const said = await (await new Browser(visit.url, visit.cookie).fetch("/session-first")).json();
      assert.deepEqual(said, [null, null]);
      assert.deepEqual(await visit.whoami(), { user: null, refusal: "session_ended" });
    }));

  test("the user of a token is cached as well, until that user is deactivated", () =>
    visit(async ({ url, person, reads }) => {
      const token = await djangoToken(person);
      const whoami = async () =>
        await (await fetch(url, { headers: bearer(token) })).json() as {
          user: string | null;
          refusal: string;
        };
      for (let times = 0; await reads(whoami) > 0; times++) assert.ok(times < 300);
      assert.equal((await whoami()).user, person.username);
      await django().updateUser(person.pk, { is_active: false });
      const start = performance.now();
      while ((await whoami()).user !== null) assert.ok(performance.now() - start < SOON);
      assert.equal((await whoami()).refusal, "user_inactive");
    }, { jwt: {} }));

  test("forged session keys are looked up each time, and evict no cached user", () =>
    visit(async (visit) => {
      await settle(visit);
      const stranger = `sessionid=${"z".repeat(32)}`;
      for (let times = 0; times < 3; times++) {
        assert.equal(await visit.reads(() => visit.whoami(stranger)), 1);
      }
      assert.equal(await visit.reads(() => visit.whoami()), 0);
    }, { identityCache: { entries: 2 } }));
});

describe("the identity cache without a feed", needsOracle, () => {
  let admin: postgres.Sql;
  before(() => {
    admin = postgres(process.env.ORACLE_DATABASE_URL ?? "", { max: 1, onnotice: () => {} });
  });
  after(async () => {
    await admin.end();
  });

  test("is not used once the feed's connection is lost, so a session deleted meanwhile is refused", () =>
    visit(async (visit) => {
      await settle(visit);
      const { log, cookie, refused } = visit;
      const [feed] = await admin`
        select pid from pg_stat_activity where application_name = 'djauth feed' order by backend_start desc limit 1`;
      await admin`select pg_terminate_backend(${feed!.pid as number})`;
      for (let times = 0; !log.all.some(({ type }) => type === "feed.lost"); times++) {
        assert.ok(times < 300);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await withoutTriggers((sql) => sql`delete from django_session where session_key = ${keyIn(cookie)}`);
      await refused("session_ended");
    }));
});
