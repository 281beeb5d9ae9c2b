/** Upgrades to WebSockets, and what an idle socket costs afterwards. */

import { orderOf, startServer } from "./contestants.mjs";
import { differences, printAbsolute, printRows, ratios } from "./ratios.mjs";

const SOCKETS = 5000;
const IN_FLIGHT = 200;
/** Sockets of other visitors that come and go before anything is measured. */
const WARM_UP = 3000;
const COLLECTIONS = 2;

/** @type {Record<import("./contestants.mjs").Runtime, { bare: number, memory?: number }>} */
const GOALS = { bun: { bare: 0.5, memory: 1.5 }, deno: { bare: 0.6 } };

/** @typedef {import("./contestants.mjs").Contestant} Contestant */
/** @typedef {import("./contestants.mjs").Runtime} Runtime */
/** @typedef {{ rate: number[], rss: number[], heap: number[] }} Series */
/** @typedef {{ runtime: Runtime, series: Record<Contestant, Series> }} Result */

/** @param {import("./main.mjs").Bench} bench */
export async function benchUpgrades(bench) {
  /** @type {Result[]} */
  const results = [];
  for (const runtime of bench.runtimes) {
    const series = { bare: empty(), by_hand: empty(), djauth: empty() };
    for (let round = 0; round < bench.rounds; round++) {
      for (const name of orderOf(round)) {
        const { rate, rss, heap } = await measure(bench, runtime, name);
        series[name].rate.push(rate);
        series[name].rss.push(rss);
        series[name].heap.push(heap);
      }
    }
    results.push({ runtime, series });
  }
  printRows(`Upgrades a second, ${SOCKETS} with ${IN_FLIGHT} in flight`, results.flatMap(rateRows));
  for (const { runtime, series: { bare, by_hand, djauth } } of results) {
    printAbsolute(runtime, { bare: bare.rate, by_hand: by_hand.rate, djauth: djauth.rate });
  }
  printRows("KB a socket, RSS after collections", results.flatMap(memoryRows));
}

/** @returns {Series} */
function empty() {
  return { rate: [], rss: [], heap: [] };
}

/**
 * A server of its own for each measurement: memory that was given back inside a process is not seen from outside.
 *
 * @param {import("./main.mjs").Bench} bench
 * @param {Runtime} runtime
 * @param {Contestant} name
 */
async function measure({ database, load }, runtime, name) {
  const server = await startServer(runtime, name, database);
  const job = { kind: "sockets", port: server.port, inFlight: IN_FLIGHT };
  await load.ask({ ...job, first: SOCKETS + 1, sockets: WARM_UP });
  await load.ask({ kind: "close" });
  const before = await settledMemory(server);
  const { perSecond } = await load.ask({ ...job, first: 1, sockets: SOCKETS });
  const after = await settledMemory(server);
  await load.ask({ kind: "close" });
  await server.stop();
  const each = (/** @type {"rss" | "heap"} */ what) => (after[what] - before[what]) / SOCKETS / 1024;
  return { rate: perSecond, rss: each("rss"), heap: each("heap") };
}

/**
 * Memory in bytes: what a collection frees is given back to the system a little later, and seen after the next one.
 *
 * @param {import("./contestants.mjs").Server} server
 * @returns {Promise<{ rss: number, heap: number }>}
 */
async function settledMemory(server) {
  for (let times = 0; times < COLLECTIONS; times++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await server.ask({ ask: "memory" });
  }
  return await server.ask({ ask: "memory" });
}

/** @param {Result} result */
function rateRows({ runtime, series: { bare, by_hand, djauth } }) {
  const atLeast = GOALS[runtime].bare;
  return [
    { name: `${runtime}: djauth / hand-written`, values: ratios(djauth.rate, by_hand.rate), atLeast: 1.3 },
    { name: `${runtime}: djauth / bare`, values: ratios(djauth.rate, bare.rate), atLeast },
  ];
}

/** @param {Result} result */
function memoryRows({ runtime, series: { bare, by_hand, djauth } }) {
  return [
    { name: `${runtime}: bare`, values: bare.rss },
    { name: `${runtime}: hand-written, above bare`, values: differences(by_hand.rss, bare.rss) },
    {
      name: `${runtime}: djauth, above bare`,
      values: differences(djauth.rss, bare.rss),
      atMost: GOALS[runtime].memory,
    },
    { name: `${runtime}: djauth, heap above bare`, values: differences(djauth.heap, bare.heap) },
  ];
}
