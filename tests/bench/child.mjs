/** Child processes that exchange JSON lines over stdin and stdout. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import process from "node:process";
import { ENVIRONMENT, ROOT } from "../tools/run.mjs";

/**
 * @typedef {object} Child
 * @property {(line: object) => Promise<any>} ask sends a line and returns the next one
 * @property {() => Promise<any>} next returns the next line
 * @property {number | undefined} pid
 * @property {() => Promise<void>} stop kills it
 */

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/**
 * @param {string[]} command
 * @param {Record<string, string>} [env]
 * @returns {Child}
 */
export function startChild([program = "", ...args], env = {}) {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...ENVIRONMENT, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.add(child);
  const exited = new Promise((resolve) => child.on("error", resolve).on("exit", resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function next() {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${program} ${args.join(" ")} ended without an answer`);
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
  return {
    pid: child.pid,
    next,
    ask(line) {
      child.stdin.write(`${JSON.stringify(line)}\n`);
      return next();
    },
    async stop() {
      child.kill("SIGKILL");
      await exited;
      children.delete(child);
    },
  };
}
