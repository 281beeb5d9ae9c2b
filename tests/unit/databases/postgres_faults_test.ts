/** Faults between djauth and Postgres: every result is right or `database_unavailable`, and arrives in time. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import postgres from "postgres";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { createDatabase, needsDatabase, type TestDatabase } from "../../ground/database.ts";
import { Proxy } from "./proxy.ts";
import { failure } from "./suite.ts";
import {
  DEADLINE,
  IN_TIME,
  isAnswered,
  isChanged,
  isLocal,
  lock,
  signal,
  sleep,
  TABLES,
  timed,
} from "./trouble.ts";

describe("a database with faults", { ...needsDatabase, concurrency: false }, () => {
  let home: TestDatabase;
  let proxy: Proxy;
  let database: Database;
  before(async () => {
    home = await createDatabase(TABLES);
    proxy = new Proxy(home.url);
    await proxy.listen();
  });
  after(async () => {
    await proxy?.close();
    await home?.drop();
  });

  const open = (options: { name?: string; url?: string } = {}): Database =>
    database = createPostgresDatabase(
      `${options.url ?? proxy.url}?application_name=${options.name ?? "faults"}`,
      { deadline: DEADLINE },
    );
  const isBackBy = async (milliseconds: number): Promise<void> => {
    const end = performance.now() + milliseconds;
    while (!(await isAnswered(database, 5))) assert.ok(performance.now() < end, "not back in time");
  };

  it("answers while its connections are terminated twenty times a second", { timeout: 20_000 }, async () => {
    open({ name: "storm" });
    let isOver = false;
    const answers: boolean[] = [];
    const changes: boolean[] = [];
    const reader = async (): Promise<void> => {
      while (!isOver) answers.push(await isAnswered(database, 1 + answers.length % 130));
    };
    const writer = async (): Promise<void> => {
      while (!isOver) changes.push(await isChanged(database, 1 + changes.length % 100));
    };
    const all = [reader(), reader(), reader(), reader(), writer(), writer()];
    for (let round = 0; round < 50; round++) {
      await home.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'storm'`;
      await sleep(50);
    }
    isOver = true;
    await Promise.all(all);
    const right = answers.filter(Boolean).length;
    assert.ok(right > answers.length * 0.9, `${right} of ${answers.length} reads`);
    assert.ok(changes.some(Boolean), `none of ${changes.length} changes`);
    await isBackBy(500);
    await database.close();
  });

  it("gives up on a locked table at the deadline, without delaying other queries", {
    timeout: 20_000,
  }, async () => {
    open({ name: "locked" });
    await isBackBy(1000);
    const release = await lock(home, "item");
    const stuck = timed(isAnswered(database, 7));
    const write = timed(isChanged(database, 8, 1000));
    await sleep(10);
    const others = await Promise.all(
      [1, 2, 3, 101].map((index) => timed(isAnswered(database, index, "other"))),
    );
    for (const [isRight, milliseconds] of others) {
      assert.ok(isRight);
      assert.ok(milliseconds < DEADLINE * 900, `${milliseconds} ms`);
    }
    for (const [isRight, milliseconds] of [await stuck, await write]) {
      assert.equal(isRight, false);
      assert.ok(milliseconds > DEADLINE * 900 && milliseconds < IN_TIME, `${milliseconds} ms`);
    }
    await sleep(100);
    const left = await home
      .sql`select wait_event_type from pg_stat_activity where application_name = 'locked'`;
    assert.deepEqual(
      left.map((row) => row.wait_event_type),
      ["Client"],
      "only the one new connection is left",
    );
    await release();
    assert.equal(await isAnswered(database, 7), true);
    assert.equal((await home.sql`select number from item where name = 'n8'`)[0]!.number, 8);
    await database.close();
  });

  it("abandons a backend that does not respond", { timeout: 20_000 }, async (t) => {
    if (!isLocal()) return t.skip("the server is on another machine");
    open({ url: home.url });
    const pid = Number((await database.read("select pg_backend_pid()", []))[0]![0]);
    if (!signal(pid, "SIGSTOP")) return t.skip("not allowed to stop a backend");
    try {
      const [isRight, milliseconds] = await timed(isAnswered(database, 7));
      assert.equal(isRight, false);
      assert.ok(milliseconds < IN_TIME, `${milliseconds} ms`);
      assert.deepEqual(await Promise.all([1, 2, 3].map((index) => isAnswered(database, index))), [
        true,
        true,
        true,
      ]);
    } finally {
      signal(pid, "SIGCONT");
    }
    await database.close();
  });

  it("reports a refused connection in time, and recovers within a second", { timeout: 20_000 }, async () => {
    open();
    await isBackBy(1000);
    await proxy.close();
    const [isRight, milliseconds] = await timed(isAnswered(database, 7));
    assert.equal(isRight, false);
    assert.ok(milliseconds < IN_TIME, `${milliseconds} ms`);
    assert.equal(await isChanged(database, 7), false);
    for (let round = 0; round < 3; round++) await isAnswered(database, 7);
    await proxy.listen();
    await isBackBy(1000);
    assert.equal(await isChanged(database, 7), true);
    await database.close();
  });

  it("gives up on a silent server in time, and recovers within a second", { timeout: 20_000 }, async () => {
    open();
    await isBackBy(1000);
    proxy.silence();
    const [answers, milliseconds] = await timed(Promise.all([
      isAnswered(database, 7),
      isAnswered(database, 8),
      isChanged(database, 9),
    ]));
    assert.deepEqual(answers, [false, false, false]);
    assert.ok(milliseconds < IN_TIME, `${milliseconds} ms`);
    proxy.open();
    await isBackBy(1000);
    await database.close();
    proxy.cut();
  });

  it("survives a proxy that hangs up, and recovers within a second", { timeout: 20_000 }, async () => {
    open();
    await isBackBy(1000);
    proxy.mode = "hangup";
    proxy.cut();
    const [isRight, milliseconds] = await timed(isAnswered(database, 7));
    assert.equal(isRight, false);
    assert.ok(milliseconds < IN_TIME, `${milliseconds} ms`);
    proxy.mode = "open";
    await isBackBy(1000);
    await database.close();
  });

  for (const kind of ["a URL", "an instance"] as const) {
    describe(`a transaction over ${kind}`, () => {
      let sql: postgres.Sql | null = null;
      before(() => {
        sql = kind === "an instance" ? postgres(proxy.url, { max: 2, backoff: () => 0.05 }) : null;
        database = createPostgresDatabase(sql ?? proxy.url, { deadline: DEADLINE });
      });
      after(async () => {
        await database.close();
        await sql?.end();
      });

      for (const isReset of [false, true]) {
        const end = isReset ? "reset" : "closed";
        // One row each: the backend notices a lost client only when its statement ends.
        const [running, waiting] = kind === "a URL"
          ? (isReset ? [20, 21] : [22, 23])
          : (isReset ? [24, 25] : [26, 27]);
        const change = "update item set number = 1000 where name = $1";
        const isUnchanged = async (index: number): Promise<void> => {
          const [row] = await home.sql`select number from item where name = ${`n${index}`}`;
          assert.equal(row!.number, index);
        };
        it(`ends when its connection is ${end} during a statement`, async () => {
          const ended = failure(database.transaction(async (transaction) => {
            await transaction.query(change, [`n${running}`]);
            setTimeout(() => proxy.cut(isReset), 30);
            await transaction.query("select pg_sleep($1)", [0.5]);
          }));
          assert.equal((await ended).code, "database_unavailable");
          await isUnchanged(running);
        });

        it(`ends when its connection is ${end} between statements`, async () => {
          let late: unknown;
          const ended = failure(database.transaction(async (transaction) => {
            await transaction.query(change, [`n${waiting}`]);
            proxy.cut(isReset);
            await sleep(100);
            late = await transaction.query(change, [`n${waiting}`]).catch((error) => error);
          }));
          assert.equal((await ended).code, "database_unavailable");
          await sleep(200);
          assert.equal((late as { code?: string }).code, "database_unavailable");
          await isUnchanged(waiting);
        });
      }

      it(
        "ends at the deadline when its work does not, and releases its locks",
        { timeout: 10_000 },
        async () => {
          const [error, milliseconds] = await timed(failure(database.transaction(async (transaction) => {
            await transaction.query("select 1 from item where name = $1 for update", ["n30"]);
            await new Promise(() => {});
          })));
          assert.equal(error.code, "database_unavailable");
          assert.ok(milliseconds < IN_TIME, `${milliseconds} ms`);
          await home.sql.begin(async (inner) => {
            await inner`set local lock_timeout = 500`;
            await inner`select 1 from item where name = 'n30' for update`;
          });
        },
      );

      it("works after these faults", async () => {
        assert.equal(await isChanged(database, 31), true);
      });
    });
  }

  it("does not wait for an exhausted pool, and executes nothing late", { timeout: 10_000 }, async () => {
    const sql = postgres(home.url, { max: 1 });
    database = createPostgresDatabase(sql, { deadline: DEADLINE / 2 });
    let release = (): void => {};
    const held = sql.begin(() => new Promise<void>((resolve) => release = resolve));
    await sleep(50);
    const [answers, milliseconds] = await timed(
      Promise.all([isAnswered(database, 7), isChanged(database, 40, 1000)]),
    );
    assert.deepEqual(answers, [false, false]);
    assert.ok(milliseconds < IN_TIME / 2, `${milliseconds} ms`);
    release();
    await held;
    assert.equal(await isAnswered(database, 7), true);
    assert.equal((await sql`select number from item where name = 'n40'`)[0]!.number, 40);
    await sql.end();
  });
});
