/** Tables that are not there: a database that was never migrated, or the name of another table. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import { createDatabaseSessions } from "../../../src/stores/db_sessions.ts";
import { createDatabaseUsers } from "../../../src/stores/db_users.ts";
import { withinTransaction } from "../../../src/stores/within_transaction.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { createDatabase, needsDatabase, type TestDatabase } from "../../ground/database.ts";
import { storeOn, token } from "./token_rows.ts";

const KEY = "a".repeat(32);

describe("a table that is not there", needsDatabase, () => {
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
  const USERS = "userTable({ table }), the db_table of AUTH_USER_MODEL";

  it("is told with the option that names it", async () => {
    await isTold(users(database).findById(1), "accounts.User", USERS);
    await isTold(users(database).findByUsername("ann"), "accounts.User", USERS);
    await isTold(users(database).update(1, { email: "x" }), "accounts.User", USERS);
    await isTold(sessions(database).load(KEY), "django_session", "session.table");
    await isTold(sessions(database).update(KEY, () => assert.fail()), "django_session", "session.table");
    const outstanding = "token_blacklist_outstandingtoken";
    const tokens = "jwt.blacklist, that of users by userTable({ table })";
    await isTold(storeOn(database).outstand(token("x")), outstanding, tokens);
    await isTold(storeOn(database).blacklist(token("x")), outstanding, tokens);
  });

  it("is told once, by its own store, where another one has opened the transaction", async () => {
    await home.sql.unsafe(`create table django_session (
      session_key varchar(40) primary key, session_data text not null, expire_date timestamptz not null);
      insert into django_session values ('${KEY}', '', now() + interval '1 day')`);
    const store = createDatabaseSessions({
      database,
      codec: { encode: () => "", decode: () => SessionPayload.EMPTY } as never,
    });
    const work = store.update(KEY, async () => {
      await database.transaction((inner) => users(withinTransaction(inner)).findById(1));
      return assert.fail();
    });
    await isTold(work, "accounts.User", USERS);
  });
});
