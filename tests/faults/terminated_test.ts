/** Connections that are terminated constantly, as behind a pooler that restarts: each answer is still right. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type BreakableDatabase, openSite, type Site, startDatabase } from "./site.ts";
import { breakUnderTraffic } from "./traffic.ts";

/** Twenty times a second, for four seconds. */
const TERMINATIONS = 80;
const PAUSE = 50;

/** Many, since a driver could mix up concurrent statements when a connection ends. */
const READERS = 40;

let database: BreakableDatabase;
let sites: Site[];

before(async () => {
  database = await startDatabase();
  sites = [openSite(database, "url", 1, 2), openSite(database, "instance", 2, 2)];
});

after(async () => {
  await Promise.all(sites.map((site) => site.stop()));
  await database.stop();
});

test(
  "terminating all connections twenty times a second logs nobody out",
  { timeout: 30_000 },
  async () => {
    const admin = database.admin();
    let terminated = 0;
    const tallies = await breakUnderTraffic(database, sites, async () => {
      for (let turn = 0; turn < TERMINATIONS; turn++) {
        const ended = await admin`
        select pg_terminate_backend(pid) from pg_stat_activity
        where pid <> pg_backend_pid() and backend_type = 'client backend'`;
        terminated += ended.length;
        await sleep(PAUSE);
      }
    }, { me: READERS });
    assert.ok(terminated > TERMINATIONS, `${terminated} connections were terminated`);
    // Reads are retried over the next connection, so an outage of milliseconds is not noticed.
    for (const [site, { right, unavailable }] of tallies) assert.ok(right > unavailable, site);
  },
);
