/** Installing the triggers: existing ones, permissions, and concurrency. */

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import postgres from "postgres";
import { shortHash } from "../../../src/crypto/short_hash.ts";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { createTriggers, type TriggersOptions } from "../../../src/stores/triggers/triggers.ts";
import { createDatabase, DJANGO_TABLES, needsDatabase, type TestDatabase } from "../../ground/database.ts";
import { eavesdrop } from "../../ground/eavesdropper.ts";

const USERS = { table: "auth_user", schema: null, primaryKey: "id", activeField: "is_active" };

/** The states by the suffix of the triggers' names. */
async function statesOf(
  database: Database,
  options: Partial<TriggersOptions> = {},
): Promise<Record<string, string>> {
  const states = await createTriggers({ database, ...options }).status();
  return Object.fromEntries(
    states.map(({ name, state }) => [name.slice("djauth_0123456789ab_".length), state]),
  );
}

const ALL = (state: string): Record<string, string> => ({
  sessions_deleted: state,
  sessions_truncated: state,
  users_deleted: state,
  users_truncated: state,
  user_changed: state,
  user_changes_told: state,
});

describe("installing the triggers", needsDatabase, () => {
  let home: TestDatabase;
  let database: Database;
  before(async () => {
    home = await createDatabase();
    database = createPostgresDatabase(home.url);
  });
  afterEach(async () => {
    await createTriggers({ database }).uninstall();
  });
  after(async () => {
    await database?.close();
    await home?.drop();
  });

  /** What djauth has left in the database's catalogues. */
  async function traces(): Promise<string[]> {
    const rows = await home.sql`
      select tgname::text as name from pg_trigger where tgname like 'djauth%'
      union all select proname from pg_proc where proname like 'djauth%' order by 1`;
    return rows.map((row) => String(row.name));
  }
  const oids = async (): Promise<string[]> =>
    (await home.sql`select oid from pg_trigger where tgname like 'djauth%' order by oid`).map((row) =>
      String(row.oid)
    );

  it("creates all of them, is idempotent, and is fully reverted by uninstall", async () => {
    const triggers = createTriggers({ database });
    assert.deepEqual(await statesOf(database), ALL("missing"));
    await triggers.install();
    assert.deepEqual(await statesOf(database), ALL("installed"));
    assert.deepEqual((await triggers.status()).map(({ table }) => table).slice(0, 3), [
      '"public"."django_session"',
      '"public"."django_session"',
      '"public"."auth_user"',
    ]);
    const made = await oids();
    await triggers.install();
    assert.deepEqual(await oids(), made);
    await triggers.uninstall();
    await triggers.uninstall();
    assert.deepEqual(await traces(), []);
    assert.deepEqual(await statesOf(database), ALL("missing"));
  });

  it("repairs triggers that are missing, disabled, outdated or for other columns", async () => {
    const triggers = createTriggers({ database });
    await triggers.install();
    const { channel, made } = { channel: await triggers.channel(), made: await oids() };
    await home.sql.unsafe(`drop trigger ${channel}_sessions_truncated on django_session;
      alter table auth_user disable trigger ${channel}_user_changed;
      comment on function ${channel}_users() is 'djauth triggers, version 0'`);
    assert.deepEqual(await statesOf(database), {
      ...ALL("installed"),
      sessions_truncated: "missing",
      user_changed: "outdated",
      users_deleted: "outdated",
      users_truncated: "outdated",
    });
    await triggers.install();
    assert.deepEqual(await statesOf(database), ALL("installed"));
    assert.equal(
      (await oids()).some((oid) => made.includes(oid)),
      false,
      "each group had something to put right",
    );

    const others = { users: { ...USERS, activeField: null } };
    const states = await statesOf(database, others);
    assert.deepEqual(states, {
      ...ALL("installed"),
      user_changed: "outdated",
      user_changes_told: "outdated",
    });
    await createTriggers({ database, ...others }).install();
    assert.deepEqual(await statesOf(database, others), ALL("installed"));
  });

  it("returns SQL that does the same, repeatedly", async () => {
    const triggers = createTriggers({ database });
    const { install, uninstall } = await triggers.sql();
    const sql = postgres(home.url, { max: 1, onnotice: () => {} });
    for (let round = 0; round < 2; round++) await sql.unsafe(install).simple();
    assert.deepEqual(await statesOf(database), ALL("installed"));
    for (let round = 0; round < 2; round++) await sql.unsafe(uninstall).simple();
    assert.deepEqual(await traces(), []);
    await sql.end();
  });

  it("is safe when done concurrently", async () => {
    const databases = Array.from({ length: 6 }, () => createPostgresDatabase(home.url));
    await Promise.all(databases.map((database) => createTriggers({ database }).install()));
    assert.deepEqual(await statesOf(database), ALL("installed"));
    await Promise.all(
      databases.map((database, index) => {
        const triggers = createTriggers({ database });
        return index % 2 === 0 ? triggers.install() : triggers.uninstall();
      }),
    );
    const states = new Set(Object.values(await statesOf(database)));
    assert.equal(states.size, 1, "all or nothing");
    for (const each of databases) await each.close();
  });

  it("is atomic", async () => {
    const triggers = createTriggers({ database });
    await home.sql.unsafe(`
      create function refuse() returns event_trigger language plpgsql as $$ begin
        if (select count(*) from pg_trigger where tgname like 'djauth%') > 4 then raise 'enough'; end if; end $$;
      create event trigger refuse on ddl_command_end execute function refuse()`);
    await assert.rejects(triggers.install(), { code: "database_error", message: /enough/ });
    await home.sql.unsafe("drop event trigger refuse; drop function refuse()");
    assert.deepEqual(await traces(), []);
  });

  it("does not wait long for a locked table", { timeout: 20_000 }, async () => {
    const release = await holdTable(home.url);
    const start = performance.now();
    await assert.rejects(createTriggers({ database }).install(), { code: "database_unavailable" });
    assert.ok(performance.now() - start < 4000);
    await release();
    assert.deepEqual(await traces(), []);
  });

  it("lets the primary key's type change, but not that of a watched column", async () => {
    const triggers = createTriggers({ database });
    await triggers.install();
    const ear = await eavesdrop(home.url, await triggers.channel());
    await home.sql.unsafe("alter table auth_user alter column id type bigint");
    await home.sql.unsafe(`insert into auth_user
      values (5000000000, '', null, false, 'ann', '', '', '', false, true, now())`);
    await home.sql.unsafe("delete from auth_user");
    assert.deepEqual(await ear.messages(), [{ kind: "users", keys: ["5000000000"] }]);
    const widen = (): Promise<unknown> =>
      home.sql.unsafe("alter table auth_user alter column password type text");
    await assert.rejects(widen(), { code: "0A000" });
    await triggers.uninstall();
    await widen();
    await ear.close();
  });

  it("names a missing table or column, and refuses invalid names", async () => {
    const nowhere = createTriggers({ database, users: { ...USERS, table: "nobody" } });
    for (const ask of [nowhere.install, nowhere.status, nowhere.channel, nowhere.uninstall, nowhere.sql]) {
      await assert.rejects(ask(), { code: "database_error", message: /The table "nobody" does not exist/ });
    }
    const keyless = createTriggers({ database, users: { ...USERS, primaryKey: "pk" } });
    await assert.rejects(keyless.install(), {
      code: "database_error",
      message: /^primaryKey is "pk", expected a column/,
    });
    const named: Omit<TriggersOptions, "database">[] = [
      { users: { ...USERS, table: "" } },
      { users: { ...USERS, primaryKey: "a\0" } },
      { users: { ...USERS, activeField: "x".repeat(64) } },
      { sessions: { schema: "" } },
      { tokens: { schema: "\n" } },
      { tokens: { outstandingTable: "" } },
      { tokens: { blacklistedTable: "a\0" } },
    ];
    for (const options of named) {
      assert.throws(() => createTriggers({ database, ...options }), { code: "improperly_configured" });
    }
  });
});

