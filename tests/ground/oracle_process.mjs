/**
 * Starts the oracle: a real Django (`django_project/`) that answers the tests' questions, which are sent with
 * `oracle.ts`. Runs on Node, Deno and Bun.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "./python.mjs";

/**
 * @typedef {object} OracleProcess
 * @property {string} url where it listens: `http://127.0.0.1:PORT`
 * @property {string} databaseUrl the database that it works on
 * @property {() => Promise<void>} stop ends it and drops its database
 */

/**
 * @typedef {object} OracleOptions
 * @property {string} databaseUrl a server; the oracle creates its own database on it
 * @property {boolean} [useAsIs] use this very database instead, and keep it
 * @property {import("./python.mjs").DjangoRelease} [release] 5.2 by default
 * @property {Record<string, unknown>} [settings] Django settings that override the project's
 */

/**
 * Starts an oracle.
 *
 * @param {OracleOptions} options
 * @returns {Promise<OracleProcess>}
 * @throws {MissingPrerequisite} there is no Python
 */
export async function startOracle({ databaseUrl, useAsIs = false, release = "5.2", settings = {} }) {
  const script = fileURLToPath(new URL("django_project/serve.py", import.meta.url));
  const environment = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    DJANGO_SETTINGS_MODULE: "project.settings",
    ORACLE_SETTINGS: JSON.stringify(settings),
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const child = spawn(pythonEnvironment(release), [script, ...(useAsIs ? [] : ["--create"])], {
    env: environment,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const { port, database_url } = JSON.parse(await firstLine(child.stdout));
  return {
    url: `http://127.0.0.1:${port}`,
    databaseUrl: database_url,
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}

/** @param {AsyncIterable<Uint8Array>} stream */
async function firstLine(stream) {
  let text = "";
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
  }
  throw new Error("the oracle did not start; its own words are above");
}
