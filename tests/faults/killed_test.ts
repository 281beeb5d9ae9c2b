/** The database crashes or is down: nobody is logged out, and service returns with the database. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type BreakableDatabase, openSite, type Site, startDatabase } from "./site.ts";
import { breakUnderTraffic } from "./traffic.ts";

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

for (
  const [name, seconds] of [["is killed and starts again at once", 0], [
    "is down for four seconds",
    4,
  ]] as const
) {
  test(`a database that ${name} causes an outage, and logs nobody out`, { timeout: 30_000 }, async () => {
    const tallies = await breakUnderTraffic(database, sites, async () => {
      await database.kill();
      await sleep(seconds * 1000);
      await database.restart();
    });
    for (const [site, tally] of tallies) {
      if (seconds > 0) assert.ok(tally.unavailable > 0, site);
    }
  });
}
