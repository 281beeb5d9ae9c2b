/**
 * The feed while its connection is ended, frozen or leads nowhere: it notices in time, reconnects, and reports both.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import postgres from "postgres";
import { createPostgresFeed } from "../../src/databases/postgres/feed.ts";
import type { Feed } from "../../src/feed.ts";
import { type PostgresServer, startPostgres } from "../ground/postgres.mjs";
import { Proxy } from "../unit/databases/proxy.ts";
import { runProcess } from "./run_process.ts";

const CHANNEL = "feed under test";
/** Seconds. */
const HEARTBEAT = 0.4;
const DEADLINE = 0.4;
/** Milliseconds, with room for a busy machine. */
const NOTICED = (HEARTBEAT + DEADLINE) * 1000 + 700;

const noSignals = process.platform === "win32" && "no signal stops a process here";

/** A feed, and a log of what it reported. */
class Witness {
  readonly feed: Feed;
  readonly log: { readonly what: string; readonly at: number }[] = [];
  #wake: () => void = () => {};

  constructor(source: string | postgres.Sql) {
    const note = (what: string): void => {
      this.log.push({ what, at: performance.now() });
      this.#wake();
    };
    this.feed = createPostgresFeed(source, {
      channel: CHANNEL,
      heartbeat: HEARTBEAT,
      deadline: DEADLINE,
      onMessage: (payload) => note(payload),
      onRestored: () => note("restored"),
      onLost: ({ code }) => note(`lost: ${code}`),
    });
  }

  get story(): string[] {
    return this.log.map(({ what }) => what);
  }

