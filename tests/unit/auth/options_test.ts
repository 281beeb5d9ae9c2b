/** The effect of each option of `djangoAuth()`. Those of cookies are in `cookie_options_test.ts`. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuthOptions } from "../../../src/auth/options/options.ts";
import { saltedHmac } from "../../../src/crypto/salted_hmac.ts";
import { type DjangoAuth, djangoAuth } from "../../../src/django_auth.ts";
import { toHex } from "../../../src/internal/bytes.ts";
import { createSessionCodec } from "../../../src/session/codec.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import { createSessionHash } from "../../../src/users/session_hash.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { PASSWORD, requestTo, SECRET_KEY, SESSIONS, siteWith } from "./site.ts";

const KEY = "k".repeat(32);
const BACKEND = "django.contrib.auth.backends.ModelBackend";
const NOW = Date.parse("2026-07-01T12:00:00Z");
const clock = { now: (): number => NOW };

/** The settings of the server that created the session. */
interface Maker {
  readonly key?: string;
  readonly salt?: string;
  readonly backend?: string;
  readonly table?: string;
  readonly isLegacy?: boolean;
}

/** Stores a session of `ada`, as another server would. */
function putSession(database: MemoryDatabase, maker: Maker): void {
  const keys = { current: maker.key ?? SECRET_KEY, fallbacks: [] };
  const password = String(database.rows('"auth_user"')[0]!.password);
  const hash = maker.isLegacy
    ? toHex(
      saltedHmac("django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash", password, SECRET_KEY),
    )
    : createSessionHash({ keys }).make(password);
  const text = JSON.stringify({
    _auth_user_id: "1",
    _auth_user_backend: maker.backend ?? BACKEND,
    _auth_user_hash: hash,
  });
  const data = maker.isLegacy
    ? btoa(`${toHex(saltedHmac("django.contrib.sessionsSessionStore", text, SECRET_KEY))}:${text}`)
    : createSessionCodec({ keys, salt: maker.salt }).encode(SessionPayload.fromText(text)!);
  database.rows(maker.table ?? SESSIONS).push({
    ...{ session_key: KEY, session_data: data, expire_date: "2100-01-01T00:00:00Z" },
  });
}

const FORMS = [
  [{}, "http://localhost", {}, true],
  [{ allowedHosts: [] }, "http://localhost", {}, false],
  [{ allowedHosts: [], debug: true }, "http://localhost", {}, true],
  [{ debug: false }, "http://localhost", {}, false],
  [{ allowedHosts: ["example.com"] }, "http://localhost", {}, false],
  [{}, "http://site.localhost:8000", { host: "site.localhost:8000" }, true],
  [{ csrf: { trustedOrigins: ["https://app.example.com"] } }, "https://app.example.com", {}, true],
  [{ csrf: { trustedOrigins: ["https://app.example.com"] } }, "http://app.example.com", {}, false],
  [{}, "http://proxy.localhost", { "x-forwarded-host": "proxy.localhost" }, false],
  [{ useXForwardedHost: true }, "http://proxy.localhost", { "x-forwarded-host": "proxy.localhost" }, true],
  [{ useXForwardedPort: true }, "http://proxy.localhost", { "x-forwarded-host": "proxy.localhost" }, false],
  [{}, "https://localhost", { "x-forwarded-proto": "https" }, false],
  [{ secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"] }, "https://localhost", {
    "x-forwarded-proto": "https",
  }, true],
  [{ secureProxySslHeader: ["X-Forwarded-Proto", "on"] }, "https://localhost", {
    "x-forwarded-proto": "https",
  }, false],
] as const;

describe("the options of hosts and origins", () => {
  for (const [options, origin, headers, isAllowed] of FORMS) {
    const name = `${JSON.stringify(options)}: a form from ${origin} with ${JSON.stringify(headers)}`;
    test(`${name} ${isAllowed ? "passes" : "is refused"}`, async () => {
      const { auth } = await siteWith(options as Partial<DjangoAuthOptions>);
      const token = "s".repeat(32);
      const given = {
        origin,
        "x-csrftoken": token,
        cookie: `csrftoken=${token}`,
        host: "localhost",
        ...headers,
      };
      const request = requestTo("/", { method: "POST", headers: given });
      const response = await auth.handle(request, auth.csrfProtect(() => new Response("done")));
      assert.equal(response.status, isAllowed ? 200 : 403);
    });
  }
});

test("useXForwardedPort decides which port a Referer in csrf.cookieDomain must have", async () => {
  const token = "s".repeat(32);
  const headers = {
    referer: "https://app.example.com:8443/",
    cookie: `csrftoken=${token}`,
    ...{ "x-csrftoken": token, "x-forwarded-proto": "https", "x-forwarded-port": "8443" },
  };
  const statuses = await Promise.all([{}, { useXForwardedHost: true }, { useXForwardedPort: true }].map(
    async (options) => {
      const { auth } = await siteWith({
        csrf: { cookieDomain: ".example.com" },
        secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"],
        ...options,
      });
      const request = requestTo("/", { method: "POST", headers });
      return (await auth.handle(request, auth.csrfProtect(() => new Response()))).status;
    },
  ));
  assert.deepEqual(statuses, [403, 403, 200]);
});

