/** HTTP with an access token and no query: the cost of a token on first use and on repeated use. */

import { startContestants, TURNS, turnsOf } from "./contestants.mjs";
import { printAbsolute, printRows, ratios } from "./ratios.mjs";

/** @typedef {import("./contestants.mjs").Runtime} Runtime */
/** @typedef {typeof CONTESTANTS[number]} Contestant */
/** @typedef {"HS256" | "RS256"} Algorithm */
/** @typedef {"first" | "again"} Arrival */
/** @typedef {{ runtime: Runtime, title: string, arrival: Arrival, rates: Record<Contestant, number[]> }} Case */

const CONNECTIONS = 100;
const CONTESTANTS = /** @type {const} */ (["bare", "jwt_jose", "jwt_by_hand", "jwt_least", "jwt_djauth"]);
const ALGORITHMS = /** @type {const} */ (["HS256", "RS256"]);
const ARRIVALS = /** @type {const} */ (["first", "again"]);
/** Verifies nothing, so it is not measured with first-seen tokens. */
const AGAIN_ALONE = "jwt_least";
/** Tokens per turn that no server has seen yet; creating an RSA signature takes a millisecond. */
const FRESH = { HS256: 20_000, RS256: 3000 };
/** Number of distinct tokens that are sent repeatedly. */
const KNOWN = 1_000;
/** How often each of them is sent before measuring. */
const WARM_UPS = 4;
/** Turns of fresh tokens before measuring. */
const WARM_UP_TURNS = 3;

/** @param {import("./main.mjs").Bench} bench */
export async function benchJwt(bench) {
  /** @type {Case[]} */
  const cases = [];
  for (const algorithm of ALGORITHMS) {
    const env = { BENCH_ALGORITHM: algorithm, BENCH_KEY: await makeTokens(algorithm, bench) };
    for (const runtime of bench.runtimes) cases.push(...await casesOf(runtime, algorithm, env, bench));
  }
  const byRuntime = bench.runtimes.flatMap((runtime) => cases.filter((it) => it.runtime === runtime));
  printRows("Requests a second with an access token, 100 connections", byRuntime.flatMap(rowsOf));
  for (const { title, rates } of byRuntime) printAbsolute(title, rates);
}

/** @param {Case} result */
function rowsOf({ title, arrival, rates: { bare, jwt_jose, jwt_by_hand, jwt_least, jwt_djauth } }) {
  const isFirst = arrival === "first";
  const leastRows = isFirst ? [] : [
    { name: `${title}: djauth / nothing verified`, values: ratios(jwt_djauth, jwt_least) },
    { name: `${title}: nothing verified / bare`, values: ratios(jwt_least, bare) },
  ];
  return [
    {
      name: `${title}: djauth / hand-written`,
      values: ratios(jwt_djauth, jwt_by_hand),
      atLeast: isFirst ? 0.9 : undefined,
    },
    { name: `${title}: djauth / jose alone`, values: ratios(jwt_djauth, jwt_jose) },
    {
      name: `${title}: djauth / bare`,
      values: ratios(jwt_djauth, bare),
      atLeast: isFirst ? undefined : 0.65,
    },
    ...leastRows,
  ];
}

/**
 * Makes the load generator create the tokens; returns the key to verify them with.
 *
 * @param {Algorithm} algorithm
 * @param {import("./main.mjs").Bench} bench
 * @returns {Promise<string>}
 */
async function makeTokens(algorithm, { load, rounds }) {
  const turns = WARM_UP_TURNS + rounds * TURNS;
  const job = { kind: "tokens", algorithm, fresh: FRESH[algorithm], turns, known: KNOWN };
  return (await load.ask(job)).key;
}

/**
 * @param {Runtime} runtime
 * @param {Algorithm} algorithm
 * @param {Record<string, string>} env
 * @param {import("./main.mjs").Bench} bench
 * @returns {Promise<Case[]>}
 */
async function casesOf(runtime, algorithm, env, { database, load, rounds, seconds }) {
  const turns = rounds * TURNS;
  const servers = await startContestants(runtime, CONTESTANTS, database, env);
  const cases = ARRIVALS.map((arrival) => ({
    runtime,
    title: `${runtime}, ${algorithm}, ${arrival === "first" ? "first seen" : "seen before"}`,
    arrival,
    rates: /** @type {Record<Contestant, number[]>} */ (
      Object.fromEntries(CONTESTANTS.map((name) => [name, []]))
    ),
  }));
  // Code gets compiled, and each server caches the tokens that are sent repeatedly.
  for (const { name, server } of servers) {
    const run = { kind: "bearer", port: server.port, connections: CONNECTIONS, personal: name !== "bare" };
    if (name === AGAIN_ALONE) {
      await load.ask({ ...run, tokens: "known", requests: FRESH[algorithm] });
      continue;
    }
    for (let turn = turns; turn < turns + WARM_UP_TURNS; turn++) {
      await load.ask({ ...run, tokens: "fresh", turn, requests: FRESH[algorithm] });
    }
    await load.ask({ ...run, tokens: "known", requests: KNOWN * WARM_UPS });
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const { arrival, rates } of cases) {
      for (const { name, server } of turnsOf(servers, turn)) {
        if (arrival === "first" && name === AGAIN_ALONE) continue;
        const run = {
          kind: "bearer",
          port: server.port,
          connections: CONNECTIONS,
          personal: name !== "bare",
        };
        const { perSecond } = await load.ask(
          arrival === "first"
            ? { ...run, tokens: "fresh", turn, requests: FRESH[algorithm] }
            : { ...run, tokens: "known", seconds: seconds / TURNS },
        );
        rates[name].push(perSecond);
      }
    }
  }
  for (const { server } of servers) await server.stop();
  return cases;
}
