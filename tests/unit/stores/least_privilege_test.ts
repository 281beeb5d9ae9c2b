/** A role with only SELECT on two tables, or on the necessary columns: enough to authenticate users. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { createSessionCodec } from "../../../src/session/codec.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import { createDatabaseSessions } from "../../../src/stores/db_sessions.ts";
import { createDatabaseUsers } from "../../../src/stores/db_users.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { createDatabase, needsDatabase, type TestDatabase } from "../../ground/database.ts";

const GRANTS: [string, (role: string) => string][] = [
  ["SELECT on two tables", (role) => `grant select on django_session, auth_user to ${role}`],
  [
    "SELECT on the columns that are needed",
    (role) =>
      `grant select (session_key, session_data, expire_date) on django_session to ${role};
     grant select (id, password, username, is_active) on auth_user to ${role}`,
  ],
];

for (const [title, grant] of GRANTS) {
  describe(`with ${title}`, needsDatabase, () => {
    const role = `djauth_${randomBytes(6).toString("hex")}`;
    const codec = createSessionCodec({ keys: { current: "secret", fallbacks: [] } });
    const table = userTable({ columns: { id: "integer", username: "text", is_active: "boolean" } });
    let home: TestDatabase;
    let database: Database;
    before(async () => {
      home = await createDatabase();
      await home.sql.unsafe(`create role ${role} login password '${role}'; ${grant(role)};
        alter table auth_user add column secret_note text;
        insert into auth_user values (1, 'hash', null, false, 'ann', '', '', '', false, true, now());`);
      await home.sql`insert into django_session values
        ('ann-session', ${codec.encode(SessionPayload.fromText('{"_auth_user_id":"1"}')!)}, 'infinity')`;
      database = createPostgresDatabase(
        Object.assign(new URL(home.url), { username: role, password: role }).href,
      );
    });
    after(async () => {
      await database?.close();
      await home?.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
      await home?.drop();
    });

    it("sessions and users can be read", async () => {
      const sessions = createDatabaseSessions({ database, codec });
      const users = createDatabaseUsers({ database, table });
      assert.equal((await sessions.load("ann-session"))?.payload.get("_auth_user_id"), "1");
      assert.equal(await sessions.load("no-session"), null);
      assert.deepEqual(await users.findById(1), {
        row: { id: 1, username: "ann", is_active: true },
        password: "hash",
      });
      assert.equal((await users.findByUsername("ann"))?.row.id, 1);
    });

    it("every write reports database_permission_denied and changes nothing", async () => {
      const sessions = createDatabaseSessions({ database, codec });
      const users = createDatabaseUsers({ database, table });
      const write = { payload: SessionPayload.EMPTY, expireDate: new Date("2099-01-01") };
      const writes = [
        () => sessions.create("new-session", write),
        () => sessions.update("ann-session", () => write),
        () => sessions.delete("ann-session"),
        () => sessions.clearExpired(),
        () => users.update(1, { username: "x" }),
        () => users.insert({ username: "x", is_active: true, password: "" }),
      ];
      for (const attempt of writes) await assert.rejects(attempt(), { code: "database_permission_denied" });
      assert.equal((await home.sql`select session_key from django_session`).length, 1);
      assert.equal((await home.sql`select username from auth_user`)[0]!.username, "ann");
      assert.equal((await sessions.load("ann-session"))?.payload.get("_auth_user_id"), "1");
    });

    it("an unreadable column is reported as a missing permission, not as a missing user", async () => {
      const wide = createDatabaseUsers({
        database,
        table: userTable({
          activeField: null,
          columns: { id: "integer", username: "text", secret_note: "text?" },
        }),
      });
      const found = wide.findById(1);
      if (title.includes("columns")) await assert.rejects(found, { code: "database_permission_denied" });
      else assert.equal((await found)?.row.secret_note, null);
    });
  });
}
