/** The user store on tables of every shape. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import postgres from "postgres";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import type { PostgresClient } from "../../../src/databases/postgres/client.ts";
import { createDatabaseUsers } from "../../../src/stores/db_users.ts";
import type { ColumnType } from "../../../src/users/columns.ts";
import type { UserStore } from "../../../src/users/store.ts";
import { type DjangoUserRow, type UserId, userTable } from "../../../src/users/user_table.ts";
import { createDatabase, DJANGO_TABLES, needsDatabase, type TestDatabase } from "../../ground/database.ts";

const JOINED = new Date("2026-11-21T10:00:00.123Z");

const BOB = {
  username: "bob",
  password: "pbkdf2_sha256$1$a$b",
  first_name: "Bób 😀",
  last_name: "",
  email: "bob@example.com",
  is_staff: false,
  is_superuser: false,
  is_active: true,
  last_login: null,
  date_joined: JOINED,
};

/** A client with all options that could interfere. */
function odd(url: string): PostgresClient {
  return postgres(url, {
    max: 2,
    prepare: false,
    transform: { ...postgres.camel, undefined: null },
    types: {
      bigint: postgres.BigInt,
      date: { to: 1184, from: [1184], serialize: () => assert.fail("used"), parse: (text: string) => text },
      bool: { to: 16, from: [16], serialize: () => assert.fail("used"), parse: (text: string) => text },
    },
  });
}

const WAYS: [string, (url: string) => { database: Database; client?: PostgresClient }][] = [
  ["a URL", (url) => ({ database: createPostgresDatabase(url) })],
  ["an instance with types of its own", (url) => {
    const client = odd(url);
    return { database: createPostgresDatabase(client), client };
  }],
];

