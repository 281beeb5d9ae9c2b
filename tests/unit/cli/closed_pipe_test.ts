/** The command `djauth` in a separate process whose output pipe is closed early, as by `head`. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { IS_BUN, IS_DENO } from "../../e2e/serve.ts";

const COMMAND = fileURLToPath(new URL("../../../src/cli/djauth.ts", import.meta.url));

/** Options that make the runtime run TypeScript. */
function optionsOfRuntime(): string[] {
  if (IS_BUN) return [];
  return IS_DENO ? ["run", "--quiet", "--no-check", "--allow-all"] : ["--import", "tsx"];
}

test("a pipe that is closed early is not an error of the command", async () => {
  const child = spawn(process.execPath, [...optionsOfRuntime(), COMMAND, "triggers", "sql"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => said += text);
  child.stdout.destroy();
  const [status] = await once(child, "close");
  assert.deepEqual([status, said], [0, ""]);
});
