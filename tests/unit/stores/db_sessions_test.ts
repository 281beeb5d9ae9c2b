/** The session engine `db`. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import postgres from "postgres";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import type { PostgresClient } from "../../../src/databases/postgres/client.ts";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { SYSTEM_CLOCK } from "../../../src/internal/time/clock.ts";
import { createSessionCodec, type SessionCodec } from "../../../src/session/codec.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import { hasExpired } from "../../../src/session/store.ts";
import { createDatabaseSessions } from "../../../src/stores/db_sessions.ts";
import { createDatabase, needsDatabase, type TestDatabase } from "../../ground/database.ts";
import { sessionStoreSuite } from "./session_store_suite.ts";

const codec: SessionCodec = createSessionCodec({ keys: { current: "secret", fallbacks: [] } });

sessionStoreSuite("the engine db", {
  ...needsDatabase,
  async open(clock) {
    const home = await createDatabase();
    const database = createPostgresDatabase(home.url);
    return {
      store: createDatabaseSessions({ database, codec, clock }),
      close: async () => {
        await database.close();
        await home.drop();
      },
    };
  },
});

sessionStoreSuite("the engine db over an instance with types of its own, in an oddly named table", {
  ...needsDatabase,
  async open(clock) {
    const home = await createDatabase(`
      create schema "odd.schema";
      create table "odd.schema"."se""ssion" (
        session_key varchar(40) primary key, session_data text not null, expire_date timestamptz not null
      )`);
    const sql: PostgresClient = postgres(home.url, {
      max: 3,
      prepare: false,
      transform: { ...postgres.camel, undefined: null },
      types: {
        date: { to: 1184, from: [1184], serialize: () => assert.fail("used"), parse: (text: string) => text },
      },
    });
    const database = createPostgresDatabase(sql);
    return {
      store: createDatabaseSessions({ database, codec, clock, schema: "odd.schema", table: 'se"ssion' }),
      close: async () => {
        await sql.end();
        await home.drop();
      },
    };
  },
});

/** A database that records its reads. */
function counted(database: Database): { database: Database; reads: (readonly unknown[])[] } {
  const reads: (readonly unknown[])[] = [];
  return {
    reads,
    database: {
      ...database,
      read(statement, parameters) {
        reads.push(parameters);
        return database.read(statement, parameters);
      },
    },
  };
}

describe("the rows of the engine db", needsDatabase, () => {
  let home: TestDatabase;
  let database: Database;
  before(async () => {
    home = await createDatabase();
    database = createPostgresDatabase(home.url);
  });
  after(async () => {
    await database?.close();
    await home?.drop();
  });

  const insert = (key: string, data: string, end = "infinity"): Promise<unknown> =>
    home.sql`insert into django_session values (${key}, ${data}, ${end}::text::timestamptz)`;

  it("keep their key and have empty data if these cannot be read", async () => {
    const store = createDatabaseSessions({ database, codec });
    await insert("corrupted", "no session data at all");
    assert.equal((await store.load("corrupted"))?.payload, SessionPayload.EMPTY);
    await store.update("corrupted", (current) => ({
      payload: current.with([["a", "1"]]),
      expireDate: new Date("2099-01-01"),
    }));
    assert.equal((await store.load("corrupted"))?.payload.text, '{"a":1}');
  });

  it("have the same fingerprint before and after their data are read, readable or not", async () => {
    const store = createDatabaseSessions({ database, codec });
    await insert("readable-mark", codec.encode(SessionPayload.EMPTY));
    await insert("corrupted-mark", "no session data at all");
    for (const key of ["readable-mark", "corrupted-mark"]) {
      const stored = (await store.load(key))!;
      const before = stored.fingerprint;
      assert.equal(typeof before, "number");
      assert.equal(stored.payload.size, 0);
      assert.equal(stored.fingerprint, before);
    }
  });

  it("may never expire, or have expired long ago", async () => {
    const store = createDatabaseSessions({ database, codec });
    const data = codec.encode(SessionPayload.EMPTY);
    await insert("infinite", data, "infinity");
    await insert("minus-infinite", data, "-infinity");
    await insert("year-one", data, "0001-01-01 00:00:00+00");
    assert.equal((await store.load("infinite"))?.payload.text, "{}");
    const hasEnded = async (key: string): Promise<boolean> =>
      hasExpired((await store.load(key))!, SYSTEM_CLOCK);
    assert.deepEqual(await Promise.all(["infinite", "minus-infinite", "year-one"].map(hasEnded)), [
      false,
      true,
      true,
    ]);
  });

  it("are read in one query when requested together", async () => {
    const { database: watched, reads } = counted(database);
    const store = createDatabaseSessions({ database: watched, codec });
    await Promise.all(Array.from({ length: 100 }, (_, index) => store.load(`together${index % 50}`)));
    assert.equal(reads.length, 1);
    await Promise.all(["short", "with space", "nul\0nulnul"].map((key) => store.load(key)));
    assert.equal(reads.length, 1);
  });

  it("do not delay a look-up beyond its deadline", async () => {
    const silent: Database = { ...database, read: () => new Promise(() => {}) };
    const store = createDatabaseSessions({ database: silent, codec, deadline: 0.1 });
    const start = performance.now();
    await assert.rejects(store.load("somebody"), DatabaseUnavailable);
    assert.ok(performance.now() - start < 300);
  });

  it("need a valid table name", () => {
    for (const table of ["", "nul\0", "x".repeat(64)]) {
      assert.throws(() => createDatabaseSessions({ database, codec, table }), {
        code: "improperly_configured",
      });
      assert.throws(() => createDatabaseSessions({ database, codec, schema: table }), {
        code: "improperly_configured",
      });
    }
  });
});