for (const [way, connect] of WAYS) {
  describe(`users over ${way}`, needsDatabase, () => {
    let home: TestDatabase;
    let database: Database;
    let client: PostgresClient | undefined;
    let users: UserStore<DjangoUserRow>;
    before(async () => {
      home = await createDatabase(`${DJANGO_TABLES}
        create type colour as enum ('red', 'green');
        create table everything (
          "key" bigint primary key, password varchar(128) not null, name text unique, "select" uuid, ratio float8,
          amount numeric(30, 10), extra jsonb, plain json, tint colour, count smallint, seen timestamptz, ok boolean
        );
        create table by_uuid (id uuid primary key, password text not null, username text not null);
        create table by_text (id text primary key, password text not null, username text not null);
        create table by_small (id smallint primary key, password text not null, username text not null)`);
      ({ database, client } = connect(home.url));
      users = createDatabaseUsers({ database, table: userTable() });
    });
    after(async () => {
      await database?.close();
      await client?.end();
      await home?.drop();
    });

    it("inserts a user and returns the row as stored", async () => {
      const { row, password } = await users.insert(BOB);
      assert.equal(password, BOB.password);
      assert.equal(typeof row.id, "number");
      const { password: _, ...rest } = BOB;
      assert.deepEqual({ ...row }, { ...row, ...rest });
      assert.deepEqual(await users.findById(row.id), { row, password });
      assert.deepEqual(await users.findByUsername("bob"), { row, password });
    });

    it("finds no user for another name or key", async () => {
      for (const name of ["Bob", "bob ", "", "b%b", "nul\0", "\ud800", "x".repeat(5000)]) {
        assert.equal(await users.findByUsername(name), null);
      }
      for (const id of [-1, 2_000_000_000, 1.5, 2 ** 40, NaN, 10n ** 30n, "007", " 1 ", "x", "", "1; drop"]) {
        assert.equal(await users.findById(id), null, String(id));
      }
    });

    it("finds users by any column that can be a key, and batches the look-ups", async () => {
      const { row, password } = await users.insert({ ...BOB, username: "col", email: "col@example.com" });
      const byColumn = (column: string, value: unknown) => users.findByColumn(column, value);
      const found = await Promise.all([
        byColumn("email", "col@example.com"),
        byColumn("email", "nobody@example.com"),
        byColumn("username", "col"),
        byColumn("id", String(row.id)),
      ]);
      assert.deepEqual(found, [{ row, password }, null, { row, password }, { row, password }]);
      for (const value of [7, null, "", "nul\0", {}, [row.id], true]) {
        assert.equal(await byColumn("email", value), null);
      }
      for (const column of ["nothing", "is_active", "date_joined", "password", "__proto__"]) {
        assert.throws(() => void byColumn(column, "x"), RangeError);
      }
    });

    it("finds no user by a value that several users share, and reports the column", async () => {
      const told: string[] = [];
      const onAmbiguous = (column: string) => told.push(column);
      const store = createDatabaseUsers({ database, table: userTable(), onAmbiguous });
      const byEmail = async (email: string): Promise<string | null> =>
        (await store.findByColumn("email", email))?.row.username ?? null;
      await users.insert({ ...BOB, username: "victim", email: "shared@example.com" });
      await users.insert({ ...BOB, username: "alone", email: "alone@example.com" });
      assert.equal(await byEmail("shared@example.com"), "victim");
      assert.deepEqual(told, []);
      for (const username of ["thief", "second thief"]) {
        await users.insert({ ...BOB, username, email: "shared@example.com" });
        told.length = 0;
        assert.equal(await byEmail("shared@example.com"), null);
        const together = ["shared@example.com", "alone@example.com", "shared@example.com"].map(byEmail);
        assert.deepEqual(await Promise.all(together), [null, "alone", null]);
        assert.deepEqual(told, ["email", "email"]);
      }
    });

    it("reports a taken username as user_exists, without quoting it", async () => {
      await assert.rejects(users.insert({ ...BOB, email: "other" }), (error: Error & { code: string }) => {
        assert.equal(error.code, "user_exists");
        assert.doesNotMatch(JSON.stringify([error.message, error.cause]) + String(error.cause), /bob/);
        return true;
      });
      const { row } = await users.insert({ ...BOB, username: "carol" });
      await assert.rejects(users.update(row.id, { username: "bob" }), { code: "user_exists" });
    });

    it("writes only the given columns", async () => {
      const { row } = await users.insert({ ...BOB, username: "dave" });
      assert.equal(await users.update(row.id, { last_login: new Date(5), email: undefined! }), true);
      assert.equal(await users.update(row.id, { password: "new", is_active: false }), true);
      assert.deepEqual(await users.findById(row.id), {
        row: { ...row, last_login: new Date(5), is_active: false },
        password: "new",
      });
    });

    it("with an expected password, writes only if it is unchanged", async () => {
      const { row } = await users.insert({ ...BOB, username: "erin" });
      assert.equal(await users.update(row.id, { password: "a" }, { password: "else" }), false);
      assert.equal(await users.update(row.id, { password: "a" }, { password: BOB.password }), true);
      assert.equal((await users.findById(row.id))?.password, "a");
    });

    it("returns false for a deleted user", async () => {
      assert.equal(await users.update(2_000_000_000, { email: "x" }), false);
      assert.equal(await users.update(2_000_000_000, {}), false);
      const { row } = await users.insert({ ...BOB, username: "frank" });
      assert.equal(await users.update(row.id, {}), true);
    });

    it("refuses invalid values and unknown columns, without quoting the value", async () => {
      const wrong: object[] = [
        { is_active: "hunter2" },
        { date_joined: "hunter2" },
        { nothing: "hunter2" },
        {
          date_joined: new Date(NaN),
        },
        { username: null },
        { username: "nul\0hunter2" },
        { username: "half\ud800hunter2" },
      ];
      for (const values of wrong) {
        await assert.rejects(users.update(1, values), (error: Error) => {
          assert.ok(error instanceof TypeError);
          assert.doesNotMatch(error.message, /hunter2/);
          return true;
        });
      }
    });

    it("batches look-ups of users", async () => {
      let reads = 0;
      const store = createDatabaseUsers({
        table: userTable(),
        database: {
          ...database,
          read(statement, parameters) {
            reads++;
            return database.read(statement, parameters);
          },
        },
      });
      const { row } = await users.insert({ ...BOB, username: "grace" });
      const found = await Promise.all([row.id, row.id, -5, row.id].map((id) => store.findById(id)));
      assert.deepEqual(found.map((user) => user?.row.username ?? null), ["grace", "grace", null, "grace"]);
      assert.equal(reads, 1);
    });

    it("stores and returns values of every type", async () => {
      const columns = {
        key: "bigint",
        name: "text?",
        select: "uuid?",
        ratio: "float?",
        amount: "numeric?",
        extra: "json?",
        plain: "json?",
        tint: "text?",
        count: "integer?",
        seen: "timestamp?",
        ok: "boolean?",
      } as const satisfies Record<string, ColumnType>;
      const store = createDatabaseUsers({
        database,
        table: userTable({
          table: "everything",
          primaryKey: "key",
          activeField: null,
          usernameField: "name" as never,
          columns: {
            ...columns,
            name: "text",
          },
        }),
      });
      const row = {
        key: 2n ** 62n,
        name: "x",
        select: "00000000-0000-4000-8000-000000000001",
        ratio: -1.5e300,
        amount: "12345678901234567890.0123456789",
        extra: { snake_case: [1, null, "é"] },
        plain: "text",
        tint: "green",
        count: -7,
        seen: JOINED,
        ok: false,
      };
      assert.deepEqual(await store.insert({ ...row, password: "p" }), { row, password: "p" });
      assert.deepEqual(await store.findById(row.key), { row, password: "p" });
      const empty = { ...row, key: -1n, name: "y" };
      for (const name of Object.keys(columns).slice(2)) (empty as Record<string, unknown>)[name] = null;
      assert.deepEqual(await store.insert({ ...empty, password: "p" }), { row: empty, password: "p" });
      const both = await Promise.all([store.findById(row.key), store.findById(-1n)]);
      assert.deepEqual(both.map((user) => user?.row.name), ["x", "y"]);
    });

    it("names a column that is declared with a wrong type", async () => {
      const wrong: [table: string, type: ColumnType, id: UserId][] = [
        ["by_uuid", "text", "x"],
        ["by_uuid", "integer", 1],
        ["by_small", "text", "1"],
        ["by_small", "uuid", "00000000-0000-4000-8000-00000000000a"],
      ];
      for (const [table, type, id] of wrong) {
        const store = createDatabaseUsers<Record<string, unknown>>({
          database,
          table: userTable({ table, activeField: null, columns: { id: type, username: "text" } }) as never,
        });
        const message = `columns.id is "${type}", but the column in "${table}" has another type, ` +
          "expected the column's actual type";
        const expected = { name: "DatabaseError", code: "database_error", column: "id", message };
        await assert.rejects(store.findById(id), expected);
        await assert.rejects(Promise.all([store.findById(id), store.findByColumn("id", id)]), expected);
      }
    });

    const keys: [table: string, type: ColumnType, ids: UserId[]][] = [
      ["by_uuid", "uuid", ["00000000-0000-4000-8000-00000000000a", "ffffffff-ffff-4fff-8fff-ffffffffffff"]],
      ["by_text", "text", ["{a,b}", 'q"\\,', "é😀"]],
      ["by_small", "integer", [1, -32768, 32767]],
    ];
    for (const [table, type, ids] of keys) {
      it(`finds users by a key of type ${type} (${table})`, async () => {
        const store = createDatabaseUsers<Record<string, unknown>>({
          database,
          table: userTable({ table, activeField: null, columns: { id: type, username: "text" } }) as never,
        });
        for (const id of ids) await store.insert({ id, username: `user ${id}`, password: "p" });
        const names = (await Promise.all(ids.map((id) => store.findById(id)))).map((user) =>
          user?.row.username
        );
        assert.deepEqual(names, ids.map((id) => `user ${id}`));
        assert.equal((await store.findById(ids[0]!))?.row.id, ids[0]);
        assert.equal(await store.update(ids[0]!, { username: "changed" }), true);
        assert.equal((await store.findById(ids[0]!))?.row.username, "changed");
        assert.equal(await store.findById(type === "integer" ? 40_000 : "nobody"), null);
      });
    }
  });
}
