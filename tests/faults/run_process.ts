/** Runs a script of this folder in a process of its own, on the runtime that the test runs on. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** Milliseconds after which a process that does not end is killed. */
const LIMIT = 15_000;

/** How it ended. */
export interface Outcome {
  /** `null` for one that had to be killed. */
  readonly code: number | null;
  /** All that it wrote. */
  readonly output: string;
  readonly milliseconds: number;
}

/** @param variables its environment, beside this process's own */
export async function runProcess(script: string, variables: Record<string, string>): Promise<Outcome> {
  const start = performance.now();
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(
    process.execPath,
    ["run", ...("Deno" in globalThis ? ["-A", "--no-check"] : []), path],
    { env: { ...process.env, ...variables }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output += chunk);
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  const [code] = await once(child, "exit");
  clearTimeout(timer);
  return { code, output, milliseconds: performance.now() - start };
}
