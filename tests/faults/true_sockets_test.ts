/**
 * Sockets whose login ends while the feed, a connection or the whole database is broken: they close within the bounds
 * that the README states, and no socket closes that should not.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Proxy } from "../unit/databases/proxy.ts";
import { type BreakableDatabase, keyOf, startDatabase } from "./site.ts";
import {
  backendsOf,
  type LiveVisit,
  openSocketSite,
  postmasterOf,
  type SocketSite,
  whileStopped,
} from "./socket_site.ts";

/** Seconds that a query may take here. */
const DEADLINE = 2;
/** Milliseconds: the feed's heartbeat and its deadline, and the time over which nodes spread. */
const [HEARTBEAT, HEARD, SPREAD] = [2000, 2000, 1000];
/** Milliseconds, the longest pause of the feed between two attempts. */
const RECONNECT = 1000;
/** Milliseconds for what a bound does not count: a few queries on a busy machine. */
const ROOM = 1500;

const SESSION_ENDED = { code: 4401, reason: "session_ended" };
const noSignals = process.platform !== "linux" && "no signal stops a process here";

let database: BreakableDatabase;
let site: SocketSite;

before(async () => {
  database = await startDatabase();
  await database.admin().unsafe("create table ended_session (like django_session)");
});

after(async () => {
  await database.stop();
});

/** Ends a login; the session is put back when the test is over. */
async function logOut(userId: number, also: string = "select 1"): Promise<void> {
  await database.admin().begin(async (sql) => {
    await sql.unsafe(also);
    await sql`
      with gone as (delete from django_session where session_key = ${keyOf(userId)} returning *)
      insert into ended_session select * from gone`;
  });
}

afterEach(async () => {
  await site.stop();
  await database.admin().unsafe(`
    with back as (delete from ended_session returning *) insert into django_session select * from back`);
});

/** Opens a socket of a user who will log out, one of a user who stays, and one without a login. */
async function visitors(): Promise<[leaves: LiveVisit, stays: LiveVisit, stranger: LiveVisit]> {
  return [await site.visit(1), await site.visit(2), await site.visit(null)];
}

/** Asserts that the first socket ended for the right reason within the bound, and that the others are open. */
async function assertOnlyOneLeft(
  [leaves, stays, stranger]: readonly LiveVisit[],
  bound: number,
): Promise<void> {
  const took = await leaves!.ended();
  assert.deepEqual(leaves!.end, SESSION_ENDED);
  assert.ok(took < bound, `it took ${Math.round(took)} ms, expected ${bound} at most`);
  // A socket closed by mistake would be closed by the next revalidation.
  await sleep(SPREAD + 200);
  assert.deepEqual([stays!.end, stranger!.end], [null, null]);
}

describe("a logout, by the feed alone, closes only its own socket", { concurrency: false }, () => {
  before(async () => {
    const installer = openSocketSite(database, {}, DEADLINE);
    await installer.auth.triggers.install();
    await installer.stop();
  });

  /** @param feed where to listen; at the database itself if not given */
  async function begin(feed: string | true = true): Promise<[LiveVisit, LiveVisit, LiveVisit]> {
    site = openSocketSite(database, { revalidateInterval: 0, feed }, DEADLINE);
    const all = await visitors();
    await site.told("sockets.revalidated", await site.told("feed.restored", 0));
    return all;
  }

  test("at once", { timeout: 30_000 }, async () => {
    const all = await begin();
    await logOut(1);
    await assertOnlyOneLeft(all, ROOM);
  });

  test(
    "if the listening backend is terminated at the moment of the logout",
    { timeout: 30_000 },
    async () => {
      const all = await begin();
      await logOut(
        1,
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'djauth feed'",
      );
      await assertOnlyOneLeft(all, SPREAD + ROOM);
      assert.equal(site.events.filter(({ type }) => type === "feed.lost").length, 1);
    },
  );

  test("if it happens between the loss of the feed and its return", { timeout: 30_000 }, async () => {
    const proxy = new Proxy(database.url);
    await proxy.listen();
    const all = await begin(proxy.url);
    const lost = site.told("feed.lost");
    await proxy.close();
    // Waits for the revalidation that follows the loss.
    await site.told("sockets.revalidated", await lost);
    await logOut(1);
    await sleep(2000);
    assert.equal(all[0].end, null, "nobody has said so, and there are no rounds");
    await proxy.listen();
    await assertOnlyOneLeft(all, RECONNECT + SPREAD + ROOM);
    await proxy.close();
  });

  test("if the listening backend is stopped", { timeout: 30_000, skip: noSignals }, async () => {
    const all = await begin();
    await whileStopped(await backendsOf(database, "djauth feed"), async () => {
      await logOut(1);
      await assertOnlyOneLeft(all, HEARTBEAT + HEARD + SPREAD + ROOM);
    });
  });

  test("if the backend for look-ups is stopped", { timeout: 30_000, skip: noSignals }, async () => {
    const all = await begin();
    await whileStopped(await backendsOf(database, "djauth"), async () => {
      await logOut(1);
      // The stopped query, the pause after it, and the retry over another connection.
      await assertOnlyOneLeft(all, DEADLINE * 1000 + 750 + ROOM);
    });
  });

  test("if both backends are stopped", { timeout: 30_000, skip: noSignals }, async () => {
    const all = await begin();
    const pids = [...await backendsOf(database, "djauth feed"), ...await backendsOf(database, "djauth")];
    await whileStopped(pids, async () => {
      await logOut(1);
      await assertOnlyOneLeft(all, HEARTBEAT + HEARD + SPREAD + DEADLINE * 1000 + 750 + ROOM);
    });
  });

  test(
    "if Postgres restarts, and the logout happens before the feed is back",
    { timeout: 30_000 },
    async () => {
      const all = await begin();
      await database.restart();
      await logOut(1);
      await assertOnlyOneLeft(all, RECONNECT + SPREAD + ROOM);
    },
  );

  test(
    "after Postgres was down for four seconds, which itself closes no socket",
    { timeout: 30_000 },
    async () => {
      const all = await begin();
      const end = site.events.length;
      await database.kill();
      await sleep(4000);
      await database.restart();
      await site.told("sockets.revalidated", await site.told("feed.restored", end));
      assert.deepEqual(all.map(({ end }) => end), [null, null, null]);
      await logOut(1);
      await assertOnlyOneLeft(all, RECONNECT + SPREAD + ROOM);
    },
  );
});

