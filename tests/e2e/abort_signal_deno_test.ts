/**
 * `request.signal` on Deno is the only way a server learns that a client left while its upgrade was pending. Deno
 * writes one warning about it to the application's standard error, unless it runs with `--unstable-no-legacy-abort`.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SCRIPT = fileURLToPath(new URL("./abort_signal_process.ts", import.meta.url));
const OUTCOME = { heard: ["open", "close", "open", "close", "open", "close"], hasEnded: true };

describe("clients that disconnect while their upgrade is pending", () => {
  test("open no socket and do not block the shutdown; Deno warns once", async () => {
    const { stdout, stderr } = await run([]);
    assert.deepEqual(JSON.parse(stdout), OUTCOME);
    assert.match(stderr, /^Deno\.serve: request\.signal aborts on successful responses[^\n]*\n$/);
  });

  test("open no socket with --unstable-no-legacy-abort either, and Deno does not warn", async () => {
    const { stdout, stderr } = await run(["--unstable-no-legacy-abort"]);
    assert.deepEqual(JSON.parse(stdout), OUTCOME);
    assert.equal(stderr, "");
  });
});

function run(flags: string[]): Promise<{ stdout: string; stderr: string }> {
  const args = ["run", "--quiet", "--no-check", "--allow-all", ...flags, SCRIPT];
  return promisify(execFile)(process.execPath, args, { env: { ...process.env, NO_COLOR: "1" } });
}
