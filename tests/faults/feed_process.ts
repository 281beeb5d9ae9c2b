/** A process that closes two feeds: one whose backend is stopped, and one that never connected. */

import process from "node:process";
import postgres from "postgres";
import { createPostgresFeed } from "../../src/databases/postgres/feed.ts";

const url = process.env.FEED_URL ?? "";
const admin = postgres(url, { max: 1 });
const common = { channel: "process", onMessage: () => {}, onLost: () => {} };
let restored = (): void => {};
const isLive = new Promise<void>((resolve) => restored = resolve);
const feed = createPostgresFeed(url, { ...common, onRestored: () => restored() });
const nowhere = createPostgresFeed("postgres://127.0.0.1:1/nowhere", { ...common, onRestored: () => {} });
await isLive;
const rows = await admin`select pid from pg_stat_activity where application_name = 'djauth feed'`;
for (const { pid } of rows) process.kill(pid, "SIGSTOP");
await Promise.all([feed.close(), nowhere.close()]);
await admin.end();
console.log("closed");
