/** Sockets of users in tables unlike Django's own: closed by the feed, or after a row could not be read. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuthOptions } from "../../src/auth/options/options.ts";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { type DjangoAuth, djangoAuth } from "../../src/django_auth.ts";
import { createPasswords } from "../../src/passwords/passwords.ts";
import { type UserTable, userTable } from "../../src/users/user_table.ts";
import { createDatabase, needsDatabase, type TestDatabase } from "../ground/database.ts";
import { until } from "./crowd.ts";
import { serve } from "./serve.ts";
import { Browser, EventLog, keyIn, PASSWORD, QUICK_HASHERS, SECRET_KEY } from "./site.ts";
import { EXAMPLES, placeOf, SESSIONS } from "./user_tables.ts";
import { upgrade, type WireSocket } from "./wire.ts";

type Row = { email: string };

interface Site {
  readonly auth: DjangoAuth<Row>;
  readonly log: EventLog;
  /** Logs in by email. @returns the session key, and an open socket on it */
  visit(email: string): Promise<[key: string, socket: WireSocket]>;
}

/** Serves users of this table while `work` goes on. */
async function served(
  database: TestDatabase,
  users: UserTable<Row>,
  options: Partial<DjangoAuthOptions<Row>>,
  work: (site: Site) => Promise<void>,
): Promise<void> {
  const log = new EventLog();
  const auth = djangoAuth<Row>({
    ...{ secretKey: SECRET_KEY, database: database.url, passwords: { hashers: QUICK_HASHERS } },
    ...{ users, onEvent: log.listen },
    ...options,
  });
  const server = serve(auth, {
    async fetch(request: Request, context: RequestContext<Row>) {
      const credentials = { email: await request.text(), password: PASSWORD };
      await auth.login(context, await auth.authenticate(credentials), { csrf: false });
      return new Response();
    },
    websocket: { open: (socket) => socket.send(socket.user.email) },
  });
  try {
    await work({
      auth,
      log,
      async visit(email) {
        const browser = new Browser(server.url);
        await browser.fetch("/", { method: "POST", body: email });
        const headers = [["cookie", browser.cookie], ["origin", server.url]] as const;
        const socket = await upgrade(server.host, { headers });
        assert.equal(await socket.receive(), email);
        return [keyIn(browser.cookie), socket];
      },
    });
  } finally {
    await server.stop();
    await auth.close();
    await database.drop();
  }
}

const makePassword = (): Promise<string> =>
  createPasswords({ hashers: QUICK_HASHERS }).makePassword(PASSWORD);
const ended = (reason: string): object => ({ code: 4401, reason });
const byFeed = { sockets: { revalidateInterval: 0 } };

