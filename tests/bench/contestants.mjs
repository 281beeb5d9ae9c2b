/** The servers that are compared, each a process of its own. */

import { startChild } from "./child.mjs";

/** @typedef {"bare" | "by_hand" | "djauth"} Contestant */
/** @typedef {"bun" | "deno"} Runtime */
/** @typedef {import("./child.mjs").Child & { port: number }} Server */

export const RUNTIMES = /** @type {const} */ (["bun", "deno"]);
export const CONTESTANTS = /** @type {const} */ (["bare", "by_hand", "djauth"]);

/** @type {Record<Runtime, string[]>} */
const COMMANDS = {
  bun: ["bun"],
  deno: ["deno", "run", "--quiet", "--no-check", "--allow-all", "--v8-flags=--expose-gc"],
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
 * @param {string} database
 * @returns {Promise<Record<Contestant, Server>>}
 */
export async function startServers(runtime, database) {
  const [bare, by_hand, djauth] = await Promise.all([
    startServer(runtime, "bare", database),
    startServer(runtime, "by_hand", database),
    startServer(runtime, "djauth", database),
  ]);
  return { bare, by_hand, djauth };
}

/**
 * The contestants in the order of a round.
 *
 * @param {number} round
 */
export function orderOf(round) {
  return turnsOf(CONTESTANTS, round);
}

/**
 * Contestants in the order of a round: each is first, second and last equally often, so that what the machine does beside
 * hits all alike.
 *
 * @template Item
 * @param {readonly Item[]} contestants
 * @param {number} round
 * @returns {Item[]}
 */
export function turnsOf(contestants, round) {
  const first = round % contestants.length;
  return [...contestants.slice(first), ...contestants.slice(0, first)];
}
