/** A role with SELECT on two tables, and for tokens on two more, is enough to authenticate users. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import type { DjangoAuthOptions } from "../../src/auth/options/options.ts";
import { djangoAuth } from "../../src/django_auth.ts";
import {
  blacklistTables,
  createDatabase,
  DJANGO_TABLES,
  needsDatabase,
  type TestDatabase,
} from "../ground/database.ts";
import type { TestServer } from "./serve.ts";
import { Browser, EventLog, pages, PASSWORD, QUICK_HASHERS, SECRET_KEY, served } from "./site.ts";
import { upgrade } from "./wire.ts";

const NEW_KEY = "the key that came after";

/** Serves a site whose role may only read, with a cookie of ann's and a log of its events. */
async function readOnly(
  options: Partial<DjangoAuthOptions>,
  work: (
    site: { server: TestServer; cookie: string; events: EventLog; database: TestDatabase; role: string },
  ) => Promise<void>,
): Promise<void> {
  const database = await createDatabase(
    `${DJANGO_TABLES} ${options.jwt === undefined ? "" : blacklistTables()}`,
  );
  const role = `reader_${randomBytes(6).toString("hex")}`;
  const { sql } = database;
  await sql.unsafe(`CREATE ROLE ${role} LOGIN; GRANT SELECT ON auth_user, django_session TO ${role}`);
  try {
    const common = { secretKey: SECRET_KEY, passwords: { hashers: QUICK_HASHERS } };
    const cookie = await cookieOfAnn(database, common);
    const events = new EventLog();
    const url = Object.assign(new URL(database.url), { username: role }).href;
    const auth = djangoAuth({ ...common, database: url, onEvent: events.listen, ...options });
    const websocket = {
      open: (socket: { user: { username: string }; send(text: string): void }) =>
        socket.send(socket.user.username),
    };
    await served(
      auth,
      { fetch: pages(auth), websocket },
      (server) => work({ server, cookie, events, database, role }),
    );
  } finally {
    await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await database.drop();
  }
}

/** Logs ann in with all rights. */
async function cookieOfAnn(
  database: TestDatabase,
  options: Omit<DjangoAuthOptions, "database">,
): Promise<string> {
  const auth = djangoAuth({ ...options, database: database.url });
  await auth.createUser({ username: "ann", password: PASSWORD });
  let cookie = "";
  await served(auth, { fetch: pages(auth) }, async ({ url }) => {
    const browser = new Browser(url);
    await browser.login({ username: "ann" });
    cookie = `sessionid=${browser.cookies.get("sessionid")}`;
  });
  return cookie;
}

describe("a role that may only read", needsDatabase, () => {
  test("authenticates users over HTTP and on sockets", async () => {
    await readOnly({}, async ({ server: { url, host }, cookie, events }) => {
      assert.deepEqual(await new Browser(url, cookie).whoami(), { user: "ann", refusal: null });
      const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
      assert.equal(await socket.receive(), "ann");
      await socket.close();
      assert.deepEqual(events.trouble, []);
    });
  });

  test("closes sockets of ended sessions by the feed, once the owner has installed the triggers", async () => {
    await readOnly({ sockets: { revalidateInterval: 0 } }, async ({ server, cookie, events, database }) => {
      const owner = djangoAuth({ secretKey: SECRET_KEY, database: database.url });
      await owner.triggers.install();
      await owner.close();
      const socket = await upgrade(server.host, { headers: [["cookie", cookie], ["origin", server.url]] });
      assert.equal(await socket.receive(), "ann");
      for (
        let turn = 0;
        turn < 300 && !events.all.some(({ type }) => type === "sockets.revalidated");
        turn++
      ) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await database.sql`DELETE FROM django_session`;
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
      const revoked = events.all.filter((event) => event.type === "auth.revoked");
      assert.deepEqual(revoked.map(({ occasion }) => occasion), ["feed"]);
      assert.deepEqual(events.trouble, []);
    });
  });

  test("revalidates sockets opened with tokens, if it may read the blacklist too", async () => {
    const jwt = { accessTokenLifetime: 60 };
    await readOnly({ jwt, sockets: { revalidateInterval: 0.2, feed: false } }, async (site) => {
      const { server: { host }, database, events } = site;
      await database.sql.unsafe(
        `GRANT SELECT ON token_blacklist_outstandingtoken, token_blacklist_blacklistedtoken TO ${site.role}`,
      );
      const owner = djangoAuth({
        secretKey: SECRET_KEY,
        database: database.url,
        passwords: { hashers: QUICK_HASHERS },
        jwt,
      });
      const request = new Request("http://localhost/api/token/", {
        method: "POST",
        body: new URLSearchParams({ username: "ann", password: PASSWORD }),
      });
      const obtained = await owner.handle(request, owner.tokens.obtainPair);
      const { access } = await obtained.json();
      await owner.close();
      const socket = await upgrade(host, { headers: [["authorization", `Bearer ${access}`]] });
      assert.equal(await socket.receive(), "ann");
      const rounds = () => events.all.filter(({ type }) => type === "sockets.revalidated").length;
      for (let turn = 0; turn < 300 && rounds() < 3; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.ok(rounds() >= 3);
      assert.deepEqual(events.trouble, []);
      await database.sql`UPDATE auth_user SET is_active = false`;
      assert.deepEqual(await socket.ended, { code: 4401, reason: "user_inactive" });
    });
  });

  test("accepts sessions of a fallback key, and reports no error for the hash that it cannot renew", async () => {
    const options = { secretKey: NEW_KEY, secretKeyFallbacks: [SECRET_KEY] };
    await readOnly(options, async ({ server: { url }, cookie, events, database }) => {
      const before = await database.sql`SELECT * FROM django_session`;
      for (let round = 0; round < 3; round++) {
        const response = await new Browser(url, cookie).fetch("/");
        assert.deepEqual(await response.json(), { user: "ann", refusal: null });
        assert.deepEqual(response.headers.getSetCookie(), []);
      }
      assert.deepEqual(await database.sql`SELECT * FROM django_session`, before);
      assert.deepEqual(events.trouble, []);
    });
  });

  test("refuses sessions from before a password change, and reports no error for the row it cannot delete", async () => {
    await readOnly({}, async ({ server: { url, host }, cookie, events, database }) => {
      await database.sql`UPDATE auth_user SET password = password || 'x'`;
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(await new Browser(url, cookie).whoami(), {
          user: null,
          refusal: "password_changed",
        });
      }
      const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "password_changed" });
      assert.equal((await database.sql`SELECT 1 FROM django_session`).length, 1);
      assert.deepEqual(events.trouble, []);
    });
  });

  test("checks passwords, but a login with the right one fails with database_permission_denied", async () => {
    const hashers = [{ algorithm: "pbkdf2_sha256", iterations: 2000 }] as const;
    await readOnly({ passwords: { hashers } }, async ({ server: { url }, events, database }) => {
      const before = await database.sql`SELECT password FROM auth_user`;
      // Without the right to write no login is possible, which is not a refusal: the password was right.
      const response = await new Browser(url).login({ username: "ann" });
      assert.equal(response.status, 500);
      assert.deepEqual(await response.json(), {
        ...{ title: "Internal Server Error", status: 500, code: "database_permission_denied" },
      });
      assert.deepEqual(events.trouble.map(({ type }) => type), ["error"]);
      assert.equal((await new Browser(url).login({ username: "ann" }, "wrong")).status, 401);
      assert.deepEqual(await database.sql`SELECT password FROM auth_user`, before);
    });
  });
});