describe("a logout, by revalidation alone", { concurrency: false }, () => {
  /** Seconds. */
  const INTERVAL = 2;

  for (const [name, feed] of [["without a feed", false], ["without triggers", true]] as const) {
    test(
      `closes only its own socket within an interval and a second, ${name}`,
      { timeout: 30_000 },
      async () => {
        site = openSocketSite(database, { revalidateInterval: INTERVAL, feed }, DEADLINE);
        await site.auth.triggers.uninstall();
        const all = await visitors();
        await site.told("sockets.revalidated");
        // The worst moment: a revalidation has just passed.
        await logOut(1);
        await assertOnlyOneLeft(all, INTERVAL * 1000 + 1000);
      },
    );
  }
});

describe("an outage with a grace period", { concurrency: false }, () => {
  /** Seconds. */
  const GRACE = 3;
  const TRY_AGAIN = { code: 1013, reason: "try_again_later" };

  async function begin(outageGrace: number = GRACE): Promise<[LiveVisit, LiveVisit, LiveVisit]> {
    site = openSocketSite(database, { revalidateInterval: 1, outageGrace, feed: false }, DEADLINE);
    const all = await visitors();
    await site.told("sockets.revalidated");
    return all;
  }

  /** Asserts that both logins end with 1013, not before the grace period is over and not long after it. */
  async function assertGivenUp([one, two, stranger]: readonly LiveVisit[]): Promise<void> {
    const took = await one!.ended();
    await two!.ended();
    assert.ok(took > GRACE * 1000 - 100, `it took ${Math.round(took)} ms`);
    // An interval until it is noticed, and two queries that are not answered in time.
    assert.ok(took < (1 + GRACE + 2 * DEADLINE) * 1000 + ROOM, `it took ${Math.round(took)} ms`);
    assert.deepEqual([one!.end, two!.end, stranger!.end], [TRY_AGAIN, TRY_AGAIN, null]);
    assert.equal(site.events.filter(({ type }) => type === "auth.revoked").length, 0);
  }

  /** Asserts that a new socket is accepted, and revalidated as usual. */
  async function assertServedAgain(): Promise<void> {
    const again = await site.visit(2);
    await site.told("sockets.revalidated");
    assert.equal(again.end, null);
    await logOut(2);
    await again.ended();
    assert.deepEqual(again.end, SESSION_ENDED);
  }

  test("closes users' sockets with 1013 if it lasts longer, even one whose login ended meanwhile", {
    timeout: 30_000,
  }, async () => {
    const all = await begin();
    await logOut(1);
    await database.kill();
    await assertGivenUp(all);
    await database.restart();
    await assertServedAgain();
  });

  test("closes users' sockets with 1013 if the whole server is stopped for longer", {
    timeout: 30_000,
    skip: noSignals,
  }, async () => {
    const all = await begin();
    const backends = await backendsOf(database, "djauth");
    await whileStopped([postmasterOf(backends[0]!), ...backends], () => assertGivenUp(all));
    await assertServedAgain();
  });

  test("closes no socket if it ends within the period", { timeout: 30_000 }, async () => {
    const all = await begin(15);
    await database.kill();
    await sleep(GRACE * 1000);
    await database.restart();
    await site.told("sockets.revalidated");
    await sleep(2000);
    assert.deepEqual(all.map(({ end }) => end), [null, null, null]);
  });
});
