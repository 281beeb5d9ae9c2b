/** Runs a program of this repository and captures its output. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { delimiter } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The folder of the repository, without a slash at the end. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/** Programs of `node_modules` take precedence; output has no colours, and Python writes no cache files. */
export const ENVIRONMENT = {
  ...process.env,
  PATH: `${ROOT}/node_modules/.bin${delimiter}${process.env.PATH}`,
  NO_COLOR: "1",
  FORCE_COLOR: undefined,
  PYTHONDONTWRITEBYTECODE: "1",
};

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill()));

/**
 * Runs a program to its end.
 *
 * @param {string[]} command
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, log?: string, timeout?: number }} [options]
 *   `log` is a file that receives the output as well; after `timeout` milliseconds the program is ended
 * @returns {Promise<{ status: number, output: string }>}
 */
export async function run([program = "", ...args], { cwd = ROOT, env = {}, log, timeout } = {}) {
  const child = spawn(program, args, {
    cwd,
    env: { ...ENVIRONMENT, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout,
    shell: process.platform === "win32",
  });
  children.add(child);
  const file = log === undefined ? undefined : createWriteStream(log);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
      file?.write(text);
    });
  }
  try {
    const [status] = await once(child, "close");
    return { status: status ?? 1, output };
  } catch (error) {
    return { status: 127, output: `${program}: ${error instanceof Error ? error.message : error}\n` };
  } finally {
    children.delete(child);
    file?.end();
  }
}

/** @param {number} start a `performance.now()` */
export function secondsSince(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
