/** Users of tables unlike Django's own: keys of every type, an email as username, no `is_active`. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { djangoAuth } from "../../src/django_auth.ts";
import { createPasswords } from "../../src/passwords/passwords.ts";
import { userTable } from "../../src/users/user_table.ts";
import { createDatabase, needsDatabase } from "../ground/database.ts";
import { serve } from "./serve.ts";
import { Browser, keyIn, PASSWORD, QUICK_HASHERS, SECRET_KEY } from "./site.ts";
import { EXAMPLES, placeOf, SESSIONS } from "./user_tables.ts";
import { upgrade } from "./wire.ts";

describe("a custom user table", needsDatabase, () => {
  for (const { name, sql, table, keys, pk, refused } of EXAMPLES) {
    test(`with keys of type ${name} signs in by email over HTTP and on sockets, and refuses odd ids`, async () => {
      const database = await createDatabase(`${SESSIONS}${sql}`);
      const auth = djangoAuth({
        ...{
          secretKey: SECRET_KEY,
          database: database.url,
          passwords: { hashers: QUICK_HASHERS },
          users: table,
        },
      });
      const place = placeOf(table);
      const encoded = await createPasswords({ hashers: QUICK_HASHERS }).makePassword(PASSWORD);
      await database.sql.unsafe(`INSERT INTO ${place} VALUES ($1, $2, $3), ($4, $5, $6)`, [
        ...[keys[0], "own@example.com", encoded],
        ...[keys[1], "other@example.com", encoded],
      ]);
      const server = serve(auth, {
        async fetch(request: Request, context: RequestContext<{ email: string }>) {
          const { pathname, searchParams } = new URL(request.url);
          if (pathname === "/login") {
            const credentials = { email: searchParams.get("email"), password: PASSWORD };
            await auth.login(context, await auth.authenticate(credentials), { csrf: false });
          }
          if (pathname === "/id") (await context.session()).setText("_auth_user_id", await request.text());
          const user = await context.user();
          return Response.json(user === null ? null : [String(user.pk), typeof user.pk, user.email]);
        },
        websocket: { open: (socket) => socket.send(socket.user.email) },
      });
      try {
        const browser = new Browser(server.url);
        const known = [keys[0], typeof pk, "own@example.com"];
        assert.deepEqual(await (await browser.fetch("/login?email=own@example.com")).json(), known);
        assert.deepEqual(await (await browser.fetch("/")).json(), known);
        const stored = (await auth.sessions.load(keyIn(browser.cookie)))!.payload;
        assert.equal(stored.get("_auth_user_id"), keys[0]);
        const headers = [["cookie", browser.cookie], ["origin", server.url]] as const;
        const socket = await upgrade(server.host, { headers });
        assert.equal(await socket.receive(), "own@example.com");
        await socket.close();
        assert.equal((await auth.findUser(pk as string))?.pk, pk);
        assert.equal((await auth.findUser(keys[1]))?.email, "other@example.com");
        assert.equal(
          (await auth.findUserByNaturalKey("other@example.com"))?.pk,
          (await auth.findUser(keys[1]))?.pk,
        );
        assert.equal(await auth.findUserByNaturalKey("Other@example.com"), null);

        for (const id of refused) {
          await browser.fetch("/id", { method: "POST", body: JSON.stringify(id) });
          assert.equal(await (await browser.fetch("/")).json(), null, JSON.stringify(id));
        }
        // Both users have the same password and hash, so the id alone selects the user.
        await browser.fetch("/id", { method: "POST", body: JSON.stringify(keys[1]) });
        assert.deepEqual(await (await browser.fetch("/")).json(), [keys[1], typeof pk, "other@example.com"]);
      } finally {
        await server.stop();
        await auth.close();
        await database.drop();
      }
    });
  }

  test("with an active field of another name refuses inactive users", async () => {
    const database = await createDatabase(`${SESSIONS}
      CREATE TABLE member (id integer PRIMARY KEY, username text, enabled boolean, password varchar(128))`);
    const users = userTable({
      table: "member",
      activeField: "enabled",
      columns: { id: "integer", username: "text", enabled: "boolean" },
    });
    const auth = djangoAuth({
      secretKey: SECRET_KEY,
      database: database.url,
      users,
      passwords: { hashers: QUICK_HASHERS },
    });
    const encoded = await createPasswords({ hashers: QUICK_HASHERS }).makePassword(PASSWORD);
    await database.sql`INSERT INTO member VALUES (1, 'ann', true, ${encoded})`;
    const server = serve(auth, {
      async fetch(
        request: Request,
        context: RequestContext<{ id: number; username: string; enabled: boolean }>,
      ) {
        if (request.method === "POST") await auth.login(context, { userId: 1 }, { csrf: false });
        return Response.json([(await context.user())?.username ?? null, await context.refusal()]);
      },
    });
    try {
      const browser = new Browser(server.url);
      await browser.fetch("/", { method: "POST" });
      assert.deepEqual(await (await browser.fetch("/")).json(), ["ann", null]);
      await database.sql`UPDATE member SET enabled = false`;
      assert.deepEqual(await (await browser.fetch("/")).json(), [null, "user_inactive"]);
      await assert.rejects(auth.authenticate({ username: "ann", password: PASSWORD }), {
        code: "user_inactive",
      });
    } finally {
      await server.stop();
      await auth.close();
      await database.drop();
    }
  });
});
