/** The command `djauth` in a process of its own, whose reader leaves early, as `head` does. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { IS_BUN, IS_DENO } from "../../e2e/serve.ts";

const COMMAND = fileURLToPath(new URL("../../../src/cli/djauth.ts", import.meta.url));

/** How the runtime is told to run TypeScript. */
function optionsOfRuntime(): string[] {
  if (IS_BUN) return [];
  return IS_DENO ? ["run", "--quiet", "--no-check", "--allow-all"] : ["--import", "tsx"];
}

test("a reader who leaves early is no fault of the command", async () => {
  const child = spawn(process.execPath, [...optionsOfRuntime(), COMMAND, "triggers", "sql"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => said += text);
  child.stdout.destroy();
  const [status] = await once(child, "close");
  assert.deepEqual([status, said], [0, ""]);
});
