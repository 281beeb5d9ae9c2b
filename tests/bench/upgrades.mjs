/** Upgrades to WebSockets, and what an idle socket costs afterwards. */

import { setTimeout as pause } from "node:timers/promises";
import { startContestant, startContestants, TURNS, turnsOf } from "./contestants.mjs";
import { differences, printAbsolute, printRows, ratios } from "./ratios.mjs";

const SOCKETS = 5000;
const IN_FLIGHT = 200;
/** Turns before measuring: V8 is still compiling in the fourth. */
const WARM_UP_TURNS = 5;
/**
 * Sockets of other visitors that are opened and closed before memory is measured, and how often: compiled code is not
 * socket memory, and too many sockets at once would leave memory behind that the measured ones reuse.
 */
const WARM_UP = 200;
const WARM_UPS = 20;
const COLLECTIONS = 2;
/** Milliseconds after each turn, for the end of its sockets: until then, its server takes CPU time from the next one. */
const SETTLING = 400;

/** @type {Record<import("./contestants.mjs").Runtime, { bare: number, memory?: number }>} */
const GOALS = { bun: { bare: 0.5, memory: 1.5 }, deno: { bare: 0.6 } };

/** Every round uses the same visitors. */
const CONTESTANTS = /** @type {const} */ (["bare", "by_hand", "djauth", "limited", "cached"]);

/** @typedef {typeof CONTESTANTS[number]} Contestant */
/** @typedef {import("./contestants.mjs").Runtime} Runtime */
/** @typedef {{ rate: number[], rss: number[], heap: number[] }} Series */
/** @typedef {{ runtime: Runtime, series: Record<Contestant, Series> }} Result */

/** @param {import("./main.mjs").Bench} bench */
export async function benchUpgrades(bench) {
  /** @type {Result[]} */
  const results = [];
  for (const runtime of bench.runtimes) {
    const series = { bare: empty(), by_hand: empty(), djauth: empty(), limited: empty(), cached: empty() };
    for (let round = 0; round < bench.rounds; round++) {
      await measureRates(bench, runtime, series, round);
      for (const name of turnsOf(CONTESTANTS, round)) {
        const { rss, heap } = await measureMemory(bench, runtime, name);
        series[name].rss.push(rss);
        series[name].heap.push(heap);
      }
    }
    results.push({ runtime, series });
  }
  printRows(`Upgrades a second, ${SOCKETS} with ${IN_FLIGHT} in flight`, results.flatMap(rateRows));
  for (const { runtime, series: { bare, by_hand, djauth, limited, cached } } of results) {
    printAbsolute(runtime, {
      bare: bare.rate,
      by_hand: by_hand.rate,
      djauth: djauth.rate,
      "with limits": limited.rate,
      "with limits and identityCache": cached.rate,
    });
  }
  printRows("KB a socket, RSS after collections", results.flatMap(memoryRows));
}

/** @returns {Series} */
function empty() {
  return { rate: [], rss: [], heap: [] };
}

/**
 * Measures the rates of warmed-up servers: code that is still being compiled takes CPU time from all of them. They are
 * started anew in each round, so that no rate rests on a single process. Garbage is left to the runtimes, and one socket
 * of each server stays open: a full collection when no socket is left makes V8 discard hidden classes and with them the
 * optimized code of most of djauth, which then takes more than a turn to come back.
 *
 * @param {import("./main.mjs").Bench} bench
 * @param {Runtime} runtime
 * @param {Record<Contestant, Series>} series
 * @param {number} round
 */
async function measureRates({ database, load }, runtime, series, round) {
  const servers = await startContestants(runtime, CONTESTANTS, database);
  for (const { server: { port } } of servers) {
    await load.ask({ kind: "sockets", port, inFlight: 1, first: SOCKETS + 1, sockets: 1, stay: true });
  }
  for (let turn = -WARM_UP_TURNS; turn < TURNS; turn++) {
    // Every other round runs backwards: over two rounds, each follows every other one equally often.
    for (const { name, server } of turnsOf(servers, turn + WARM_UP_TURNS + round * TURNS)) {
      const { port } = server;
      const job = { kind: "sockets", port, inFlight: IN_FLIGHT, first: 1, sockets: SOCKETS };
      const { perSecond } = await load.ask(job);
      if (turn >= 0) series[name].rate.push(perSecond);
      await load.ask({ kind: "close" });
      await pause(SETTLING);
    }
  }
  for (const { server } of servers) await server.stop();
}

/**
 * Starts a new server for each measurement: memory freed and reused inside a process is invisible from outside.
 *
 * @param {import("./main.mjs").Bench} bench
 * @param {Runtime} runtime
 * @param {Contestant} name
 */
async function measureMemory({ database, load }, runtime, name) {
  const server = await startContestant(runtime, name, database);
  const job = { kind: "sockets", port: server.port, inFlight: IN_FLIGHT };
  for (let times = 0; times < WARM_UPS; times++) {
    await load.ask({ ...job, first: SOCKETS + 1, sockets: WARM_UP });
    await load.ask({ kind: "close" });
  }
  const before = await settledMemory(server);
  await load.ask({ ...job, first: 1, sockets: SOCKETS });
  const after = await settledMemory(server);
  await load.ask({ kind: "close" });
  await server.stop();
  const each = (/** @type {"rss" | "heap"} */ what) => (after[what] - before[what]) / SOCKETS / 1024;
  return { rss: each("rss"), heap: each("heap") };
}

/**
 * Memory in bytes: freed memory is returned to the system with a delay, and visible after the next collection.
 *
 * @param {import("./contestants.mjs").Server} server
 * @returns {Promise<{ rss: number, heap: number }>}
 */
async function settledMemory(server) {
  for (let times = 0; times < COLLECTIONS; times++) {
    await pause(500);
    await server.ask({ ask: "memory" });
  }
  return await server.ask({ ask: "memory" });
}

/** @param {Result} result */
function rateRows({ runtime, series: { bare, by_hand, djauth, limited, cached } }) {
  const atLeast = GOALS[runtime].bare;
  return [
    { name: `${runtime}: djauth / hand-written`, values: ratios(djauth.rate, by_hand.rate), atLeast: 1.3 },
    { name: `${runtime}: djauth / bare`, values: ratios(djauth.rate, bare.rate), atLeast },
    { name: `${runtime}: djauth with limits / bare`, values: ratios(limited.rate, bare.rate), atLeast },
    { name: `${runtime}: the same with identityCache / bare`, values: ratios(cached.rate, bare.rate) },
  ];
}

/** @param {Result} result */
function memoryRows({ runtime, series: { bare, by_hand, djauth, limited, cached } }) {
  return [
    { name: `${runtime}: bare`, values: bare.rss },
    { name: `${runtime}: hand-written, above bare`, values: differences(by_hand.rss, bare.rss) },
    {
      name: `${runtime}: djauth, above bare`,
      values: differences(djauth.rss, bare.rss),
      atMost: GOALS[runtime].memory,
    },
    { name: `${runtime}: djauth, heap above bare`, values: differences(djauth.heap, bare.heap) },
    { name: `${runtime}: djauth with limits, above bare`, values: differences(limited.rss, bare.rss) },
    {
      name: `${runtime}: the same with identityCache, above bare`,
      values: differences(cached.rss, bare.rss),
    },
  ];
}
