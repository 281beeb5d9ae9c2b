/** Token logins: what the client receives, and how they end. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setDefaultBackend } from "../../../src/auth/login/backends.ts";
import type { DjangoAuth } from "../../../src/django_auth.ts";
import { DJANGO_USER_COLUMNS, userTable } from "../../../src/users/user_table.ts";
import type { User } from "../../../src/users/user.ts";
import { addUser, attributesOf, cookiesOf, requestTo, SESSIONS, siteWith, USERS } from "./site.ts";
import {
  bearer,
  claimsIn,
  COOKIES,
  NOW,
  seen,
  tokenFor,
  tokenSite,
  visit,
  withCookie,
} from "./token_site.ts";

const FREE = { csrf: false } as const;

async function ada(auth: DjangoAuth): Promise<User> {
  return (await auth.findUser(1))!;
}

describe('login() with { backend: "jwt" }', () => {
  test("sets two cookies that expire with their tokens, and signs later requests in", async () => {
    const { auth, database } = await tokenSite(COOKIES);
    const response = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
      await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
      return [(await auth.getUser(context))?.username, await auth.getUserId(context)];
    });
    assert.deepEqual(await response.json(), ["ada", 1]);
    const end = (seconds: number) => `expires=${new Date(NOW + seconds * 1000).toUTCString()}`;
    assert.deepEqual(attributesOf(response, "access_token"), [
      ...[end(300), "HttpOnly", "Max-Age=300", "Path=/", "SameSite=Lax"],
    ]);
    assert.deepEqual(attributesOf(response, "refresh_token"), [
      ...[end(86_400), "HttpOnly", "Max-Age=86400", "Path=/api/token/", "SameSite=Lax", "Secure"],
    ]);
    assert.equal(attributesOf(response, "sessionid"), undefined);
    assert.deepEqual(database.rows(SESSIONS), []);
    assert.equal((await seen(auth, withCookie(cookiesOf(response)))).user, "ada");
    await auth.close();
  });

  test("without the option cookies, gives the tokens to the handler and sets no cookie", async () => {
    const { auth } = await tokenSite();
    const response = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
      await auth.login(context, await ada(auth), { backend: "jwt", ...FREE });
      return await (await context.jwt()).tokens();
    });
    assert.deepEqual(response.headers.getSetCookie(), []);
    const { access, refresh } = await response.json();
    assert.equal((await seen(auth, bearer(access))).user, "ada");
    assert.equal(claimsIn(refresh).token_type, "refresh");
    await auth.close();
  });

  test("sends no tokens if the request fails", async () => {
    const { auth } = await tokenSite(COOKIES);
    const context = auth.context(requestTo("/", { method: "POST" }));
    await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
    const response = await context.finish(new Response(null, { status: 500 }));
    assert.deepEqual(response.headers.getSetCookie(), []);
    await auth.close();
  });

  test("ends another user's session, and a session login clears another user's tokens", async () => {
    const { auth, database } = await tokenSite(COOKIES);
    await addUser(database, "bob");
    const session = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
      await auth.login(context, { userId: 2 }, FREE);
    });
    const both = await visit(auth, withCookie(cookiesOf(session), { method: "POST" }), async (context) => {
      await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
    });
    assert.deepEqual(database.rows(SESSIONS), []);
    assert.match(both.headers.getSetCookie().join(), /sessionid=""; expires=Thu, 01 Jan 1970/);
    assert.equal((await seen(auth, withCookie(cookiesOf(both)))).user, "ada");
    const back = await visit(auth, withCookie(cookiesOf(both), { method: "POST" }), async (context) => {
      await auth.login(context, { userId: 2 }, FREE);
    });
    assert.equal((await seen(auth, withCookie(cookiesOf(back)))).user, "bob");
    assert.ok(attributesOf(back, "access_token")?.includes("Max-Age=0"));
    await auth.close();
  });

  test("keeps a visitor's session data under a new key, and no data of an ended login", async () => {
    const { auth, database } = await tokenSite(COOKIES);
    const login = (cookie: string) =>
      visit(auth, withCookie(cookie, { method: "POST" }), async (context) => {
        await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
        return (await context.session()).get("cart") ?? null;
      });
    const filled = await visit(auth, requestTo("/"), async (context) => {
      (await context.session()).set("cart", ["book"]);
    });
    const kept = await login(cookiesOf(filled));
    assert.deepEqual(await kept.json(), ["book"]);
    const keyOf = (response: Response) => /sessionid=(\w+)/.exec(cookiesOf(response))?.[1];
    assert.ok(keyOf(kept));
    assert.notEqual(keyOf(kept), keyOf(filled));
    assert.equal(database.rows(SESSIONS).length, 1);
    const own = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
      await auth.login(context, { userId: 1 }, FREE);
      (await context.session()).set("cart", ["pen"]);
    });
    assert.deepEqual(await (await login(cookiesOf(own))).json(), ["pen"]);
    database.rows(USERS)[0]!.is_active = "false";
    assert.equal(await (await login(cookiesOf(own))).json(), null);
    // A cookie whose session is gone creates no new session.
    database.rows(SESSIONS).length = 0;
    assert.equal(attributesOf(await login(cookiesOf(filled)), "sessionid")?.includes("Max-Age=0"), true);
    assert.deepEqual(database.rows(SESSIONS), []);
    await auth.close();
  });

  test("writes last_login only with updateLastLogin", async () => {
    for (const updateLastLogin of [false, true]) {
      const { auth } = await tokenSite({ updateLastLogin });
      await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
        await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
      });
      assert.equal((await ada(auth)).last_login?.getTime(), updateLastLogin ? NOW : undefined);
      await auth.close();
    }
  });
});

describe("login() refuses", () => {
  const cases: readonly (readonly [name: string, subject: unknown, options: object, message: RegExp])[] = [
    ["neither user nor id", {}, {}, /neither a user nor/],
    ["nothing", undefined, {}, /neither a user nor/],
    ["null", null, {}, /neither a user nor/],
    [
      "a user beside an id",
      { user: null, userId: 1 },
      {},
      /^login\(\) got "user" beside the userId, expected a/,
    ],
    ["a row", { userId: 1, username: "ada" }, {}, /^login\(\) got "username" beside the userId/],
    ["an id that is NaN", { userId: NaN }, {}, /userId of type number/],
    ["an id that is a fraction", { userId: 1.5 }, {}, /userId of type number/],
    ["an id that is an object", { userId: {} }, {}, /userId of type object/],
    ["an id that is null", { userId: null }, {}, /userId of type null/],
    ["an unknown backend", { userId: 1 }, { backend: "cookie" }, /backend is "cookie"/],
  ];
  for (const [name, subject, options, message] of cases) {
    test(name, async () => {
      const { auth } = await tokenSite();
      const context = auth.context(requestTo("/", { method: "POST" }));
      await assert.rejects(auth.login(context, subject as User, { ...FREE, ...options }), (error: Error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, message);
        return true;
      });
      await auth.close();
    });
  }

  test("both a user and an id, an unknown id, and the backend jwt without the option jwt", async () => {
    const { auth } = await tokenSite();
    const context = auth.context(requestTo("/", { method: "POST" }));
    const both = Object.assign(await ada(auth), { userId: 1 });
    await assert.rejects(auth.login(context, both, FREE), /both a user and a userId/);
    await assert.rejects(auth.login(context, { userId: "77" }, FREE), { code: "user_not_found" });
    await auth.close();
    const { auth: without } = await siteWith();
    const other = without.context(requestTo("/", { method: "POST" }));
    await assert.rejects(without.login(other, { userId: 1 }, { backend: "jwt", ...FREE }), {
      code: "improperly_configured",
    });
    await without.close();
  });
});

describe("the default backend", () => {
  test("is the session, unless it is set for the process or for one djangoAuth()", async () => {
    const kindOf = async (auth: DjangoAuth) => {
      const response = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
        await auth.login(context, { userId: 1 }, FREE);
      });
      await auth.close();
      return attributesOf(response, "sessionid") === undefined ? "jwt" : "session";
    };
    const own = async (defaultBackend: "session" | "jwt") =>
      (await tokenSite(COOKIES, { defaultBackend })).auth;
    assert.equal(await kindOf((await tokenSite(COOKIES)).auth), "session");
    assert.equal(await kindOf(await own("jwt")), "jwt");
    setDefaultBackend("jwt");
    try {
      assert.equal(await kindOf((await tokenSite(COOKIES)).auth), "jwt");
      assert.equal(await kindOf(await own("session")), "session");
    } finally {
      setDefaultBackend("session");
    }
    assert.throws(() => setDefaultBackend("token" as "jwt"), TypeError);
  });
});

describe("logout()", () => {
  test("clears the token cookies, and also ends the session if no backend is given", async () => {
    const { auth, database } = await tokenSite(COOKIES);
    const tokens = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
      await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
    });
    const both = await visit(auth, withCookie(cookiesOf(tokens), { method: "POST" }), async (context) => {
      await auth.login(context, { userId: 1 }, FREE);
    });
    assert.equal(database.rows(SESSIONS).length, 1);
    const cookie = `${cookiesOf(tokens)}; ${cookiesOf(both)}`;
    const left = await visit(auth, withCookie(cookie, { method: "POST" }), async (context) => {
      await auth.logout(context, { backend: "jwt", ...FREE });
    });
    assert.equal(database.rows(SESSIONS).length, 1);
    for (const name of ["access_token", "refresh_token"]) {
      assert.ok(attributesOf(left, name)?.includes("Max-Age=0"), name);
    }
    const out = await visit(auth, withCookie(cookie, { method: "POST" }), async (context) => {
      await auth.logout(context, FREE);
      return await auth.getUser(context);
    });
    assert.equal(await out.json(), null);
    assert.deepEqual(database.rows(SESSIONS), []);
    await assert.rejects(
      auth.logout(auth.context(requestTo("/")), { backend: "x" as "jwt", ...FREE }),
      TypeError,
    );
    await auth.close();
  });
});

test("getUserFromJwt() and getUserFromSession() find the user, or return null", async () => {
  const { auth, database } = await tokenSite();
  assert.equal((await auth.getUserFromJwt(await tokenFor()))?.username, "ada");
  for (const token of ["x", "", await tokenFor({ userId: 77 }), await tokenFor({ type: "refresh" })]) {
    assert.equal(await auth.getUserFromJwt(token), null);
  }
  const context = auth.context(requestTo("/", { method: "POST" }));
  for (
    const [given, what] of [
      [undefined, "undefined"],
      [null, "null"],
      [7, "7"],
      [context, "an object"],
      [context.request, "an object"],
      [tokenFor(), "an object"],
    ]
  ) {
    await assert.rejects(auth.getUserFromJwt(given as never), {
      name: "TypeError",
      message: `getUserFromJwt() got ${what}, expected a token as a string`,
    });
  }
  await auth.login(context, { userId: 1 }, FREE);
  const session = await context.session();
  assert.equal((await auth.getUserFromSession(session))?.username, "ada");
  await context.finish(new Response());
  assert.equal((await auth.getUserFromSession(session.sessionKey!))?.username, "ada");
  assert.equal(await auth.getUserFromSession("nonsense"), null);
  database.rows(SESSIONS).length = 0;
  assert.equal(await auth.getUserFromSession(session.sessionKey!), null);
  for (
    const [given, type] of [[{ sessionKey: "the-key" }, "object"], [null, "null"], [7, "number"]] as const
  ) {
    await assert.rejects(auth.getUserFromSession(given as never), {
      name: "TypeError",
      message: `getUserFromSession() got ${type}, expected a session or a session key`,
    });
  }
  await auth.close();
});

describe("a user without a value in jwt.userIdField", () => {
  const users = userTable({ columns: { ...DJANGO_USER_COLUMNS, email: "text?" } }) as never;

  test("gets no tokens, and is not mistaken for a user with the text null", async () => {
    const precedence = ["session", "header"] as const;
    const { auth, database } = await tokenSite({ userIdField: "email", precedence }, { users });
    await addUser(database, "nameless", { email: null });
    await addUser(database, "null", { email: "null" });
    const login = (userId: number, backend: string) =>
      visit(auth, requestTo("/", { method: "POST" }), async (context) => {
        await auth.login(context, { userId }, { backend, ...FREE });
      });
    await assert.rejects(login(2, "jwt"), { name: "TypeError", message: /^jwt\.userIdField is "email"/ });
    await login(3, "jwt");
    const token = await tokenFor({ userId: "null" });
    assert.equal((await seen(auth, bearer(token))).user, "null");
    const cookie = cookiesOf(await login(2, "session"));
    const both = bearer(token, { headers: { cookie } });
    assert.deepEqual(await seen(auth, both), { user: null, refusal: "credentials_conflict" });
    await auth.close();
  });
});
