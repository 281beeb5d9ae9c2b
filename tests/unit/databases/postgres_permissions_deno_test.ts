/**
 * Deno without a permission that postgres.js needs: the error names the permission, and never contains the password.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PROCESS = fileURLToPath(new URL("permissions_process.ts", import.meta.url));

async function messages(url: string, ...permissions: string[]): Promise<string[]> {
  const args = ["run", "--no-prompt", "--no-check", ...permissions, PROCESS, url];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
  assert.doesNotMatch(stdout + stderr, /hunter2|ann/);
  return JSON.parse(stdout);
}

// Without any permission, Deno's "node:child_process" would add its own.
for (const permission of ["--deny-env", "--allow-env=DATABASE_URL"]) {
  test(`the error names --allow-env with ${permission}`, async () => {
    const message =
      "ImproperlyConfigured: database could not be opened: Deno does not let postgres.js read the " +
      "environment variables PG*; run it with --allow-env=PG*, beside your own variables";
    const url = "postgres://ann:hunter2@127.0.0.1:1/site";
    assert.deepEqual(await messages(url, permission), [message, message, message]);
  });
}

for (const host of ["127.0.0.1:1", "localhost:1"]) {
  test(`the error names --allow-net for ${host}, without waiting for a timeout`, async () => {
    const message =
      `DatabaseUnavailable: The database could not be reached at ${host}: Deno does not allow it; ` +
      `run it with --allow-net=${host}`;
    const url = `postgres://ann:hunter2@${host}/site`;
    for (const net of ["--deny-net", "--allow-net=127.0.0.1:2"]) {
      assert.deepEqual(await messages(url, "--allow-env=PG*", net), [message, message, message]);
    }
  });
}

test("the error names a variable other than Postgres's own, such as USER", async () => {
  const [message] = await messages("postgres://127.0.0.1:1/site", "--allow-env=PG*");
  assert.match(message!, /variables USER(?:NAME)?; run it with --allow-env=USER/);
});
