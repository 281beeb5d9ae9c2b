/** A backend that is stopped with its connection open, like a machine that froze: others take its place. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type BreakableDatabase, openSite, type Site, startDatabase } from "./site.ts";
import { breakUnderTraffic } from "./traffic.ts";

/** Seconds. */
const DEADLINE = 1;
/** Milliseconds. */
const STOPPED = 4000;

let database: BreakableDatabase;
let sites: Site[];

before(async () => {
  database = await startDatabase();
  sites = [openSite(database, "url", 1, DEADLINE), openSite(database, "instance", 2, DEADLINE)];
});

after(async () => {
  await Promise.all(sites.map((site) => site.stop()));
  await database.stop();
});

test("a stopped backend logs nobody out, and is replaced by another", {
  timeout: 30_000,
  skip: process.platform === "win32" && "no signal stops a process here",
}, async () => {
  const admin = database.admin();
  const stopped: number[] = [];
  const tallies = await breakUnderTraffic(database, sites, async (repaired) => {
    // The read connection of one site, and a connection from the pool of the other.
    for (const application of ["djauth", "application"]) {
      const [row] = await admin`
        select pid from pg_stat_activity where application_name = ${application}
        order by backend_start limit 1`;
      stopped.push(Number(row?.pid));
    }
    try {
      for (const pid of stopped) process.kill(pid, "SIGSTOP");
      await sleep(DEADLINE * 1000);
      // Nothing was repaired, but from here on other backends serve every request.
      repaired();
      await sleep(STOPPED - DEADLINE * 1000);
    } finally {
      for (const pid of stopped) process.kill(pid, "SIGCONT");
    }
  });
  assert.equal(stopped.length, 2);
  for (const [site, { slowest }] of tallies) {
    assert.ok(slowest < 3 * DEADLINE * 1000, `${site}: ${slowest} ms`);
  }
});
