/** HTTP with a session cookie, over one connection and over a hundred. */

import { startContestants, TURNS, turnsOf } from "./contestants.mjs";
import { printAbsolute, printRows, ratios } from "./ratios.mjs";

const CONTESTANTS = /** @type {const} */ (["bare", "by_hand", "djauth", "cached"]);

/** @typedef {typeof CONTESTANTS[number]} Contestant */
/** @typedef {{ title: string, goal: number, rates: Record<Contestant, number[]> }} Case */

const CONNECTIONS = /** @type {const} */ ([1, 100]);
/** Seconds before measuring, while code is compiled; not counted. */
const WARM_UP = 3;

/** djauth's goal relative to the hand-written handler. */
const GOALS = { bun: { 1: 0.9, 100: 3 }, deno: { 1: 0.9, 100: 1.9 } };

/** @param {import("./main.mjs").Bench} bench */
export async function benchHttp(bench) {
  /** @type {Case[]} */
  const cases = [];
  for (const runtime of bench.runtimes) cases.push(...await casesOn(runtime, bench));
  const rows = cases.flatMap(({ title, goal, rates: { bare, by_hand, djauth, cached } }) => [
    { name: `${title}: djauth / hand-written`, values: ratios(djauth, by_hand), atLeast: goal },
    { name: `${title}: djauth / bare`, values: ratios(djauth, bare) },
    { name: `${title}: djauth with identityCache / bare`, values: ratios(cached, bare) },
  ]);
  printRows("HTTP requests a second", rows);
  for (const { title, rates } of cases) printAbsolute(title, rates);
}

/**
 * @param {import("./contestants.mjs").Runtime} runtime
 * @param {import("./main.mjs").Bench} bench
 */
async function casesOn(runtime, { database, load, rounds, seconds }) {
  const cases = CONNECTIONS.map((connections) => ({
    connections,
    title: `${runtime}, ${connections} connection${connections === 1 ? "" : "s"}`,
    goal: GOALS[runtime][connections],
    rates: /** @type {Record<Contestant, number[]>} */ ({ bare: [], by_hand: [], djauth: [], cached: [] }),
  }));
  const servers = await startContestants(runtime, CONTESTANTS, database);
  for (const { name, server: { port } } of servers) {
    await load.ask({ kind: "http", port, connections: 100, seconds: WARM_UP, personal: name !== "bare" });
  }
  for (let turn = 0; turn < rounds * TURNS; turn++) {
    for (const { connections, rates } of cases) {
      for (const { name, server: { port } } of turnsOf(servers, turn)) {
        const job = { kind: "http", port, connections, seconds: seconds / TURNS, personal: name !== "bare" };
        rates[name].push((await load.ask(job)).perSecond);
      }
    }
  }
  for (const { server } of servers) await server.stop();
  return cases;
}
