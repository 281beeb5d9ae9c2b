/**
 * `npm run demo`: runs PostgreSQL, a real Django, a Bun and a Deno server that share one login, until Ctrl-C.
 *
 *     npm run demo -- --port-base 9000     Django on 9000, Bun on 9001, Deno on 9002; 0 for any free ports
 *
 * Each server is announced by a line `ready NAME URL`, each user by `login NAME PASSWORD`. The lines `export NAME='VALUE'`
 * are for your own server, to share the login during this run. A line `Ctrl-C …` comes last.
 */

import { randomBytes } from "node:crypto";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { MissingPrerequisite } from "../tests/ground/missing_prerequisite.mjs";
import { startPostgres } from "../tests/ground/postgres.mjs";
import { pythonEnvironment } from "../tests/ground/python.mjs";
import { choosePorts } from "./demo/ports.mjs";
import { runToEnd, start, stopAll } from "./demo/processes.mjs";

const DJANGO_SITE = new URL("django_site/", import.meta.url);
const DEMO = new URL("demo/", import.meta.url);
const START_DEADLINE = 60_000;

const USERS = [
  { username: "ada", email: "ada@example.com", password: "analytical-engine" },
  {
    username: "admin",
    email: "admin@example.com",
    password: "difference-engine",
    is_staff: true,
    is_superuser: true,
  },
];

/** @type {Promise<import("../tests/ground/postgres.mjs").PostgresServer> | undefined} */
let database;
let isStopping = false;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(0));
watchNpm();
await main().catch(fail);

async function main() {
  const [djangoPort = 0, bunPort = 0, denoPort = 0] = await choosePorts(3, portBase());
  database = startPostgres();
  const { url } = await database;
  const python = findPython();
  await letSignalsArrive();
  if (isStopping) return;

  const env = {
    DATABASE_URL: url,
    DJANGO_SECRET_KEY: randomBytes(40).toString("base64"),
    DEMO_SITES: JSON.stringify({ ...python && { Django: djangoPort }, Bun: bunPort, Deno: denoPort }),
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const inDjango = { cwd: DJANGO_SITE, env };
  if (python !== undefined) await runToEnd([python, "manage.py", "migrate", "--verbosity=0"], inDjango);
  const tables = python === undefined ? "make" : "are there";
  await runToEnd(["bun", "prepare.ts"], {
    cwd: DEMO,
    env: { ...env, DEMO_USERS: JSON.stringify(USERS), DEMO_TABLES: tables },
  });

  if (python !== undefined) {
    // A single process, without the watcher for changed files.
    const command = [python, "manage.py", "runserver", "--noreload", `127.0.0.1:${djangoPort}`];
    await serve("Django", command, inDjango, djangoPort);
  }
  const denoFlags = [
    "--allow-net",
    "--allow-env",
    "--allow-read",
    "--allow-sys",
    "--unstable-no-legacy-abort",
  ];
  await serve("Bun", ["bun", "bun.ts"], { cwd: DEMO, env }, bunPort);
  await serve("Deno", ["deno", "run", ...denoFlags, "deno.ts"], { cwd: DEMO, env }, denoPort);
  if (python !== undefined) console.log(`ready  Admin   http://127.0.0.1:${djangoPort}/admin/`);
  for (const { username, password, is_superuser } of USERS) {
    console.log(`login  ${username.padEnd(6)}  ${password}${is_superuser ? "  (superuser)" : ""}`);
  }
  // Generated for this run, and useless after it.
  for (const name of /** @type {const} */ (["DATABASE_URL", "DJANGO_SECRET_KEY"])) {
    console.log(`export ${name}='${env[name]}'`);
  }
  console.log("Ctrl-C stops everything and leaves nothing behind");
}

/** @returns {number | undefined} */
function portBase() {
  const { "port-base": base } = parseArgs({ options: { "port-base": { type: "string" } } }).values;
  if (base === undefined) return undefined;
  if (!/^\d{1,5}$/.test(base) || Number(base) > 65_533) {
    throw new Error(`--port-base is "${base}", expected a number up to 65533`);
  }
  return Number(base);
}

/** @returns {string | undefined} a Python interpreter with Django; the demo also runs without one */
function findPython() {
  try {
    return pythonEnvironment("5.2", (line) => console.log(`${line}, which takes a minute the first time`));
  } catch (error) {
    if (!(error instanceof MissingPrerequisite)) throw error;
    console.log(`The demo runs without Django. ${error.message}`);
    return undefined;
  }
}

/**
 * Starts a server and waits until it responds.
 *
 * @param {string} name
 * @param {string[]} command
 * @param {{ cwd: URL, env: Record<string, string> }} place
 * @param {number} port
 */
async function serve(name, command, { cwd, env }, port) {
  if (isStopping) return;
  const url = `http://127.0.0.1:${port}/`;
  const ended = start(command, { cwd, env: { ...env, PORT: String(port) } }).then((outcome) => {
    throw new Error(`${name} ended with ${outcome}`);
  });
  await Promise.race([ended, answers(url)]);
  // If it ends later, the demo ends as well.
  ended.catch(fail);
  console.log(`ready  ${name.padEnd(6)}  ${url}`);
}

/** @param {string} url */
async function answers(url) {
  const deadline = performance.now() + START_DEADLINE;
  while (performance.now() < deadline && !isStopping) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return await response.body?.cancel();
    await delay(50);
  }
  if (!isStopping) throw new Error(`${url} does not answer`);
}

/** Stops when npm is killed, which is only noticeable by a new parent process. */
function watchNpm() {
  if (process.env.npm_lifecycle_event !== "demo") return;
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || stop(0), 500).unref();
}

/** Lets the handler of a signal run that arrived during blocking work. */
function letSignalsArrive() {
  return delay(50);
}

/** @param {unknown} error */
async function fail(error) {
  await letSignalsArrive();
  // Ctrl-C aborts work in progress, which is not a failure.
  if (isStopping) return;
  console.error(error instanceof Error ? error.message : error);
  await stop(1);
}

/** @param {number} status */
async function stop(status) {
  if (isStopping) return;
  isStopping = true;
  await stopAll();
  // Waits for a server that is still starting, so that it does not outlive this process.
  await database?.then((server) => server.stop(), () => {});
  process.exit(status);
}
