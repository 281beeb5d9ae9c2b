/** A process that closes djauth while its backends are stopped: one idle, one during a read, one for writes. */

import process from "node:process";
import postgres from "postgres";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";

const url = process.env.DATABASE_URL ?? "";
const admin = postgres(url, { max: 1 });
const database = createPostgresDatabase(url, { deadline: 2 });
await database.read("select 1", []);
await database.query("select 1", []);
// Occupies the connection for reads, so that the next ones use another.
const stuck = database.read("select pg_sleep(60)", []).catch(() => "given up");
await new Promise((resolve) => setTimeout(resolve, 1000));
await database.read("select 1", []);
const rows = await admin`select pid from pg_stat_activity where application_name = 'djauth'`;
for (const { pid } of rows) process.kill(pid, "SIGSTOP");
await database.close();
await stuck;
await admin.end();
console.log(`closed before ${rows.length}`);
