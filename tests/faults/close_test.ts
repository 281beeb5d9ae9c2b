/** djauth is closed while its backends stand still: that takes no longer than a query may, and the process ends. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { type PostgresServer, startPostgres } from "../ground/postgres.mjs";
import { runProcess } from "./run_process.ts";

let server: PostgresServer;

before(async () => {
  server = await startPostgres();
});

after(async () => {
  await server.stop();
});

test("a database that was closed keeps no process alive, however its connections stand", {
  timeout: 30_000,
  skip: process.platform === "win32" && "no signal stops a process here",
}, async () => {
  const outcome = await runProcess("close_process.ts", { DATABASE_URL: server.url });
  const admin = postgres(server.url, { max: 1 });
  const stopped = await admin`select pid from pg_stat_activity where application_name = 'djauth'`;
  // They would keep the server from stopping.
  for (const { pid } of stopped) process.kill(pid, "SIGCONT");
  await admin.end();
  assert.deepEqual([outcome.code, outcome.output], [0, "closed before 3\n"]);
  assert.equal(stopped.length, 3, "none of them has answered");
  // A second of its own, two for the deadline, one for what it left; the rest is for its start.
  assert.ok(outcome.milliseconds < 9000, `${outcome.milliseconds} ms`);
});
