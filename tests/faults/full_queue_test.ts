/** A notification queue that another role has filled: any role can, with `LISTEN` and an open transaction. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postgres from "postgres";
import type { Database } from "../../src/database.ts";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { createTriggers } from "../../src/stores/triggers/triggers.ts";
import { DJANGO_TABLES } from "../ground/database.ts";
import { eavesdrop } from "../ground/eavesdropper.ts";
import { type PostgresServer, startPostgres } from "../ground/postgres.mjs";

/** The least that Postgres accepts: half a megabyte instead of eight gigabytes. */
const SETTINGS = ["max_notify_queue_pages=64"];

let server: PostgresServer;
let django: postgres.Sql;
let database: Database;

before(async () => {
  server = await startPostgres({ settings: SETTINGS });
  django = postgres(server.url, { max: 1, onnotice: () => {} });
  await django.unsafe(`${DJANGO_TABLES}
    insert into django_session values ('one', 'data', now()), ('two', 'data', now());
    insert into auth_user select 7, 'hash', null, false, 'ann', '', '', '', false, true, now();
    create role guest login;`);
  database = createPostgresDatabase(server.url);
  await createTriggers({ database }).install();
});

after(async () => {
  await database?.close();
  await django?.end({ timeout: 1 });
  await server?.stop();
});

/** Fills the queue as a role that may only connect, and returns a function that empties it again. */
async function fillQueue(): Promise<() => Promise<void>> {
  const guest = () => postgres(server.url.replace("postgres@", "guest@"), { max: 1, onnotice: () => {} });
  const [listener, sender] = [guest(), guest()];
  await listener.unsafe("listen junk");
  await listener.unsafe("begin").simple();
  const junk = "select pg_notify('junk', repeat('x', 7900) || i) from generate_series(1, 10) i";
  await assert.rejects(async () => {
    for (let times = 0; times < 1000; times++) await sender.unsafe(junk);
  }, { code: "54000" });
  return async () => {
    await listener.end({ timeout: 0 });
    await sender.end({ timeout: 0 });
  };
}

test(
  "a full queue blocks no logout, no password change and no deactivation",
  { timeout: 60_000 },
  async () => {
    const channel = await createTriggers({ database }).channel();
    const empty = await fillQueue();
    await django`delete from django_session where session_key = 'one'`;
    await django`update auth_user set password = 'other'`;
    await django`update auth_user set is_active = false`;
    assert.equal((await django`select from django_session`).length, 1);
    await empty();
    const ear = await eavesdrop(server.url, channel);
    await django`delete from django_session where session_key = 'two'`;
    await django`delete from auth_user`;
    assert.deepEqual((await ear.messages()).map((message) => message?.kind), ["sessions", "users"]);
    await ear.close();
  },
);
