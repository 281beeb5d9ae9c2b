/**
 * Time from the commit that ends a login to the close frame at the client, with triggers; compared with the time a bare
 * server takes to close as many sockets.
 */

import { startServer } from "./contestants.mjs";
import { printRows } from "./ratios.mjs";

const SOCKETS = 5000;
const IN_FLIGHT = 200;
/** Number of logouts, one after another. */
const LOGOUTS = 500;
/** Milliseconds within which 99 of 100 sockets should be closed. */
const LATEST = 250;

/** The ways to end logins, and how many at once. */
const WAYS = /** @type {const} */ ([
  { how: "logout", count: LOGOUTS, title: "one logout after another", atMost: LATEST },
  { how: "delete", count: SOCKETS, title: "all sessions deleted at once", atMost: LATEST },
  { how: "deactivate", count: SOCKETS, title: "all users deactivated at once", atMost: LATEST },
]);
/** The same without logins and without a database. */
const BARE = /** @type {const} */ ({
  how: "message",
  count: SOCKETS,
  title: "a bare server closes all at once",
  atMost: undefined,
});
/** @typedef {typeof WAYS[number] | typeof BARE} Way */

/** @param {import("./main.mjs").Bench} bench */
export async function benchRevocation(bench) {
  const rows = [];
  for (const runtime of bench.runtimes) {
    rows.push(...await rowsOf(runtime, "djauth", WAYS, bench));
    rows.push(...await rowsOf(runtime, "bare", [BARE], bench));
  }
  const title = `Milliseconds from the commit, or the message, to the close frame, ${
    SOCKETS.toLocaleString("en")
  } sockets`;
  printRows(title, rows);
}

/**
 * @param {import("./contestants.mjs").Runtime} runtime
 * @param {"djauth" | "bare"} contestant
 * @param {readonly [Way, ...Way[]]} ways
 * @param {import("./main.mjs").Bench} bench
 * @returns {Promise<import("./ratios.mjs").Row[]>}
 */
async function rowsOf(runtime, contestant, ways, bench) {
  const rows = [];
  const server = await startServer(runtime, contestant, bench.database, { BENCH_CLOSE: "1" });
  // The first sockets open the feed and compile the code.
  await measure(bench, server, ways[0]);
  for (const way of ways) {
    /** @type {{ p50: number[], p99: number[] }} */
    const series = { p50: [], p99: [] };
    for (let round = 0; round < bench.rounds; round++) {
      const { p50, p99 } = await measure(bench, server, way);
      series.p50.push(p50);
      series.p99.push(p99);
    }
    const name = `${runtime}: ${way.title}`;
    rows.push({ name: `${name}, p50`, values: series.p50 });
    rows.push({ name: `${name}, p99`, values: series.p99, atMost: way.atMost });
  }
  await server.stop();
  return rows;
}

/**
 * @param {import("./main.mjs").Bench} bench
 * @param {import("./contestants.mjs").Server} server
 * @param {Way} way
 * @returns {Promise<{ p50: number, p99: number }>}
 */
async function measure({ database, refill, load }, { port }, { how, count }) {
  await load.ask({ kind: "sockets", port, inFlight: IN_FLIGHT, first: 1, sockets: SOCKETS });
  const result = await load.ask({ kind: "revoke", database, how, first: 1, count });
  await load.ask({ kind: "close" });
  await refill();
  return result;
}
