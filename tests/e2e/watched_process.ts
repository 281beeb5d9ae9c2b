/** A server in a process of its own, on the runtime that the test runs on, whose output is recorded. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { IS_DENO, type TestServer } from "./serve.ts";

/** A server whose output is recorded. */
export interface WatchedProcess extends TestServer {
  /** Standard output and standard error so far. */
  output(): string;
}

/** Starts a script of this folder that prints its address as JSON first, and ends when its standard input ends. */
export async function startWatched(
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<WatchedProcess> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const args = IS_DENO ? ["run", "--quiet", "--no-check", "--allow-all", path] : [path];
  const child = spawn(process.execPath, args, { stdio: "pipe", env: { ...process.env, ...env } });
  const exited = once(child, "exit");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => output += text);
  }
  while (!output.includes("\n") && child.exitCode === null) await once(child.stdout, "data");
  const { url, host } = JSON.parse(output.slice(0, output.indexOf("\n")));
  return {
    url,
    host,
    output: () => output,
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