const SESSIONS_OF_OTHERS:
  readonly (readonly [options: Partial<DjangoAuthOptions>, maker: Maker, user: string | null])[] = [
    [{}, {}, "ada"],
    [{}, { key: "old" }, null],
    [{ secretKeyFallbacks: ["older", "old"] }, { key: "old" }, "ada"],
    [{ session: { keySalt: "own.SessionStore" } }, { salt: "own.SessionStore" }, "ada"],
    [{ session: { keySalt: "own.SessionStore" } }, {}, null],
    [{}, { backend: "own.Backend" }, null],
    [{ authenticationBackends: [BACKEND, "own.Backend"] }, { backend: "own.Backend" }, "ada"],
    [{ session: { table: "own_session" } }, { table: '"own_session"' }, "ada"],
    [{ session: { table: "own_session" } }, {}, null],
    [{ session: { schema: "site" } }, { table: '"site"."django_session"' }, "ada"],
    [{ session: { schema: "site", table: "own" } }, { table: '"site"."own"' }, "ada"],
    [{ session: { legacy: true } }, { isLegacy: true }, "ada"],
    [{}, { isLegacy: true }, null],
    [{ session: { cookieName: "sid" } }, {}, null],
    [{ clock: { now: () => Date.parse("2100-01-02") } }, {}, null],
  ];

describe("the options of sessions", () => {
  for (const [options, maker, user] of SESSIONS_OF_OTHERS) {
    const given = options.clock === undefined ? JSON.stringify(options) : "a later clock";
    test(`${given}: a session made with ${JSON.stringify(maker)} is ${user ?? "nobody"}'s`, async () => {
      const { auth, database } = await siteWith(options);
      putSession(database, maker);
      const context = auth.context(requestTo("/", { headers: { cookie: `sessionid=${KEY}` } }));
      assert.equal((await context.user())?.username ?? null, user);
    });
  }

  test("useTz and timeZone decide how a date in a session is written", async () => {
    const written = async (options: Partial<DjangoAuthOptions>): Promise<unknown> => {
      const { auth } = await siteWith({ clock, ...options });
      const session = await auth.context(requestTo("/")).session();
      session.setExpiry(new Date("2026-07-02T12:00:00Z"));
      return session.get("_session_expiry");
    };
    assert.equal(await written({}), "2026-07-02T12:00:00+00:00");
    assert.equal(await written({ timeZone: "Europe/Paris" }), "2026-07-02T12:00:00+00:00");
    assert.equal(await written({ useTz: false }), "2026-07-02T12:00:00");
    assert.equal(await written({ useTz: false, timeZone: "Europe/Paris" }), "2026-07-02T14:00:00");
  });

  test("randomBytes makes the session keys, and clock sets the dates that are written", async () => {
    const { auth, database } = await siteWith({ clock, randomBytes: (length) => new Uint8Array(length) });
    const context = auth.context(requestTo("/login", { method: "POST" }));
    await auth.login(context, { userId: 1 }, { csrf: false });
    await context.finish(new Response());
    const row = database.rows(SESSIONS)[0]!;
    assert.equal(row.session_key, "a".repeat(32));
    assert.equal(row.expire_date, new Date(NOW + 1_209_600_000).toISOString());
    assert.equal(database.rows('"auth_user"')[0]!.last_login, "2026-07-01T12:00:00.000Z");
  });
});

describe("the other options", () => {
  test("loginUrl is the target of redirects by guards", async () => {
    const { auth } = await siteWith({ loginUrl: "/in/" });
    const response = await auth.handle(requestTo("/a"), auth.loginRequired(() => new Response()));
    assert.equal(response.headers.get("location"), "/in/?next=/a");
  });

  test("databaseDeadline ends the wait for a database that does not answer", async () => {
    const { auth, database } = await siteWith({ databaseDeadline: 0.05 });
    database.read = () => new Promise(() => {});
    const start = performance.now();
    const context = auth.context(requestTo("/", { headers: { cookie: `sessionid=${KEY}` } }));
    await assert.rejects(context.user(), { code: "database_unavailable", status: 503 });
    assert.ok(performance.now() - start < 2000);
  });

  test("passwords.hashers and django decide how a password is hashed", async () => {
    const { auth } = await siteWith({
      passwords: { hashers: [{ algorithm: "pbkdf2_sha1", iterations: 7 }] },
    });
    const user = await auth.createUser({ username: "eve", password: PASSWORD });
    assert.match(user.password, /^pbkdf2_sha1\$7\$/);
    const { auth: django } = await siteWith({ django: "4.2", passwords: {} });
    const bob = await django.createUser({ username: "bob", password: PASSWORD });
    assert.match(bob.password, /^pbkdf2_sha256\$600000\$/);
  });

  test("onEvent receives errors, and an exception that it throws is ignored", async () => {
    const trouble = new RangeError("mine");
    const { auth, events } = await siteWith();
    const broken = (): never => {
      throw trouble;
    };
    assert.equal((await auth.handle(requestTo("/"), broken)).status, 500);
    assert.deepEqual(events, [{ type: "error", where: "fetch", error: trouble }]);
    const { auth: deaf } = await siteWith({ onEvent: broken });
    assert.equal((await deaf.handle(requestTo("/"), broken)).status, 500);
  });

  test("rows of a custom type require the option users", async () => {
    const database = new MemoryDatabase();
    interface Member {
      id: number;
      mail: string;
    }
    const options = { secretKey: SECRET_KEY, database };
    const columns = { id: "integer", mail: "text" } as const;
    const users = userTable<Member>({ table: "members", columns, usernameField: "mail", activeField: null });
    const members: DjangoAuth<Member> = djangoAuth<Member>({ ...options, users });
    // @ts-expect-error -- without the table, the rows are Django's
    djangoAuth<Member>(options);
    database.rows('"members"').push({ id: "1", mail: "ada@example.com", password: "!" });
    const user = await members.findUser(1);
    assert.deepEqual({ ...user }, { id: 1, mail: "ada@example.com" });
  });

  test("a custom database is used, and closed", async () => {
    const { auth, database } = await siteWith();
    assert.equal((await auth.findUser(1))?.username, "ada");
    await auth.close();
    assert.equal(database.isClosed, true);
  });
});
