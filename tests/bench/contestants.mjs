/** Starts the compared servers, each as a separate process. */

import { startChild } from "./child.mjs";

/**
 * `djauth` runs with its defaults. `limited` has all limits enabled, none of which is ever reached; `cached` adds the
 * identity cache, so returning visitors are served from it. The "jwt" contestants receive tokens and make no query;
 * `jwt_least` verifies nothing.
 *
 * @typedef {"bare" | "by_hand" | "djauth" | "limited" | "cached" | "jwt_jose" | "jwt_by_hand" | "jwt_least" |
 * "jwt_djauth"} Contestant
 */
/** @typedef {"bun" | "deno"} Runtime */
/** @typedef {import("./child.mjs").Child & { port: number }} Server */

/**
 * Turns per contestant in a round. Background load changes within seconds, so only short, consecutive turns are
 * comparable.
 */
export const TURNS = 5;

export const RUNTIMES = /** @type {const} */ (["bun", "deno"]);

/** @type {Partial<Record<Contestant, Record<string, string>>>} */
const VARIANTS = {
  limited: { BENCH_LIMITS: "1" },
  cached: { BENCH_LIMITS: "1", BENCH_CACHE: "1" },
};

/**
 * The first as the README advises: without it, Deno aborts the signal of each upgraded request. The second lets the
 * benchmark collect garbage.
 */
const DENO_FLAGS = ["--unstable-no-legacy-abort", "--v8-flags=--expose-gc"];

/** @type {Record<Runtime, string[]>} */
const COMMANDS = {
  bun: ["bun"],
  deno: ["deno", "run", "--quiet", "--no-check", "--allow-all", ...DENO_FLAGS],
};

/**
 * @param {Runtime} runtime
 * @param {string} contestant the file of its name
 * @param {string} database
 * @param {Record<string, string>} [env]
 * @returns {Promise<Server>}
 */
export async function startServer(runtime, contestant, database, env) {
  const path = `tests/bench/contestants/${contestant}.ts`;
  const child = startChild([...COMMANDS[runtime], path], { BENCH_DATABASE: database, ...env });
  const { port } = await child.next();
  return { ...child, port };
}

/**
 * @param {Runtime} runtime
 * @param {Contestant} contestant
 * @param {string} database
 * @param {Record<string, string>} [env]
 * @returns {Promise<Server>}
 */
export function startContestant(runtime, contestant, database, env) {
  const variant = VARIANTS[contestant];
  const file = variant === undefined ? contestant : "djauth";
  return startServer(runtime, file, database, { ...variant, ...env });
}

/**
 * @template {Contestant} Name
 * @param {Runtime} runtime
 * @param {readonly Name[]} contestants
 * @param {string} database
 * @param {Record<string, string>} [env]
 * @returns {Promise<{ name: Name, server: Server }[]>}
 */
export function startContestants(runtime, contestants, database, env) {
  return Promise.all(
    contestants.map(async (name) => ({ name, server: await startContestant(runtime, name, database, env) })),
  );
}

/**
 * Contestants in the order of one turn, after Williams' design: over a full cycle (as many turns as contestants, twice
 * that for an odd number) each takes every position and follows every other one equally often. Background load and
 * leftovers of the previous contestant (such as memory being freed) therefore affect all of them alike.
 *
 * @template Item
 * @param {readonly Item[]} contestants
 * @param {number} turn
 * @returns {Item[]}
 */
export function turnsOf(contestants, turn) {
  const { length } = contestants;
  // Alternates between both ends: 0, 1, last, 2, last but one, and so on.
  const steps = contestants.map((_, index) =>
    index % 2 === 1 ? (index + 1) / 2 : (length - index / 2) % length
  );
  const order = steps.map((step) => (step + turn) % length).flatMap((at) => contestants.slice(at, at + 1));
  // For an odd number, every other cycle runs backwards; otherwise some pairs would never be adjacent.
  return length % 2 === 1 && Math.floor(turn / length) % 2 === 1 ? order.reverse() : order;
}
