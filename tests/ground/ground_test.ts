/** Tests of the test environment itself: its answers must be Django's, or every other test is worthless. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import postgres from "postgres";
import { blacklistTables, createDatabase, DJANGO_TABLES, needsDatabase } from "./database.ts";
import { needsOracle, type Oracle, oracle, oracle42 } from "./oracle.ts";
import { OracleError } from "./oracle_error.ts";

describe("a test's own database", needsDatabase, () => {
  test("is empty, and no longer exists after drop()", async () => {
    const database = await createDatabase();
    const [row] = await database.sql`SELECT count(*)::int AS sessions FROM django_session`;
    assert.equal(row?.sessions, 0);
    await database.drop();
    const late = postgres(database.url, { max: 1 });
    await assert.rejects(late`SELECT 1`.execute(), { code: "3D000" });
    await late.end();
  });

  test("has the tables that Django's migrations make", needsOracle, async () => {
    const database = await createDatabase(DJANGO_TABLES + blacklistTables());
    const django = postgres(await ask().ask<string>("database_url"), { max: 1 });
    assert.deepEqual(await columnsIn(database.sql), await columnsIn(django));
    await django.end();
    await database.drop();
  });
});

describe("the oracle", needsOracle, () => {
  test("answers with both releases of Django", async () => {
    assert.match(await ask().ask("version"), /^5\.2/);
    assert.match(await oracle42?.ask("version") ?? "", /^4\.2/);
  });

  test("reports an exception by its class name", async () => {
    const forged = ask().unsign({ key: "k", signed_value: "a:b" });
    await assert.rejects(forged, (error) => error instanceof OracleError && error.type === "BadSignature");
  });

  test("preserves what JavaScript's JSON would lose", async () => {
    const json = '{"10":1.0,"2":[1180591620717411303424,NaN],"s":"\\ud800"}';
    assert.equal(await ask().decodeSession(await ask().encodeSession(json)), json);
  });

  test("answers under other settings and at another time", async () => {
    const conditions = { settings: { SECRET_KEY: "other" }, now: 1_700_000_000 };
    const signed = await ask().dumps({ json: "[1]" }, conditions);
    await assert.rejects(ask().loads({ signed }), { type: "BadSignature" });
    assert.equal(await ask().loads({ signed, max_age: 60 }, conditions), "[1]");
  });

  test(
    "logs in, identifies the user, changes the password and logs out like a browser",
    { timeout: 60_000 },
    async () => {
      const username = `ground-${crypto.randomUUID()}`;
      const { pk } = await ask().createUser({ username, password: "first-Secret-1" });
      assert.equal((await ask().login(username, "wrong")).cookies.sessionid, undefined);
      const visit = await ask().login(username, "first-Secret-1");
      assert.deepEqual((await ask().whoami(visit.cookie)).user, { pk, username });
      const changed = await ask().changePassword(visit.cookie, "first-Secret-1", "second-Secret-2");
      assert.equal((await ask().whoami(visit.cookie)).user, null);
      assert.deepEqual((await ask().whoami(changed.cookie)).user, { pk, username });
      assert.equal((await ask().logout(changed.cookie)).cookies.sessionid, undefined);
      assert.equal((await ask().whoami(changed.cookie)).user, null);
      await ask().deleteUser(pk);
      assert.equal(await ask().getUser(pk), null);
    },
  );
});

function ask(): Oracle {
  assert.ok(oracle);
  return oracle;
}

function columnsIn(sql: postgres.Sql): Promise<postgres.RowList<postgres.Row[]>> {
  return sql`
    SELECT table_name, column_name, data_type, is_nullable, character_maximum_length, is_identity
    FROM information_schema.columns
    WHERE table_name IN ('auth_user', 'django_session') OR table_name LIKE 'token_blacklist_%'
    ORDER BY table_name, ordinal_position`;
}
