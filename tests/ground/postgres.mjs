/**
 * Runs a PostgreSQL server for the tests on a free port of 127.0.0.1, and removes it afterwards. Runs on Node, Deno and
 * Bun. The command-line wrapper is `with_postgres.mjs`.
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { postgresBinaries, SERVER_UID } from "./postgres_binaries.mjs";

/**
 * @typedef {object} PostgresServer
 * @property {string} url of the database `postgres`, with the superuser `postgres` and no password
 * @property {number} port stays the same over restarts
 * @property {() => Promise<void>} kill ends it at once, as a crash does: every connection breaks
 * @property {() => Promise<void>} restart starts it again on the same port and data (ends it first if it runs)
 * @property {() => Promise<void>} stop ends it and deletes its data
 */

const READY = "ready to accept connections";
const STOP_DEADLINE = 10_000;

/** Committed data survives the end of the process, for tests that kill it, but not a crash of the machine. */
const SETTINGS = ["fsync=off", "full_page_writes=off", "max_connections=300"];

/**
 * Starts a server.
 *
 * @param {{ settings?: string[] }} [options] further settings, as `log_statement=all`
 * @returns {Promise<PostgresServer>}
 * @throws {MissingPrerequisite} there is no PostgreSQL
 */
export async function startPostgres(options = {}) {
  const folder = mkdtempSync(join(tmpdir(), "djauth-postgres-"));
  const remove = () => {
    process.removeListener("exit", remove);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.on("exit", remove);
  try {
    if (SERVER_UID !== undefined) chownSync(folder, SERVER_UID, SERVER_UID);
    const binaries = postgresBinaries(folder);
    const data = join(folder, "data");
    initialise(binaries, data);
    const port = await freePort();
    const settings = [...SETTINGS, "listen_addresses=127.0.0.1", "unix_socket_directories=", `port=${port}`];
    const all = [...settings, ...(options.settings ?? [])].flatMap((setting) => ["-c", setting]);
    return await serve({ launch: () => launch(binaries, ["-D", data, ...all]), remove, port });
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * @param {{ launch: () => Promise<Running>, remove: () => void, port: number }} parts
 * @returns {Promise<PostgresServer>}
 */
async function serve({ launch, remove, port }) {
  let running = await launch();
  const atExit = () => running.process.kill("SIGQUIT");
  process.prependListener("exit", atExit);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    kill: () => end(running, "SIGQUIT"),
    async restart() {
      await end(running, "SIGQUIT");
      running = await launch();
    },
    async stop() {
      process.removeListener("exit", atExit);
      await end(running, "SIGINT");
      remove();
    },
  };
}

/**
 * @typedef {object} Running
 * @property {import("node:child_process").ChildProcess} process
 * @property {Promise<unknown>} exited
 */

/**
 * @param {string} binaries
 * @param {string} data
 */
function initialise(binaries, data) {
  const options = [
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--no-locale",
    "--no-sync",
    "--no-instructions",
  ];
  const { status, error, stderr } = spawnSync(join(binaries, "initdb"), ["-D", data, ...options], {
    ...identity(),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`initdb failed: ${stderr || error}`);
}

/**
 * @param {string} binaries
 * @param {string[]} args
 * @returns {Promise<Running>} when connections are accepted
 */
async function launch(binaries, args) {
  // In its own process group: Ctrl-C reaches only the parent process, which then stops the server in order.
  const child = spawn(join(binaries, "postgres"), args, {
    ...identity(),
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  const exited = once(child, "exit");
  let output = "";
  const ready = new Promise((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (text) => {
      if (output.length < 20_000) output += text;
      if (output.includes(READY)) resolve(true);
    });
  });
  if (await Promise.race([ready, exited]) !== true) throw new Error(`postgres did not start: ${output}`);
  return { process: child, exited };
}

/**
 * @param {Running} running
 * @param {"SIGINT" | "SIGQUIT"} signal fast or immediate shutdown
 */
async function end(running, signal) {
  const child = running.process;
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE);
  await running.exited;
  clearTimeout(timer);
}

/** The user that the server runs as, and English messages whatever the machine's locale. */
function identity() {
  return { uid: SERVER_UID, gid: SERVER_UID, cwd: tmpdir(), env: { ...process.env, LC_ALL: "C" } };
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
