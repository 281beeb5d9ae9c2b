/** The servers that are compared, each a process of its own. */

import { startChild } from "./child.mjs";

/**
 * `djauth` is as its defaults are, `limited` has all limits on, none of which is ever reached, and `cached` the identity cache
 * beside them: with it on, whoever comes back is known. Those with "jwt" are sent tokens and make no query; `jwt_least` verifies
 * nothing.
 *
 * @typedef {"bare" | "by_hand" | "djauth" | "limited" | "cached" | "jwt_jose" | "jwt_by_hand" | "jwt_least" | "jwt_djauth"} Contestant
 */
/** @typedef {"bun" | "deno"} Runtime */
/** @typedef {import("./child.mjs").Child & { port: number }} Server */

export const RUNTIMES = /** @type {const} */ (["bun", "deno"]);

/** @type {Partial<Record<Contestant, Record<string, string>>>} */
const VARIANTS = {
  limited: { BENCH_LIMITS: "1" },
  cached: { BENCH_LIMITS: "1", BENCH_CACHE: "1" },
};

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
 * Contestants in the order of a round. In a whole cycle (as many rounds as contestants, twice that where those are odd), each has
 * each place equally often, and comes equally often after each other (Williams' design): what the machine does beside hits all
 * alike, and so does what one leaves behind, as the memory that its runtime gives back. With `--rounds`, better take whole cycles.
 *
 * @template Item
 * @param {readonly Item[]} contestants
 * @param {number} round
 * @returns {Item[]}
 */
export function turnsOf(contestants, round) {
  const { length } = contestants;
  // From both ends in turns: 0, 1, last, 2, last but one, and so on.
  const steps = contestants.map((_, index) =>
    index % 2 === 1 ? (index + 1) / 2 : (length - index / 2) % length
  );
  const order = steps.map((step) => (step + round) % length).flatMap((at) => contestants.slice(at, at + 1));
  // Of an odd number, each other time backwards: in one direction some would never meet.
  return length % 2 === 1 && Math.floor(round / length) % 2 === 1 ? order.reverse() : order;
}
