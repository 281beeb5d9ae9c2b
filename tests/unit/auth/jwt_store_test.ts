/** The store of a request's tokens: what it returns, what it changes, and what it refuses. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addUser, attributesOf, cookiesOf, requestTo } from "./site.ts";
import { bearer, claimsIn, COOKIES, NOW, tokenFor, tokenSite, visit, withCookie } from "./token_site.ts";

const FREE = { csrf: false } as const;

describe("the tokens of a request", () => {
  test("can be read and changed, and are sent again with only these claims changed", async () => {
    const { auth, clock } = await tokenSite(COOKIES);
    const first = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
      await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
    });
    clock.time += 10_000;
    const changed = await visit(auth, withCookie(cookiesOf(first)), async (context) => {
      const jwt = await context.jwt();
      jwt.set("theme", { dark: true });
      jwt.set("gone", 1);
      jwt.delete("gone");
      assert.equal(jwt.get("nothing", "fallback"), "fallback");
      assert.equal(jwt.get("user_id"), "1");
      assert.equal(jwt.isExpired(), false);
      assert.deepEqual(jwt.keys(), ["token_type", "exp", "iat", "jti", "user_id", "theme"]);
    });
    const claimsOf = (response: Response) =>
      response.headers.getSetCookie().filter((line) => /^(?:access|refresh)_token=/.test(line))
        .map((line) => claimsIn(line.split(/[=;]/)[1]!));
    assert.deepEqual(
      claimsOf(changed),
      claimsOf(first).map((claims) => ({ ...claims, theme: { dark: true } })),
    );
    assert.equal(claimsOf(changed).length, 2);
    await auth.close();
  });

  test("have an expiry that can be set", async () => {
    const { auth } = await tokenSite(COOKIES);
    for (const [expiry, seconds] of [[60, 60], [new Date(NOW + 90_000), 90], [null, 300]] as const) {
      const response = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
        await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
        const jwt = await context.jwt();
        jwt.setExpiry(expiry);
        assert.equal(jwt.getExpiryDate()?.getTime(), NOW + seconds * 1000);
      });
      assert.ok(attributesOf(response, "access_token")?.includes(`Max-Age=${seconds}`));
      assert.ok(attributesOf(response, "refresh_token")?.includes("Max-Age=86400"));
    }
    await auth.close();
  });

  test("refuse reserved claims, values that JSON cannot hold, and an expiry in the past", async () => {
    const { auth } = await tokenSite();
    const jwt = await auth.context(bearer(await tokenFor())).jwt();
    for (
      const name of ["exp", "iat", "jti", "user_id", "token_type", "aud", "hash_password", "refresh_exp"]
    ) {
      assert.throws(() => jwt.set(name, 1), TypeError);
      assert.throws(() => jwt.delete(name), TypeError);
    }
    assert.throws(() => jwt.set("own", () => 1), TypeError);
    for (const expiry of [0, -1, NaN, Infinity, new Date(NOW), new Date(NaN)]) {
      assert.throws(() => jwt.setExpiry(expiry), RangeError);
    }
    const empty = await auth.context(requestTo("/")).jwt();
    assert.throws(() => empty.set("own", 1), TypeError);
    assert.equal(await empty.tokens(), null);
    await auth.close();
  });

  test("that came in a header are returned by tokens() and set no cookie", async () => {
    const { auth } = await tokenSite(COOKIES);
    const token = await tokenFor();
    const response = await visit(auth, bearer(token), async (context) => {
      const jwt = await context.jwt();
      jwt.set("theme", "dark");
      return await jwt.tokens();
    });
    assert.deepEqual(response.headers.getSetCookie(), []);
    const signed = await response.json();
    assert.deepEqual(Object.keys(signed), ["access"]);
    assert.deepEqual(claimsIn(signed.access), { ...claimsIn(token), theme: "dark" });
    await auth.close();
  });

  test("are not sent with a refresh cookie after a header, or if that is another user's", async () => {
    const { auth, database } = await tokenSite(COOKIES);
    await addUser(database, "bob");
    const [access, refresh] = [await tokenFor(), await tokenFor({ type: "refresh" })];
    const foreign = await tokenFor({ type: "refresh", userId: 2 });
    const cases: readonly (readonly [Record<string, string>, string[]])[] = [
      [{ authorization: `Bearer ${access}`, cookie: `refresh_token=${refresh}` }, ["access"]],
      [{ cookie: `access_token=${access}; refresh_token=${refresh}` }, ["access", "refresh"]],
      [{ cookie: `access_token=${access}; refresh_token=${foreign}` }, ["access"]],
    ];
    for (const [headers, expected] of cases) {
      const response = await visit(auth, requestTo("/", { headers }), async (context) => {
        const jwt = await context.jwt();
        jwt.set("theme", "dark");
        return await jwt.tokens();
      });
      assert.deepEqual(Object.keys(await response.json()), expected);
      assert.deepEqual(
        attributesOf(response, "refresh_token") !== undefined,
        expected.includes("refresh"),
      );
    }
    await auth.close();
  });

  test("are not read from a cookie if the header is bad, but from the header if the cookie has expired", async () => {
    const { auth } = await tokenSite({ ...COOKIES, precedence: ["cookie", "header"] });
    const { auth: usual } = await tokenSite(COOKIES);
    const cookie = `access_token=${await tokenFor()}`;
    for (const authorization of ["Bearer a b", "Bearer", "Bearer x"]) {
      const request = requestTo("/", { headers: { cookie, authorization } });
      assert.equal(await usual.context(request).user(), null);
      assert.equal(await usual.context(request).userFromClaimsAlone(), null);
      assert.equal((await usual.context(request).jwt()).get("user_id"), undefined);
    }
    const over = `access_token=${await tokenFor({ at: NOW - 400_000 })}`;
    const authorization = `Bearer ${await tokenFor()}`;
    const context = auth.context(requestTo("/", { headers: { cookie: over, authorization } }));
    assert.equal((await context.user())?.username, "ada");
    assert.equal((await context.userFromClaimsAlone())?.id, "1");
    await auth.close();
    await usual.close();
  });

  test("set Vary even if only userFromClaimsAlone() is called", async () => {
    const { auth, database } = await tokenSite(COOKIES);
    const cookie = `access_token=${await tokenFor()}; sessionid=${"a".repeat(32)}`;
    for (const headers of [[], [["cookie", cookie]]] as HeadersInit[]) {
      const response = await visit(
        auth,
        requestTo("/", { headers }),
        (context) => context.userFromClaimsAlone(),
      );
      assert.equal(response.headers.get("vary"), "Authorization, Cookie");
    }
    assert.deepEqual(database.statements, []);
    await auth.close();
  });

  test("report an expired token as expired", async () => {
    const { auth } = await tokenSite();
    const jwt = await auth.context(bearer(await tokenFor({ at: NOW - 400_000 }))).jwt();
    assert.equal(jwt.isExpired(), true);
    assert.equal(jwt.get("user_id"), undefined);
    await auth.close();
  });

  test("give a user without a query through userFromClaimsAlone()", async () => {
    const { auth, database } = await tokenSite();
    const claims = { username: "from the claim", is_staff: true, is_superuser: "yes" };
    const user = await auth.context(bearer(await tokenFor({ userId: 999, claims }))).userFromClaimsAlone();
    assert.deepEqual({ ...user, claims: user?.claims.get("is_staff") }, {
      ...{ id: "999", username: "from the claim", is_staff: true, is_superuser: false, claims: true },
    });
    const shown = JSON.parse(JSON.stringify(user));
    assert.deepEqual([shown.is_staff, shown.claims.user_id, shown.claims.username], [
      true,
      "999",
      "from the claim",
    ]);
    assert.equal(await auth.context(bearer("x")).userFromClaimsAlone(), null);
    assert.deepEqual(database.statements, []);
    await auth.close();
  });
});