async function holdTable(url: string): Promise<() => Promise<void>> {
  const sql = postgres(url, { max: 1 });
  await sql.unsafe("begin; lock table django_session in access exclusive mode").simple();
  return async () => {
    await sql.unsafe("rollback");
    await sql.end();
  };
}

describe("two sites in one database", needsDatabase, () => {
  it("have separate channels and triggers, by schema and by table", async () => {
    const home = await createDatabase(
      `create schema a; set search_path = a; ${DJANGO_TABLES} create schema b; set search_path = b; ${DJANGO_TABLES}
       create table member as table auth_user; create table visits as table django_session;`,
    );
    const database = createPostgresDatabase(home.url);
    const site = (schema: string, user = "auth_user", session = "django_session"): TriggersOptions => ({
      database,
      users: { ...USERS, schema, table: user },
      sessions: { schema, table: session },
    });
    const sites = [site("a"), site("b"), site("b", "member", "visits")];
    const all = sites.map(createTriggers);
    for (const triggers of all) await triggers.install();
    const channels = await Promise.all(all.map((triggers) => triggers.channel()));
    assert.equal(new Set(channels).size, 3);
    const ears = await Promise.all(channels.map((channel) => eavesdrop(home.url, channel)));
    await home.sql.unsafe(
      `insert into b.django_session values ('in b', '', now()); delete from b.django_session`,
    );
    assert.deepEqual(await Promise.all(ears.map((ear) => ear.messages())), [
      [],
      [{ kind: "sessions", hashes: [shortHash("in b")] }],
      [],
    ]);
    await all[1]!.uninstall();
    assert.deepEqual(await statesOf(database, sites[2]!), ALL("installed"));
    assert.deepEqual(await statesOf(database, sites[0]!), ALL("installed"));
    // If the tables are found by the search path, the channel is that of the found schema.
    const found = createPostgresDatabase(`${home.url}?options=-csearch_path%3Da`);
    assert.equal(await createTriggers({ database: found }).channel(), channels[0]);
    await found.close();
    for (const ear of ears) await ear.close();
    await database.close();
    await home.drop();
  });
});