describe("sockets of users in a custom table", needsDatabase, () => {
  for (const { name, sql, table, keys } of EXAMPLES) {
    test(`with keys of type ${name} are closed by the feed alone, and no others are`, async () => {
      const database = await createDatabase(`${SESSIONS}${sql}`);
      const place = placeOf(table);
      await database.sql.unsafe(`INSERT INTO ${place} VALUES ($1, $2, $3), ($4, $5, $6)`, [
        ...[keys[0], "own@example.com", await makePassword()],
        ...[keys[1], "other@example.com", await makePassword()],
      ]);
      await served(database, table, byFeed, async ({ auth, log, visit }) => {
        await auth.triggers.install();
        await visit("other@example.com");
        const [, first] = await visit("own@example.com");
        await until(() => log.all.some(({ type }) => type === "feed.restored"));
        const set = `UPDATE ${place} SET password = $1 WHERE email = 'own@example.com'`;
        await database.sql.unsafe(set, [await makePassword()]);
        assert.deepEqual(await first.ended, ended("password_changed"));
        const [key, second] = await visit("own@example.com");
        await database.sql`DELETE FROM django_session WHERE session_key = ${key}`;
        assert.deepEqual(await second.ended, ended("session_ended"));
        const [, third] = await visit("own@example.com");
        await database.sql.unsafe(`DELETE FROM ${place} WHERE email = 'own@example.com'`);
        assert.deepEqual(await third.ended, ended("user_not_found"));
        assert.equal(auth.sockets.count, 1);
        assert.equal(auth.sockets.ofUser(keys[1]).length, 1);
        assert.equal((await auth.sockets.disconnect({ userId: keys[1] }, { deadline: 0.1 })).closed, 1);
        assert.deepEqual(log.trouble, []);
      });
    });
  }

  test("with a UUID key are found by any form of the UUID", async () => {
    const { sql, table, keys: [id] } = EXAMPLES.find(({ name }) => name === "uuid")!;
    const database = await createDatabase(`${SESSIONS}${sql}`);
    const row = [id, "own@example.com", await makePassword()];
    await database.sql.unsafe(`INSERT INTO ${placeOf(table)} VALUES ($1, $2, $3)`, row);
    await served(database, table, { sockets: { feed: false } }, async ({ auth, visit }) => {
      for (const form of [id, id.toUpperCase(), id.replaceAll("-", "")]) {
        const [, socket] = await visit("own@example.com");
        assert.equal(auth.sockets.ofUser(form).length, 1);
        assert.equal((await auth.sockets.disconnect({ userId: form })).closed, 1);
        assert.deepEqual(await socket.ended, { code: 4409, reason: "disconnected" });
      }
      await assert.rejects(auth.sockets.disconnect({ userId: "somebody" }), TypeError);
      assert.throws(() => auth.sockets.ofUser("somebody"), TypeError);
    });
  });

  test("with an active field, and sessions in a custom table, are closed by the feed alone", async () => {
    const database = await createDatabase(`
      CREATE SCHEMA web;
      ${SESSIONS.replace("django_session", 'web."Visits"')}
      CREATE TABLE member (id integer PRIMARY KEY, email text, password varchar(128), enabled boolean);`);
    const password = await makePassword();
    await database.sql`
      INSERT INTO member VALUES (1, 'own@example.com', ${password}, true), (2, 'other@example.com', ${password}, true)`;
    const users = userTable({
      ...{ table: "member", usernameField: "email", activeField: "enabled" },
      columns: { id: "integer", email: "text", enabled: "boolean" },
    }) as unknown as UserTable<Row>;
    const options = { ...byFeed, session: { table: "Visits", schema: "web" } };
    await served(database, users, options, async ({ auth, log, visit }) => {
      await auth.triggers.install();
      const [[, one], [key, other]] = [await visit("own@example.com"), await visit("other@example.com")];
      await until(() => log.all.some(({ type }) => type === "feed.restored"));
      await database.sql`UPDATE member SET enabled = false WHERE id = 1`;
      assert.deepEqual(await one.ended, ended("user_inactive"));
      assert.equal(auth.sockets.count, 1);
      await database.sql`DELETE FROM web."Visits" WHERE session_key = ${key}`;
      assert.deepEqual(await other.ended, ended("session_ended"));
    });
  });

  test("are closed after the grace period if their user's row cannot be read, and no others are", async () => {
    const database = await createDatabase(`${SESSIONS}
      CREATE TABLE secret_member (id integer PRIMARY KEY, email text, password varchar(128), divisor integer);
      CREATE VIEW member AS SELECT id, email, repeat(password, 1 / divisor) AS password FROM secret_member;`);
    const password = await makePassword();
    await database.sql`
      INSERT INTO secret_member VALUES (1, 'own@example.com', ${password}, 1), (2, 'other@example.com', ${password}, 1)`;
    const users = userTable({
      ...{ table: "member", usernameField: "email", activeField: null },
      columns: { id: "integer", email: "text" },
    }) as unknown as UserTable<Row>;
    const sockets = { revalidateInterval: 0.2, outageGrace: 1, feed: false };
    await served(database, users, { sockets }, async ({ auth, log, visit }) => {
      const [[, one], [key, other]] = [await visit("own@example.com"), await visit("other@example.com")];
      await database.sql`UPDATE secret_member SET divisor = 0 WHERE id = 1`;
      assert.deepEqual(await one.ended, { code: 1011, reason: "server_error" });
      assert.equal(auth.sockets.count, 1);
      assert.deepEqual(log.trouble.map((event) => event.type === "error" && event.where), ["revalidation"]);
      await database.sql`DELETE FROM django_session WHERE session_key = ${key}`;
      assert.deepEqual(await other.ended, ended("session_ended"));
    });
  });
});
