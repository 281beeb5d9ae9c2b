/** Postgres by every kind of source: a URL, an instance as it is, and own connections with an instance's settings. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import postgres from "postgres";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import type { PostgresClient } from "../../../src/databases/postgres/client.ts";
import { createDatabase, needsDatabase, type TestDatabase } from "../../ground/database.ts";
import { databaseSuite, type DatabaseUnderTest, failure } from "./suite.ts";
import { lock, sleep } from "./trouble.ts";

const TABLE = "create table item (name text primary key, number integer)";

function underTest(
  open: (url: string) => { database: Database; sql?: PostgresClient },
): () => Promise<DatabaseUnderTest> {
  return async () => {
    const home = await createDatabase(TABLE);
    const { database, sql } = open(home.url);
    return {
      database,
      close: async () => {
        await database.close();
        await sql?.end();
        await home.drop();
      },
    };
  };
}

/** An instance with all options that could interfere. */
function odd(url: string): PostgresClient {
  return postgres(url, {
    max: 3,
    prepare: false,
    transform: { ...postgres.camel, undefined: null },
    types: {
      date: {
        to: 1184,
        from: [1082, 1114, 1184],
        serialize: () => assert.fail("used"),
        parse: (x: string) => ({ x }),
      },
      bigint: postgres.BigInt,
    },
  });
}

databaseSuite("a database from a URL", {
  ...needsDatabase,
  open: underTest((url) => ({ database: createPostgresDatabase(url) })),
});

databaseSuite("a database from an instance of postgres.js", {
  ...needsDatabase,
  open: underTest((url) => {
    const sql = postgres(url, { max: 3 });
    return { database: createPostgresDatabase(sql), sql };
  }),
});

databaseSuite("a database from an instance with options of its own", {
  ...needsDatabase,
  open: underTest((url) => {
    const sql = odd(url);
    return { database: createPostgresDatabase(sql), sql };
  }),
});

databaseSuite("a database over connections like those of an instance", {
  ...needsDatabase,
  open: underTest((url) => {
    const sql = odd(url);
    return { database: createPostgresDatabase(sql, { ownConnections: true }), sql };
  }),
});

describe("createPostgresDatabase", needsDatabase, () => {
  let home: TestDatabase;
  before(async () => void (home = await createDatabase(TABLE)));
  after(() => home?.drop());

  /** The number of connections with this name, optionally only those waiting for this event. */
  const connections = async (name: string, waitsFor: string | null = null): Promise<number> => {
    const [row] = await home.sql`select count(*)::int from pg_stat_activity
      where datname = current_database() and application_name = ${name}
      and (${waitsFor}::text is null or wait_event_type = ${waitsFor})`;
    return row!.count;
  };

  it("connects with the first query and not before", async () => {
    const database = createPostgresDatabase(`${home.url}?application_name=lazy`);
    assert.equal(await connections("lazy"), 0);
    await Promise.all(Array.from({ length: 50 }, () => database.read("select $1::text as a", ["x"])));
    assert.equal(await connections("lazy"), 1);
    await database.close();
  });

  it("uses at most four connections for transactions", async () => {
    const database = createPostgresDatabase(`${home.url}?application_name=writers`);
    await Promise.all(Array.from({ length: 20 }, () => database.query("select pg_sleep($1)", [0.02])));
    const open = await connections("writers");
    assert.ok(open >= 1 && open <= 4, `${open} connections`);
    await database.close();
  });

  it("refuses queries after close(), and lets pending ones finish", async () => {
    const unlock = await lock(home, "item");
    const database = createPostgresDatabase(`${home.url}?application_name=closing`);
    const read = database.read("select $1::text as a, count(*) from item", ["x"]);
    const write = database.query("select $1::text as a, count(*) from item", ["x"]);
    for (let tries = 0; tries < 300 && await connections("closing", "Lock") < 2; tries++) await sleep(5);
    assert.equal(await connections("closing", "Lock"), 2);
    const closed = database.close();
    await unlock();
    await closed;
    assert.equal((await read)[0]?.[0], "x");
    assert.equal((await write)[0]?.[0], "x");
    assert.equal((await failure(database.read("select 1 as a", []))).code, "database_unavailable");
    assert.equal((await failure(database.query("select 1 as a", []))).code, "database_unavailable");
  });

  it("leaves a given instance open", async () => {
    const database = createPostgresDatabase(home.sql);
    await database.close();
    assert.equal((await home.sql`select 1 as a`)[0]!.a, 1);
  });

  it("reports a hot standby or a read-only role as database_permission_denied", async () => {
    const database = createPostgresDatabase(`${home.url}?default_transaction_read_only=on`);
    const error = await failure(database.query("insert into item (name) values ($1)", ["x"]));
    assert.equal(error.code, "database_permission_denied");
    await database.close();
  });

  it("reports a database closed for maintenance as an outage, for reads and for writes", async () => {
    const closed = await createDatabase("");
    try {
      const name = new URL(closed.url).pathname.slice(1);
      await home.sql.unsafe(`alter database ${name} allow_connections false`);
      const database = createPostgresDatabase(closed.url);
      const write = database.transaction((transaction) => transaction.query("create table x ()", []));
      for (const error of await Promise.all([failure(database.read("select 1", [])), failure(write)])) {
        assert.equal(error.code, "database_unavailable");
        assert.match(error.message, /SQLSTATE 55000: database ".*" is not currently accepting connections/);
      }
      await database.close();
    } finally {
      await closed.drop();
    }
  });

  it("refuses an invalid source or deadline without quoting a password", () => {
    const wrong: [unknown, object, RegExp][] = [
      ["mysql://root:hunter2@localhost/x", {}, /expected postgres:\/\//],
      ["postgres://user:hunter2@[", {}, /expected postgres:\/\//],
      [{}, {}, /expected a postgres:\/\/ URL or an instance/],
      [null, {}, /expected a postgres:\/\/ URL or an instance/],
      ["postgres://localhost/x", { deadline: 0 }, /deadline is 0, /],
      ["postgres://localhost/x", { deadline: NaN }, /deadline is NaN, /],
      ["postgres://localhost/x", { deadline: "5" }, /deadline is "5"/],
    ];
    for (const [source, options, message] of wrong) {
      assert.throws(() => createPostgresDatabase(source as string, options), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hunter2/);
        assert.equal((error as Error & { code: string }).code, "improperly_configured");
        return true;
      });
    }
  });

  it("accepts several hosts and uses the one that answers", async () => {
    const url = new URL(home.url);
    const several = home.url.replace(`@${url.host}`, `@127.0.0.1:1,${url.hostname}:${url.port || 5432}`);
    const database = createPostgresDatabase(several);
    assert.equal((await database.read("select $1::text as a", ["x"]))[0]?.[0], "x");
    await database.close();
  });
});
