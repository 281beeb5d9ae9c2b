/** Starts, watches and stops the demo's processes. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const PROGRAMS = fileURLToPath(new URL("../../node_modules/.bin", import.meta.url));
const STOP_DEADLINE = 5_000;

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */
/** @typedef {{ cwd: URL, env: Record<string, string | undefined> }} Place */

/** @type {Set<ChildProcess>} */
const running = new Set();
process.on("exit", () => running.forEach((child) => end(child, "SIGKILL")));

/**
 * Starts a program, which runs until `stopAll()`. Its standard error is shown, its standard output is not.
 *
 * @param {string[]} command
 * @param {Place} place
 * @returns {Promise<string>} its exit status or signal
 */
export async function start([program = "", ...args], { cwd, env }) {
  const path = `${PROGRAMS}${delimiter}${process.env.PATH}`;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, PATH: path, ...env },
    stdio: ["ignore", "ignore", "inherit"],
    // In its own process group: Ctrl-C reaches only the demo, which then ends the programs and their children.
    detached: true,
  });
  running.add(child);
  try {
    const [status, signal] = await once(child, "exit");
    return signal === null ? `status ${status}` : `signal ${signal}`;
  } finally {
    running.delete(child);
  }
}

/**
 * Runs a program and waits for it to end.
 *
 * @param {string[]} command
 * @param {Place} place
 * @throws {Error} if it failed; its standard error is on the terminal
 */
export async function runToEnd(command, place) {
  const outcome = await start(command, place);
  if (outcome !== "status 0") throw new Error(`${command.join(" ")} ended with ${outcome}`);
}

/** Ends all programs: with SIGTERM, and after a deadline with SIGKILL. */
export async function stopAll() {
  const children = [...running];
  const exits = children.map((child) => once(child, "exit"));
  for (const child of children) end(child, "SIGTERM");
  const timer = setTimeout(() => children.forEach((child) => end(child, "SIGKILL")), STOP_DEADLINE);
  await Promise.all(exits);
  clearTimeout(timer);
}

/**
 * @param {ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function end(child, signal) {
  try {
    // The whole group: `deno` of the npm package may be a wrapper script.
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has already ended.
  }
}
