/**
 * `request.signal` on Deno: only by it a server learns that a client left while its upgrade was decided. Deno has a word
 * to say about it on the application's standard error, once; with `--unstable-no-legacy-abort` it has none.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SCRIPT = fileURLToPath(new URL("./abort_signal_process.ts", import.meta.url));
const OUTCOME = { heard: ["open", "close", "open", "close", "open", "close"], hasEnded: true };

describe("clients that leave while their upgrades are decided", () => {
  test("open nothing and keep no server from its end, and Deno warns once", async () => {
    const { stdout, stderr } = await run([]);
    assert.deepEqual(JSON.parse(stdout), OUTCOME);
    assert.match(stderr, /^Deno\.serve: request\.signal aborts on successful responses[^\n]*\n$/);
  });

  test("open nothing either with --unstable-no-legacy-abort, without a word", async () => {
    const { stdout, stderr } = await run(["--unstable-no-legacy-abort"]);
    assert.deepEqual(JSON.parse(stdout), OUTCOME);
    assert.equal(stderr, "");
  });
});

function run(flags: string[]): Promise<{ stdout: string; stderr: string }> {
  const args = ["run", "--quiet", "--no-check", "--allow-all", ...flags, SCRIPT];
  return promisify(execFile)(process.execPath, args, { env: { ...process.env, NO_COLOR: "1" } });
}
