/** A table that is locked for eight seconds, as by a migration: requests meanwhile get "try again" in time. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type BreakableDatabase, openSite, type Site, startDatabase } from "./site.ts";
import { breakUnderTraffic, type Tally } from "./traffic.ts";

/** Milliseconds. */
const LOCKED = 8000;
/** Milliseconds that an answer may take beyond the deadline. */
const PATIENCE = 1000;
/** Seconds. */
const SHORT_DEADLINE = 1;
const DEFAULT_DEADLINE = 5;

let database: BreakableDatabase;
let sites: Site[];

before(async () => {
  database = await startDatabase();
  sites = [
    openSite(database, "url", 1, SHORT_DEADLINE),
    openSite(database, "instance", 2, SHORT_DEADLINE),
    openSite(database, "url", 3),
  ];
});

after(async () => {
  await Promise.all(sites.map((site) => site.stop()));
  await database.stop();
});

function checkAll(tallies: Map<string, Tally>): void {
  for (const [site, { unavailable, slowest }] of tallies) {
    assert.ok(unavailable > 0, `${site}: the lock was not noticed`);
    const deadline = site.includes("deadline") ? SHORT_DEADLINE : DEFAULT_DEADLINE;
    // A request reads the session, then the user, and each has the deadline to itself.
    assert.ok(slowest < deadline * 2 * 1000 + PATIENCE, `${site}: an answer took ${slowest} ms`);
  }
}

test("locking the session table for eight seconds logs nobody out", { timeout: 40_000 }, async () => {
  const tallies = await breakUnderTraffic(database, sites, async () => {
    await database.admin().begin(async (sql) => {
      await sql`lock table django_session in access exclusive mode`;
      await sleep(LOCKED);
    });
  });
  checkAll(tallies);
});

test("locking the user table for two seconds logs nobody out", { timeout: 40_000 }, async () => {
  const tallies = await breakUnderTraffic(database, sites.slice(0, 2), async () => {
    await database.admin().begin(async (sql) => {
      await sql`lock table auth_user in access exclusive mode`;
      await sleep(2000);
    });
  });
  checkAll(tallies);
});
