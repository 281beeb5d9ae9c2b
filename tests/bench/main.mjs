/**
 * `npm run bench`: compares djauth with a bare server and with a hand-written handler, on Bun and on Deno.
 *
 *     npm run bench -- http jwt sockets steady --rounds=5 --seconds=3 --requests=1000000 --runtimes=bun
 *     npm run bench -- upgrades revalidation revocation     (together: sockets)
 *     npm run bench -- triggers --rounds=3                  (their cost for the Django site)
 *
 * Contestants take turns within each round and ratios are computed within rounds, since all of them share the machine
 * with the database and the load generator. Uses the server of DATABASE_URL if set, else starts one.
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { startPostgres } from "../ground/postgres.mjs";
import { startChild } from "./child.mjs";
import { RUNTIMES } from "./contestants.mjs";
import { benchHttp } from "./http.mjs";
import { benchJwt } from "./jwt.mjs";
import { benchRevalidation } from "./revalidation.mjs";
import { benchRevocation } from "./revocation.mjs";
import { benchSteady } from "./steady.mjs";
import { benchTriggers } from "./triggers.mjs";
import { benchUpgrades } from "./upgrades.mjs";

/**
 * @typedef {object} Bench
 * @property {string} database the URL of the filled database
 * @property {() => Promise<void>} refill restores the sessions and users that were ended
 * @property {import("./child.mjs").Child} load the load generator
 * @property {number} rounds
 * @property {number} seconds of each measurement over HTTP
 * @property {number} requests of the steady run
 * @property {import("./contestants.mjs").Runtime[]} runtimes
 */

/** @type {Map<string, (bench: Bench) => Promise<void>>} */
const PARTS = new Map([
  ["http", benchHttp],
  ["jwt", benchJwt],
  ["upgrades", benchUpgrades],
  ["revalidation", benchRevalidation],
  ["revocation", benchRevocation],
  ["steady", benchSteady],
  ["triggers", benchTriggers],
]);

/** The parts that "sockets" selects. */
const SOCKETS = ["upgrades", "revalidation", "revocation"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    requests: { type: "string", default: "200000" },
    runtimes: { type: "string", default: RUNTIMES.join() },
  },
});
const wanted = new Set(positionals.flatMap((name) => name === "sockets" ? SOCKETS : name));
requireKnown("The list of parts", wanted, ["sockets", ...PARTS.keys()]);
const runtimes = new Set(values.runtimes.split(","));
requireKnown("--runtimes", runtimes, RUNTIMES);
const rounds = positive("rounds", values.rounds);
const seconds = positive("seconds", values.seconds);
const requests = positive("requests", values.requests);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

const postgres = process.env.DATABASE_URL ? undefined : await startPostgres();
const database = startChild(["bun", "tests/bench/database.ts"], {
  DATABASE_URL: postgres?.url ?? process.env.DATABASE_URL ?? "",
});
const load = startChild(["bun", "tests/bench/load/main.ts"]);
try {
  const bench = {
    database: (await database.next()).url,
    refill: () => database.ask({ ask: "refill" }),
    load,
    rounds,
    seconds,
    requests,
    runtimes: RUNTIMES.filter((runtime) => runtimes.has(runtime)),
  };
  for (const [name, measure] of PARTS) {
    if (wanted.size === 0 || wanted.has(name)) await measure(bench);
  }
} finally {
  await database.ask({ ask: "end" });
  await database.stop();
  await load.stop();
  await postgres?.stop();
}

/**
 * Ends the process if a name is misspelt: what was meant would silently not be measured.
 *
 * @param {string} option
 * @param {Iterable<string>} names
 * @param {readonly string[]} known
 */
function requireKnown(option, names, known) {
  const unknown = [...names].find((name) => !known.includes(name));
  if (unknown !== undefined) fail(`${option} has "${unknown}", expected ${known.join(", ")}`);
}

/**
 * Returns the value of an option: with `NaN` rounds, nothing would be measured.
 *
 * @param {string} name
 * @param {string} text
 */
function positive(name, text) {
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number))) fail(`--${name} is "${text}", expected a number above 0`);
  return number;
}

/** @param {string} message */
function fail(message) {
  console.error(message);
  process.exit(2);
}
