/** Runs the command after `--` with additional environment variables, and passes on signals and its exit status. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import process from "node:process";

/** @type {import("node:child_process").ChildProcess | undefined} */
let child;

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  // The command ends first, then its surroundings; before it has started, exit listeners clean up.
  process.on(signal, () => {
    if (child === undefined) process.exit(128 + constants.signals[signal]);
    child.kill(signal);
  });
}

/** @returns {string[]} what stands behind `--` on the command line */
export function commandLine() {
  const separator = process.argv.indexOf("--");
  if (separator !== -1 && process.argv.length > separator + 1) return process.argv.slice(separator + 1);
  console.error(`usage: node ${process.argv[1]} -- command [argument…]`);
  process.exit(2);
}

/**
 * Runs a command to its end.
 *
 * @param {string[]} command
 * @param {Record<string, string>} env
 * @returns {Promise<number>} its exit status, or 128 plus the number of the signal that ended it
 */
export async function runCommand([program = "", ...args], env) {
  child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
  try {
    const [status, signal] = await once(child, "exit");
    return status ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)];
  } catch (error) {
    console.error(`${program}: ${error instanceof Error ? error.message : error}`);
    return 127;
  } finally {
    child = undefined;
  }
}
