/** Columns of every type as drivers return them, and columns declared with a wrong type. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import postgres from "postgres";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { createDatabaseUsers } from "../../../src/stores/db_users.ts";
import type { ColumnType } from "../../../src/users/columns.ts";
import { userTable } from "../../../src/users/user_table.ts";
import type { UserStore } from "../../../src/users/store.ts";
import { createDatabase, needsDatabase, type TestDatabase } from "../../ground/database.ts";

type AnyRow = Record<string, unknown>;

for (const way of ["a URL", "an instance"] as const) {
  describe(`column types over ${way}`, needsDatabase, () => {
    let home: TestDatabase;
    let database: Database;
    let client: ReturnType<typeof postgres> | undefined;
    before(async () => {
      home = await createDatabase(`
        create table people (
          id integer primary key, password text not null, username text not null, born date, big bigint, ratio float8,
          amount numeric, word text, bytes bytea, ok boolean, seen timestamptz, blank text, code uuid, first date,
          many integer[]
        );
        insert into people values (
          1, 'p', 'ada', '1815-12-10', 9007199254740993, 'NaN', 'NaN', 'yes', '\\x00ff', true, '2026-11-27 10:00+00',
          '', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'infinity', '{5}'
        );
        insert into people values (2, 'p', 'bob')`);
      client = way === "a URL" ? undefined : postgres(home.url, { max: 2 });
      database = createPostgresDatabase(client ?? home.url);
    });
    after(async () => {
      await database?.close();
      await client?.end();
      await home?.drop();
    });

    function people(columns: Record<string, ColumnType>): UserStore<AnyRow> {
      const table = userTable({
        table: "people",
        activeField: null,
        columns: { id: "integer", username: "text", ...columns },
      });
      return createDatabaseUsers<AnyRow>({ database, table: table as never });
    }

    it("a date is text", async () => {
      const users = people({ born: "date?" });
      assert.equal((await users.findById(1))!.row.born, "1815-12-10");
      assert.equal((await users.findById(2))!.row.born, null);
      assert.equal(await users.update(2, { born: "2024-02-29" }), true);
      assert.equal((await users.findByUsername("bob"))!.row.born, "2024-02-29");
      const added = await users.insert({ id: 3, username: "eve", password: "p", born: "2026-11-27" });
      assert.equal(added.row.born, "2026-11-27");
    });

    for (const born of ["2023-02-29", "10.12.1815", "2026-11-27T00:00:00Z", "", new Date(), 0, undefined]) {
      it(`refuses ${String(born)} as a date`, async () => {
        const users = people({ born: "date?" });
        const insert = users.insert({ id: 9, username: "x", password: "p", born } as never);
        if (born === undefined) return assert.equal((await insert).row.born, null);
        await assert.rejects(insert, {
          name: "TypeError",
          message:
            'The value for the column "born" is not of the kind date, expected a string such as "2026-01-31"',
        });
      });
    }

    const fitting: [name: string, type: ColumnType, value: unknown][] = [
      ["ratio", "float", NaN],
      ["amount", "numeric", "NaN"],
      ["big", "bigint", 9007199254740993n],
      ["big", "text", "9007199254740993"],
      ["ok", "boolean", true],
      ["seen", "timestamp", new Date("2026-11-27T10:00:00Z")],
      ["born", "timestamp", new Date("1815-12-10T00:00:00Z")],
      ["code", "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
      ["big", "numeric", "9007199254740993"],
    ];
    for (const [name, type, value] of fitting) {
      it(`reads ${name} as ${type}`, async () => {
        const { row } = (await people({ [name]: `${type}?` as ColumnType }).findById(1))!;
        assert.deepEqual(row[name], value);
      });
    }

    it("refuses NULL in a column declared without a question mark", async () => {
      let key = 20;
      for (const type of ["date", "text", "json"] as const) {
        const users = people({ first: type, word: "text?" });
        const error = { name: "DatabaseError", code: "database_error", column: "first" };
        const message =
          `columns.first is "${type}", but the column in "people" holds NULL, expected "${type}?"`;
        await assert.rejects(users.findById(2), { ...error, message });
        await assert.rejects(users.findByUsername("bob"), { ...error, message });
        await assert.rejects(users.insert({ id: key++, username: "x", password: "p" }), {
          ...error,
          message,
        });
      }
      assert.equal((await people({ word: "text?" }).findById(2))!.row.word, null);
    });

    const misfits: [name: string, type: ColumnType][] = [
      ["word", "boolean"],
      ["word", "integer"],
      ["word", "float"],
      ["word", "numeric"],
      ["word", "timestamp"],
      ["word", "bigint"],
      ["big", "integer"],
      ["ratio", "integer"],
      ["seen", "text"],
      ["bytes", "text"],
      ["ok", "timestamp"],
      ["ok", "integer"],
      ["ok", "bigint"],
      ["ok", "text"],
      ["ok", "numeric"],
      ["seen", "integer"],
      ["seen", "float"],
      ["seen", "date"],
      ["first", "date"],
      ["big", "date"],
      ["word", "uuid"],
      ["word", "date"],
      ["blank", "integer"],
      ["blank", "bigint"],
      ["blank", "float"],
      ["blank", "numeric"],
      ["blank", "timestamp"],
      ["many", "integer"],
    ];
    for (const [name, type] of misfits) {
      it(`refuses to read ${name} as ${type}`, async () => {
        const users = people({ [name]: `${type}?` as ColumnType });
        await assert.rejects(users.findById(1), {
          code: "improperly_configured",
          message:
            `columns.${name} is "${type}", but the column in "people" holds a value of another type, ` +
            "expected the column's actual type",
        });
        // NULL is always readable.
        assert.equal((await users.findById(2))!.row[name], null);
      });
    }
  });
}

const LONG_AGO = `
  create table people (id integer primary key, password text, username text, born date, seen timestamptz);
  insert into people values (1, 'p', 'ada', '1815-12-10', '1815-12-10 04:06:32+00')`;

for (const way of ["a URL", "the address of an instance"] as const) {
  for (const setting of ["datestyle = 'SQL, DMY'", "timezone = 'Europe/Amsterdam'"]) {
    it(`timestamps and dates are the same over ${way} with ${setting}`, needsDatabase, async () => {
      const home = await createDatabase(LONG_AGO);
      const admin = postgres(home.url, { max: 1 });
      const [{ name }] = await admin`select current_database() as name` as unknown as [{ name: string }];
      await admin.unsafe(`alter database "${name}" set ${setting}`);
      await admin.end();
      const client = postgres(home.url, { max: 1 });
      const database = way === "a URL"
        ? createPostgresDatabase(home.url)
        : createPostgresDatabase(client, { ownConnections: true });
      try {
        const table = userTable({
          table: "people",
          activeField: null,
          columns: { id: "integer", username: "text", born: "date", seen: "timestamp" },
        });
        const users = createDatabaseUsers<AnyRow>({ database, table: table as never });
        const { row } = (await users.findById(1))!;
        assert.deepEqual([row.born, row.seen], ["1815-12-10", new Date("1815-12-10T04:06:32Z")]);
        const changed = { born: "2024-02-28", seen: new Date("2024-02-28T23:30:00.5Z") };
        assert.equal(await users.update(1, changed), true);
        const after = (await users.findById(1))!.row;
        assert.deepEqual([after.born, after.seen], [changed.born, changed.seen]);
      } finally {
        await database.close();
        await client.end();
        await home.drop();
      }
    });
  }
}
