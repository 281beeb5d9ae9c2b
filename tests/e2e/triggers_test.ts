/** The feed's messages when real Django writes: for what ends a login, and for nothing else. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { shortHash } from "../../src/crypto/short_hash.ts";
import type { Database } from "../../src/database.ts";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { createTriggers } from "../../src/stores/triggers/triggers.ts";
import { createDatabase, type TestDatabase } from "../ground/database.ts";
import { eavesdrop, type Eavesdropper } from "../ground/eavesdropper.ts";
import { needsOracle, Oracle } from "../ground/oracle.ts";
import type { OracleResponse } from "../ground/oracle_types.ts";
import { type OracleProcess, startOracle } from "../ground/oracle_process.mjs";

const PASSWORD = "correct-Horse-1";
const RELEASES = ["5.2", "4.2"] as const;

/** The session key in a Cookie header. */
function keyIn(cookie: string): string {
  return /sessionid=(\w+)/.exec(cookie)![1]!;
}

const ended = (...keys: string[]): object => ({ kind: "sessions", hashes: keys.map(shortHash) });
const changed = (...keys: string[]): object => ({ kind: "users", keys });

for (const release of RELEASES) {
  describe(`the triggers when Django ${release} writes`, needsOracle, () => {
    let home: TestDatabase;
    let database: Database;
    let process: OracleProcess;
    let django: Oracle;
    let ear: Eavesdropper;
    let count = 0;
    before(async () => {
      home = await createDatabase("");
      process = await startOracle({ databaseUrl: home.url, useAsIs: true, release });
      django = new Oracle(process.url);
      database = createPostgresDatabase(home.url);
      const triggers = createTriggers({ database });
      await triggers.install();
      assert.equal((await triggers.status()).length, 7);
      ear = await eavesdrop(home.url, await triggers.channel());
    });
    after(async () => {
      await ear?.close();
      await database?.close();
      await process?.stop();
      await home?.drop();
    });

    async function newUser(): Promise<{ pk: string; username: string }> {
      const username = `person-${++count}`;
      const { pk } = await django.createUser({ username, password: PASSWORD });
      await ear.heard();
      return { pk, username };
    }

    test("send nothing for logins, saved sessions and ordinary changes of users", async () => {
      const { pk, username } = await newUser();
      const { cookie } = await django.login(username, PASSWORD);
      const key = keyIn(cookie);
      await django.whoami(cookie);
      await django.setSession(key, { json: '{"a":1}' });
      await django.setSession(key, { delete: ["a"], expiry: 3600 });
      await django.createSession({ user: pk });
      await django.expireSession(await django.createSession());
      await django.ask("user.save", { user: pk });
      await django.ask("user.save", { user: pk, columns: { first_name: "Ann", email: "ann@example.com" } });
      await django.updateUser(pk, { last_login: "2026-01-01T00:00:00Z" });
      await django.ask("user.update_all", { columns: { last_name: "All" } });
      assert.notEqual(await django.authenticate(username, PASSWORD), null);
      assert.deepEqual(await ear.heard(), []);
    });

    test("report one session each for a logout, a flush and a deletion", async () => {
      const { pk, username } = await newUser();
      const { cookie } = await django.login(username, PASSWORD);
      await django.login(username, PASSWORD);
      assert.deepEqual(await ear.heard(), []);
      await django.logout(cookie);
      assert.deepEqual(await ear.messages(), [ended(keyIn(cookie))]);
      for (const operation of ["session.flush", "session.delete"]) {
        const key = await django.createSession({ user: pk });
        await django.ask(operation, { session_key: key });
        assert.deepEqual(await ear.messages(), [ended(key)], operation);
      }
    });

    test("report the old key of an anonymous session when its visitor logs in", async () => {
      const { username } = await newUser();
      const key = await django.createSession({ json: '{"cart":1}' });
      const { cookie } = await django.login(username, PASSWORD, `sessionid=${key}`);
      assert.notEqual(keyIn(cookie), key);
      assert.deepEqual(await ear.messages(), [ended(key)]);
    });

    test("report the sessions that clearsessions deletes, or a resync if there are many", async () => {
      await django.clearExpired();
      await ear.heard();
      const keys: string[] = [];
      for (let index = 0; index < 3; index++) keys.push(await django.createSession());
      for (const key of keys.slice(1)) await django.expireSession(key);
      await django.clearExpired();
      const [message] = await ear.messages();
      assert.deepEqual(
        message?.kind === "sessions" && [...message.hashes].sort(),
        keys.slice(1).map(shortHash).sort(),
      );
      await home.sql`
        insert into django_session select 'expired' || i, '', now() - interval '1 day' from generate_series(1, 3000) i`;
      await django.clearExpired();
      assert.deepEqual(await ear.heard(), ["resync"]);
      assert.equal(await django.sessionExists(keys[0]!), true);
    });

    test("report the user of a password change, and the old key of the session that got a new key", async () => {
      const { pk, username } = await newUser();
      const { cookie } = await django.login(username, PASSWORD);
      const after = await django.changePassword(cookie, PASSWORD, "another-Horse-2");
      assert.notEqual(keyIn(after.cookie), keyIn(cookie));
      const messages = await ear.messages();
      assert.deepEqual(messages, [changed(pk), ended(keyIn(cookie))]);
      await django.setPassword(pk, "third-Horse-3");
      await django.setPassword(pk, null);
      assert.deepEqual(await ear.messages(), [changed(pk), changed(pk)]);
    });

    test("report a save or an update that changes is_active, is_staff or is_superuser", async () => {
      const { pk } = await newUser();
      for (const column of ["is_active", "is_staff", "is_superuser"]) {
        const value = column !== "is_active";
        await django.ask("user.save", { user: pk, columns: { [column]: value } });
        assert.deepEqual(await ear.messages(), [changed(pk)], column);
        await django.ask("user.save", { user: pk, columns: { [column]: value } });
        assert.deepEqual(await ear.heard(), [], column);
        await django.updateUser(pk, { [column]: !value });
        assert.deepEqual(await ear.messages(), [changed(pk)], column);
      }
    });

    test("send one message for an update of many users", async () => {
      const keys: string[] = [];
      for (let index = 0; index < 5; index++) keys.push((await newUser()).pk);
      await django.ask("user.update_all", { columns: { is_active: false }, pk__in: keys });
      const [message, ...others] = await ear.messages();
      assert.deepEqual(message?.kind === "users" && [...message.keys].sort(), keys.toSorted());
      assert.deepEqual(others, []);
    });

    test("report a deleted user", async () => {
      const { pk } = await newUser();
      await django.deleteUser(pk);
      assert.deepEqual(await ear.messages(), [changed(pk)]);
    });

    test("report a refresh token that simplejwt blacklists", async () => {
      const { username } = await newUser();
      const post = async (path: string, body: object): Promise<Record<string, string>> => {
        const response = await django.ask<OracleResponse>("request", {
          path,
          method: "POST",
          content_type: "application/json",
          body: JSON.stringify(body),
        });
        assert.equal(response.status, 200, response.body);
        return JSON.parse(response.body);
      };
      const { refresh } = await post("/api/token/", { username, password: PASSWORD });
      assert.deepEqual(await ear.heard(), []);
      await post("/api/token/blacklist/", { refresh });
      const { jti } = JSON.parse(atob(refresh!.split(".")[1]!));
      assert.deepEqual(await ear.messages(), [{ kind: "tokens", hashes: [shortHash(jti)] }]);
    });
  });
}
