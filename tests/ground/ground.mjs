/**
 * Starts everything that the suite needs, once: a PostgreSQL server and an oracle for each release of Django; it also
 * looks for a browser. Missing prerequisites are listed, and the tests that need them are skipped.
 */

import process from "node:process";
import { findChromium } from "./browser.mjs";
import { MissingPrerequisite } from "./missing_prerequisite.mjs";
import { startOracle } from "./oracle_process.mjs";
import { startPostgres } from "./postgres.mjs";
import { DJANGO_RELEASES, pythonEnvironment } from "./python.mjs";

/** @typedef {import("./oracle_process.mjs").OracleOptions} OracleOptions */
/** @typedef {import("./oracle_process.mjs").OracleProcess} OracleProcess */

/**
 * @typedef {object} Ground
 * @property {Record<string, string>} env DATABASE_URL, ORACLE_URL, ORACLE_DATABASE_URL, ORACLE_42_URL, CHROMIUM
 * @property {string[]} missing what is not installed, one line each, with how to get it
 * @property {() => Promise<void>} stop ends and deletes everything
 */

/**
 * Starts everything that is available.
 *
 * @param {(line: string) => void} [log] is called before slow steps
 * @returns {Promise<Ground>}
 */
export async function startGround(log) {
  /** @type {Ground["env"]} */
  const env = {};
  /** @type {string[]} */
  const missing = [];
  /** @type {(() => Promise<void>)[]} */
  const stops = [];
  const attempt = async (/** @type {() => void | Promise<void>} */ start) => {
    try {
      await start();
    } catch (error) {
      if (!(error instanceof MissingPrerequisite)) throw error;
      if (!missing.includes(error.message)) missing.push(error.message);
    }
  };
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    await attempt(() => void (env.CHROMIUM = findChromium()));
    await attempt(async () => {
      env.DATABASE_URL = process.env.DATABASE_URL ?? await startedDatabase(stops);
    });
    const databaseUrl = env.DATABASE_URL;
    if (databaseUrl === undefined) return { env, missing, stop };
    const before = missing.length;
    await attempt(() => DJANGO_RELEASES.forEach((release) => pythonEnvironment(release, log)));
    if (missing.length > before) return { env, missing, stop };
    const oracle = (/** @type {OracleOptions} */ options, /** @type {(it: OracleProcess) => void} */ use) =>
      attempt(async () => {
        const started = await startOracle(options);
        stops.push(started.stop);
        use(started);
      });
    const outcomes = await Promise.allSettled([
      oracle({ databaseUrl }, (it) => {
        Object.assign(env, { ORACLE_URL: it.url, ORACLE_DATABASE_URL: it.databaseUrl });
      }),
      oracle({ databaseUrl, release: "4.2" }, (it) => Object.assign(env, { ORACLE_42_URL: it.url })),
    ]);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    return { env, missing, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {(() => Promise<void>)[]} stops
 * @returns {Promise<string>}
 */
async function startedDatabase(stops) {
  const server = await startPostgres();
  stops.push(server.stop);
  return server.url;
}
