/**
 * A database with very many sessions on the server of `DATABASE_URL`: measures how long Django's statements take with
 * and without the triggers. For each line it measures a round ("round") or drops everything ("end"). Runs on Bun.
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createPostgresDatabase, createPostgresFeed, createTriggers } from "../../mod.ts";
import { createDatabase } from "../ground/database.ts";

/** Milliseconds per kind of work. */
export type Work = Readonly<Record<"clear" | "logout" | "login" | "save", number>>;

/** The result of a round. */
export interface Costs {
  readonly plain: Work;
  readonly triggers: Work;
}

const [SESSIONS, EXPIRED, TRANSACTIONS] = [
  ...[process.env.BENCH_SESSIONS, process.env.BENCH_EXPIRED, process.env.BENCH_TRANSACTIONS],
].map(Number) as [number, number, number];
/** As long as Django's data for a login without custom values. */
const DATA = "x".repeat(230);
/** Milliseconds after which a notification has arrived. */
const HEARD = 500;

const { sql, url, drop } = await createDatabase();
await sql`
  INSERT INTO auth_user
    (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
  SELECT id, md5(id::text), false, 'user' || id, '', '', '', false, true, now()
  FROM generate_series(1, ${TRANSACTIONS}::int) AS id`;
const database = createPostgresDatabase(url);
const triggers = createTriggers({ database });
const messages: string[] = [];
// With an active listener, as on a site with sockets.
const feed = createPostgresFeed(url, {
  channel: () => triggers.channel(),
  onMessage: (payload) => void messages.push(payload),
  onRestored: () => {},
  onLost: () => {},
});

/** Restores the same sessions before each measurement. */
async function refill(): Promise<void> {
  await sql`TRUNCATE django_session`;
  await sql`
    INSERT INTO django_session
    SELECT md5(id::text), ${DATA}, now() + CASE WHEN id <= ${EXPIRED} THEN '-1 day' ELSE '14 days' END::interval
    FROM generate_series(1, ${SESSIONS}::int) AS id`;
  await sql`VACUUM ANALYZE django_session, auth_user`;
  messages.length = 0;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function eachOf(work: (id: number) => Promise<unknown>): Promise<number> {
  return await timed(async () => {
    for (let id = 1; id <= TRANSACTIONS; id++) await work(id);
  });
}

async function measure(): Promise<Work> {
  await refill();
  const login = await eachOf((id) =>
    sql.begin(async (transaction) => {
      await transaction`INSERT INTO django_session VALUES (${`new${id}`}, ${DATA}, now() + '14 days'::interval)`;
      await transaction`UPDATE auth_user SET last_login = now() WHERE id = ${id}`;
    })
  );
  const save = await eachOf((id) =>
    sql`UPDATE django_session SET session_data = ${`${DATA}y`}, expire_date = now() + '14 days'::interval
      WHERE session_key = ${`new${id}`}`
  );
  await sleep(HEARD);
  if (messages.length > 0) throw new Error(`Logins and saves were told of: ${messages[0]}`);
  const logout = await eachOf((id) => sql`DELETE FROM django_session WHERE session_key = ${`new${id}`}`);
  await sleep(HEARD);
  messages.length = 0;
  const clear = await timed(() => sql`DELETE FROM django_session WHERE expire_date < now()`);
  return { login, save, logout, clear };
}

async function round(): Promise<Costs> {
  await triggers.uninstall();
  const plain = await measure();
  await triggers.install();
  const withTriggers = await measure();
  await sleep(HEARD);
  // Half a million keys are sent as a single message: resync.
  if (messages.join() !== "resync") {
    throw new Error(`The deletion was told of by ${messages.length} messages`);
  }
  return { plain, triggers: withTriggers };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (JSON.parse(line).ask === "end") break;
  console.log(JSON.stringify(await round()));
}
await feed.close();
await database.close();
await drop();
console.log("{}");
