/** djauth is closed while its backends are stopped: that takes no longer than a query may, and the process ends. */

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

test("a closed database keeps no process alive, whatever state its connections are in", {
  timeout: 30_000,
  skip: process.platform === "win32" && "no signal stops a process here",
}, async () => {
  const outcome = await runProcess("close_process.ts", { DATABASE_URL: server.url });
  const admin = postgres(server.url, { max: 1 });
  const stopped = await admin`select pid from pg_stat_activity where application_name = 'djauth'`;
  // Stopped backends would keep the server from stopping.
  for (const { pid } of stopped) process.kill(pid, "SIGCONT");
  await admin.end();
  assert.deepEqual([outcome.code, outcome.output], [0, "closed before 3\n"]);
  assert.equal(stopped.length, 3, "none of them has answered");
  // Its own second, two for the deadline and one for the connections that are left; the remainder is for its start.
  assert.ok(outcome.milliseconds < 9000, `${outcome.milliseconds} ms`);
});