  /** Waits until this was reported for the nth time, and returns the milliseconds from the call. */
  async until(what: string, count = 1): Promise<number> {
    const start = performance.now();
    for (;;) {
      const found = this.log.filter((entry) => entry.what === what)[count - 1];
      if (found !== undefined) return found.at - start;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

let server: PostgresServer;
let admin: postgres.Sql;

before(async () => {
  server = await startPostgres();
  admin = postgres(server.url, { max: 1, onnotice: () => {}, backoff: () => 0.1 });
});

after(async () => {
  await admin?.end({ timeout: 1 });
  await server?.stop();
});

/** The backends of feeds, the newest first. */
async function backends(): Promise<number[]> {
  const rows = await admin`
    select pid from pg_stat_activity where application_name = 'djauth feed' order by backend_start desc`;
  return rows.map(({ pid }) => Number(pid));
}

async function arrives(witness: Witness, text: string): Promise<void> {
  await admin.notify(CHANNEL, text);
  await witness.until(text);
}

describe("a feed over Postgres", { concurrency: false }, () => {
  test(
    "receives messages of the database and of other nodes, and lists the live nodes",
    { timeout: 20_000 },
    async () => {
      const given = postgres(server.url, { max: 3, connection: { application_name: "application" } });
      const [one, two] = [new Witness(server.url), new Witness(given)];
      await Promise.all([one.until("restored"), two.until("restored")]);
      await arrives(one, "from the database");
      await two.until("from the database");
      await two.feed.notify("from the other node");
      await one.until("from the other node");
      await until(() => one.feed.nodes().length === 2 && two.feed.nodes().length === 2);
      assert.deepEqual(new Set(one.feed.nodes()), new Set([one.feed.nodeId, two.feed.nodeId]));
      const [row] = await admin`
      select count(*)::int as connections from pg_stat_activity where application_name = 'application'`;
      assert.equal(row?.connections, 1, "one connection of its own, with the settings of the instance");
      await two.feed.close();
      await until(() => one.feed.nodes().length === 1);
      await one.feed.close();
      await until(async () => (await backends()).length === 0);
      await given.end();
      assert.deepEqual(one.story, ["restored", "from the database", "from the other node"]);
    },
  );

  test(
    "reconnects promptly when its backend is terminated, ten times in a row",
    { timeout: 20_000 },
    async () => {
      const witness = new Witness(server.url);
      await witness.until("restored");
      for (let round = 1; round <= 10; round++) {
        await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'djauth feed'`;
        assert.ok(await witness.until("lost: database_unavailable", round) < 500);
        assert.ok(await witness.until("restored", round + 1) < 1500);
        await arrives(witness, `round ${round}`);
      }
      assert.equal(witness.story.filter((what) => what.startsWith("lost")).length, 10);
      await witness.feed.close();
    },
  );

  test(
    "replaces a stopped backend, and closes promptly while its backend is stopped",
    { timeout: 20_000, skip: noSignals },
    async () => {
      const witness = new Witness(server.url);
      await witness.until("restored");
      const stopped: number[] = [];
      const stop = async (): Promise<void> => {
        const [pid] = await backends();
        stopped.push(pid!);
        process.kill(pid!, "SIGSTOP");
      };
      try {
        await stop();
        assert.ok(await witness.until("lost: database_unavailable") < NOTICED);
        assert.equal(witness.feed.isLive, false);
        await assert.rejects(witness.feed.notify("lost"), { code: "database_unavailable" });
        assert.ok(await witness.until("restored", 2) < 1500);
        await arrives(witness, "over another connection");
        await stop();
        const start = performance.now();
        await witness.feed.close();
        assert.ok(performance.now() - start < 500);
      } finally {
        for (const pid of stopped) process.kill(pid, "SIGCONT");
      }
      await until(async () => (await backends()).length === 0);
      assert.equal(witness.story.filter((what) => what === "over another connection").length, 1);
    },
  );

  test(
    "reconnects after a restart of the server, and after a longer outage",
    { timeout: 30_000 },
    async () => {
      const witness = new Witness(server.url);
      await witness.until("restored");
      await server.restart();
      await witness.until("restored", 2);
      await server.kill();
      await witness.until("lost: database_unavailable", 2);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      assert.equal(witness.feed.isLive, false);
      await server.restart();
      assert.ok(await witness.until("restored", 3) < 2500);
      await arrives(witness, "after all of that");
      assert.deepEqual(witness.story, [
        "restored",
        "lost: database_unavailable",
        "restored",
        "lost: database_unavailable",
        "restored",
        "after all of that",
      ]);
      await witness.feed.close();
    },
  );

  test(
    "detects a network that drops everything, before and after it was live",
    { timeout: 30_000 },
    async () => {
      const proxy = new Proxy(server.url);
      await proxy.listen();
      proxy.silence();
      const witness = new Witness(proxy.url);
      assert.ok(await witness.until("lost: database_unavailable") < NOTICED);
      proxy.open();
      await witness.until("restored");
      proxy.silence();
      assert.ok(await witness.until("lost: database_unavailable", 2) < NOTICED);
      proxy.open();
      await witness.until("restored", 2);
      proxy.cut(true);
      await witness.until("lost: database_unavailable", 3);
      await witness.until("restored", 3);
      await arrives(witness, "through the proxy");
      await witness.feed.close();
      await proxy.close();
    },
  );

  test(
    "reports once that it cannot connect, and connects as soon as it may",
    { timeout: 20_000 },
    async () => {
      await admin.unsafe("create role feed_role nologin");
      const witness = new Witness(Object.assign(new URL(server.url), { username: "feed_role" }).href);
      await witness.until("lost: database_unavailable");
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.deepEqual(witness.story, ["lost: database_unavailable"]);
      // Only the right to connect: LISTEN and NOTIFY need no other.
      await admin.unsafe("alter role feed_role login; revoke all on schema public from public, feed_role");
      await witness.until("restored");
      await witness.feed.close();
      await admin.unsafe("drop role feed_role");
    },
  );

  test(
    "keeps no process alive, whatever state its connection is in",
    { timeout: 30_000, skip: noSignals },
    async () => {
      const { code, output, milliseconds } = await runProcess("feed_process.ts", { FEED_URL: server.url });
      for (const pid of await backends()) process.kill(pid, "SIGCONT");
      assert.deepEqual([code, output], [0, "closed\n"]);
      assert.ok(milliseconds < 12_000);
    },
  );
});

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5000;
  while (!(await isSo())) {
    assert.ok(performance.now() < end, "it did not come about");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
