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

/** Opens a socket of a user who will leave, of one who stays, and of somebody without a login. */
async function visitors(): Promise<[leaves: LiveVisit, stays: LiveVisit, stranger: LiveVisit]> {
  return [await site.visit(1), await site.visit(2), await site.visit(null)];
}

/** The one has ended within so many milliseconds and for the right reason, the others live. */
async function assertOnlyOneLeft(
  [leaves, stays, stranger]: readonly LiveVisit[],
  bound: number,
): Promise<void> {
  const took = await leaves!.ended();
  assert.deepEqual(leaves!.end, SESSION_ENDED);
  assert.ok(took < bound, `it took ${Math.round(took)} ms, expected ${bound} at most`);
  // What closes somebody wrongly would do so in the round after.
  await sleep(SPREAD + 200);
  assert.deepEqual([stays!.end, stranger!.end], [null, null]);
}

describe("by the feed alone", { concurrency: false }, () => {
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

  test("a logout closes at once", { timeout: 30_000 }, async () => {
    const all = await begin();
    await logOut(1);
    await assertOnlyOneLeft(all, ROOM);
  });

  test("the listening backend is terminated in the moment of the logout", { timeout: 30_000 }, async () => {
    const all = await begin();
    await logOut(
      1,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'djauth feed'",
    );
    await assertOnlyOneLeft(all, SPREAD + ROOM);
    assert.equal(site.events.filter(({ type }) => type === "feed.lost").length, 1);
  });

  test("the logout comes between the loss of the feed and its return", { timeout: 30_000 }, async () => {
    const proxy = new Proxy(database.url);
    await proxy.listen();
    const all = await begin(proxy.url);
    const lost = site.told("feed.lost");
    await proxy.close();
    // The round that follows the loss passes before it.
    await site.told("sockets.revalidated", await lost);
    await logOut(1);
    await sleep(2000);
    assert.equal(all[0].end, null, "nobody has said so, and there are no rounds");
    await proxy.listen();
    await assertOnlyOneLeft(all, RECONNECT + SPREAD + ROOM);
    await proxy.close();
  });

  test("the listening backend stands still", { timeout: 30_000, skip: noSignals }, async () => {
    const all = await begin();
    await whileStopped(await backendsOf(database, "djauth feed"), async () => {
      await logOut(1);
      await assertOnlyOneLeft(all, HEARTBEAT + HEARD + SPREAD + ROOM);
    });
  });

  test("the backend of the look-ups stands still", { timeout: 30_000, skip: noSignals }, async () => {
    const all = await begin();
    await whileStopped(await backendsOf(database, "djauth"), async () => {
      await logOut(1);
      // The query that stands still, the pause after it, and the same again over another connection.
      await assertOnlyOneLeft(all, DEADLINE * 1000 + 750 + ROOM);
    });
  });

  test("both stand still", { timeout: 30_000, skip: noSignals }, async () => {
    const all = await begin();
    const pids = [...await backendsOf(database, "djauth feed"), ...await backendsOf(database, "djauth")];
    await whileStopped(pids, async () => {
      await logOut(1);
      await assertOnlyOneLeft(all, HEARTBEAT + HEARD + SPREAD + DEADLINE * 1000 + 750 + ROOM);
    });
  });

  test("Postgres restarts, with a logout before the feed is back", { timeout: 30_000 }, async () => {
    const all = await begin();
    await database.restart();
    await logOut(1);
    await assertOnlyOneLeft(all, RECONNECT + SPREAD + ROOM);
  });

  test("Postgres is away for four seconds, and nobody leaves", { timeout: 30_000 }, async () => {
    const all = await begin();
    const end = site.events.length;
    await database.kill();
    await sleep(4000);
    await database.restart();
    await site.told("sockets.revalidated", await site.told("feed.restored", end));
    assert.deepEqual(all.map(({ end }) => end), [null, null, null]);
    await logOut(1);
    await assertOnlyOneLeft(all, RECONNECT + SPREAD + ROOM);
  });
});

describe("by re-validation alone", { concurrency: false }, () => {
  /** Seconds. */
  const INTERVAL = 2;

  for (const [name, feed] of [["without a feed", false], ["without triggers", true]] as const) {
    test(`a logout closes within an interval and a second, ${name}`, { timeout: 30_000 }, async () => {
      site = openSocketSite(database, { revalidateInterval: INTERVAL, feed }, DEADLINE);
      await site.auth.triggers.uninstall();
      const all = await visitors();
      await site.told("sockets.revalidated");
      // The worst moment: a round has just passed.
      await logOut(1);
      await assertOnlyOneLeft(all, INTERVAL * 1000 + 1000);
    });
  }
});

describe("an outage beyond the grace period", { concurrency: false }, () => {
  /** Seconds. */
  const GRACE = 3;
  const TRY_AGAIN = { code: 1013, reason: "try_again_later" };

  async function begin(outageGrace: number = GRACE): Promise<[LiveVisit, LiveVisit, LiveVisit]> {
    site = openSocketSite(database, { revalidateInterval: 1, outageGrace, feed: false }, DEADLINE);
    const all = await visitors();
    await site.told("sockets.revalidated");
    return all;
  }

  /** Both logins end with 1013, not before the grace period is over and not long after it. */
  async function assertGivenUp([one, two, stranger]: readonly LiveVisit[]): Promise<void> {
    const took = await one!.ended();
    await two!.ended();
    assert.ok(took > GRACE * 1000 - 100, `it took ${Math.round(took)} ms`);
    // An interval until it is noticed, and two questions that are not answered in time.
    assert.ok(took < (1 + GRACE + 2 * DEADLINE) * 1000 + ROOM, `it took ${Math.round(took)} ms`);
    assert.deepEqual([one!.end, two!.end, stranger!.end], [TRY_AGAIN, TRY_AGAIN, null]);
    assert.equal(site.events.filter(({ type }) => type === "auth.revoked").length, 0);
  }

  /** Who comes back is looked at as ever. */
  async function assertServedAgain(): Promise<void> {
    const again = await site.visit(2);
    await site.told("sockets.revalidated");
    assert.equal(again.end, null);
    await logOut(2);
    await again.ended();
    assert.deepEqual(again.end, SESSION_ENDED);
  }

  test("closes with 1013, also who was logged out meanwhile", { timeout: 30_000 }, async () => {
    const all = await begin();
    await logOut(1);
    await database.kill();
    await assertGivenUp(all);
    await database.restart();
    await assertServedAgain();
  });

  test("closes with 1013 when the server stands still as a whole", {
    timeout: 30_000,
    skip: noSignals,
  }, async () => {
    const all = await begin();
    const backends = await backendsOf(database, "djauth");
    await whileStopped([postmasterOf(backends[0]!), ...backends], () => assertGivenUp(all));
    await assertServedAgain();
  });

  test("one that is over before closes nobody", { timeout: 30_000 }, async () => {
    const all = await begin(15);
    await database.kill();
    await sleep(GRACE * 1000);
    await database.restart();
    await site.told("sockets.revalidated");
    await sleep(2000);
    assert.deepEqual(all.map(({ end }) => end), [null, null, null]);
  });
});
