/** Missing tables and columns: a database that was never migrated, or the name of another table. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import { createDatabaseSessions } from "../../../src/stores/db_sessions.ts";
import { createDatabaseUsers } from "../../../src/stores/db_users.ts";
import { withinTransaction } from "../../../src/stores/within_transaction.ts";
import { userTable } from "../../../src/users/user_table.ts";
import {
  blacklistTables,
  createDatabase,
  DJANGO_TABLES,
  needsDatabase,
  type TestDatabase,
} from "../../ground/database.ts";
import { storeOn, token } from "./token_rows.ts";

const KEY = "a".repeat(32);

describe("a missing table", needsDatabase, () => {
  let home: TestDatabase;
  let database: Database;
  before(async () => {
    home = await createDatabase("");
    database = createPostgresDatabase(home.url);
  });
  after(async () => {
    await database?.close();
    await home?.drop();
  });

  const isTold = (work: Promise<unknown>, table: string, option: string): Promise<void> =>
    assert.rejects(work, {
      name: "DatabaseError",
      code: "database_error",
      sqlState: "42P01",
      message: `The database answered SQLSTATE 42P01: relation "${table}" does not exist; ` +
        `has Django migrated this database? The table is named by ${option}`,
    });
  const users = (on: Database) =>
    createDatabaseUsers({ database: on, table: userTable({ table: "accounts.User" }) });
  const sessions = (on: Database) =>
    createDatabaseSessions({ database: on, codec: { encode: () => "", decode: () => null } as never });
  const USERS = "userTable({ schema, table }), the db_table of AUTH_USER_MODEL; " +
    'for a table in another schema, expected schema: "accounts", table: "User"';
  const SESSIONS = "session.schema and session.table";

  it("is reported with the option that names it", async () => {
    await isTold(users(database).findById(1), "accounts.User", USERS);
    await isTold(users(database).findByUsername("ann"), "accounts.User", USERS);
    await isTold(users(database).update(1, { email: "x" }), "accounts.User", USERS);
    await isTold(sessions(database).load(KEY), "django_session", SESSIONS);
    await isTold(sessions(database).update(KEY, () => assert.fail()), "django_session", SESSIONS);
    const people = createDatabaseUsers({ database, table: userTable({ table: "people", schema: "public" }) });
    await isTold(
      people.findById(1),
      "public.people",
      "userTable({ schema, table }), the db_table of AUTH_USER_MODEL",
    );
    const outstanding = "token_blacklist_outstandingtoken";
    const tokens = "jwt.blacklist, or by userTable({ schema, table }) for that of users";
    await isTold(storeOn(database).outstand(token("x")), outstanding, tokens);
    await isTold(storeOn(database).blacklist(token("x")), outstanding, tokens);
  });

  it("is reported once, by its own store, even inside another store's transaction", async () => {
    await home.sql.unsafe(`create table django_session (
      session_key varchar(40) primary key, session_data text not null, expire_date timestamptz not null);
      insert into django_session values ('${KEY}', '', now() + interval '1 day')`);
    const store = createDatabaseSessions({
      database,
      codec: { encode: () => "", verify: () => ({ payload: SessionPayload.EMPTY }) } as never,
    });
    const work = store.update(KEY, async () => {
      await database.transaction((inner) => users(withinTransaction(inner)).findById(1));
      return assert.fail();
    });
    await isTold(work, "accounts.User", USERS);
  });
});

describe("a missing column", needsDatabase, () => {
  let home: TestDatabase;
  let database: Database;
  before(async () => {
    home = await createDatabase(`${DJANGO_TABLES} ${blacklistTables()}
      alter table auth_user drop column email;
      alter table django_session rename column session_data to data;
      alter table token_blacklist_outstandingtoken drop column created_at;
      create table members (id integer primary key, username text, is_active boolean);`);
    database = createPostgresDatabase(home.url);
  });
  after(async () => {
    await database?.close();
    await home?.drop();
  });

  const isTold = (work: Promise<unknown>, column: string, expected: string): Promise<void> =>
    assert.rejects(work, {
      name: "DatabaseError",
      code: "database_error",
      sqlState: "42703",
      message: `The database answered SQLSTATE 42703: column ${column} does not exist; expected ${expected}`,
    });

  it("of users is reported with the options of userTable", async () => {
    const expected = '"auth_user" to have the columns of userTable({ columns }) and "password"';
    const users = createDatabaseUsers({ database, table: userTable() });
    await isTold(users.findById(1), '"email"', expected);
    await isTold(users.findByUsername("ann"), '"email"', expected);
    await isTold(users.update(1, { email: "x" }), '"email" of relation "auth_user"', expected);
    const columns = { id: "integer", username: "text", is_active: "boolean" } as const;
    const members = createDatabaseUsers({ database, table: userTable({ table: "members", columns }) });
    await isTold(
      members.findById(1),
      '"password"',
      '"members" to have the columns of userTable({ columns }) and "password"',
    );
  });

  it("of sessions or tokens is reported with the option of its table", async () => {
    const sessions = createDatabaseSessions({ database, codec: {} as never });
    const expected = `the columns of Django's sessions in "django_session", the table of session.table`;
    await isTold(sessions.load(KEY), '"session_data"', expected);
    await isTold(sessions.update(KEY, () => assert.fail()), '"session_data"', expected);
    await isTold(
      storeOn(database).outstand(token("x")),
      '"created_at" of relation "token_blacklist_outstandingtoken"',
      "simplejwt's columns in the tables of jwt.blacklist, and those of userTable({ columns }) in the user table",
    );
  });
});
