/** A token in the Authorization header: whom it signs in, and the response if it is refused. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addUser, PASSWORD, requestTo, siteWith, USERS } from "./site.ts";
import { bearer, guarded, NOW, post, seen, tokenFor, tokenSite } from "./token_site.ts";

const NOBODY = { user: null, refusal: "not_authenticated" };

describe("a token in the Authorization header", () => {
  test("signs its user in", async () => {
    const { auth } = await tokenSite();
    assert.deepEqual(await seen(auth, bearer(await tokenFor())), { user: "ada", refusal: null });
    const response = await guarded(auth, bearer(await tokenFor()));
    assert.equal(await response.json(), "ada");
    await auth.close();
  });

  test("is ignored without the option jwt", async () => {
    const { auth } = await siteWith();
    assert.deepEqual(await seen(auth, bearer(await tokenFor())), NOBODY);
    assert.throws(() => auth.tokens, { code: "improperly_configured" });
    await auth.close();
  });

  test("is read from the configured header with a configured type, which is case-sensitive", async () => {
    const { auth } = await tokenSite({ authHeaderTypes: ["JWT", "Token"], authHeaderName: "HTTP_X_AUTH" });
    const token = await tokenFor();
    const sent = (name: string, value: string) => seen(auth, requestTo("/", { headers: { [name]: value } }));
    for (const type of ["JWT", "Token"]) {
      assert.equal((await sent("x-auth", `${type} ${token}`)).user, "ada");
      assert.equal((await sent("x-auth", `  ${type}\t ${token}`)).user, "ada");
    }
    for (const value of ["jwt " + token, "Bearer " + token, "", token]) {
      assert.deepEqual(await sent("x-auth", value), NOBODY, value.slice(0, 8));
    }
    assert.deepEqual(await sent("authorization", `JWT ${token}`), NOBODY);
    const response = await guarded(auth, requestTo("/", { headers: { "x-auth": "JWT x" } }));
    assert.equal(response.headers.get("www-authenticate"), 'JWT realm="api"');
    await auth.close();
  });

  test("gets simplejwt's error body if it is refused", async () => {
    const { auth, database } = await tokenSite({ checkRevokeToken: true });
    const password = String(database.rows(USERS)[0]!.password);
    await addUser(database, "off", { is_active: "false" });
    const settings = { checkRevokeToken: true };
    const refused = (message: string) => ({
      detail: "Given token not valid for any token type",
      code: "token_not_valid",
      messages: [{ token_class: "AccessToken", token_type: "access", message }],
    });
    const changed = { detail: "The user's password has been changed.", code: "password_changed" };
    const cases: readonly (readonly [token: string, refusal: string, body: object])[] = [
      ["x", "token_invalid", refused("Token is invalid")],
      [await tokenFor({ key: "another" }), "token_invalid", refused("Token is invalid")],
      [await tokenFor({ at: NOW - 301_000 }), "token_expired", refused("Token is expired")],
      [await tokenFor({ type: "refresh" }), "token_invalid", refused("Token has wrong type")],
      [await tokenFor({ userId: 77, settings }), "user_not_found", {
        detail: "User not found",
        code: "user_not_found",
      }],
      [await tokenFor({ userId: "one", settings }), "user_not_found", {
        detail: "User not found",
        code: "user_not_found",
      }],
      [await tokenFor({ userId: 2, settings }), "user_inactive", {
        detail: "User is inactive",
        code: "user_inactive",
      }],
      [await tokenFor({ settings, password: "from before" }), "password_changed", changed],
      [await tokenFor({}), "password_changed", changed],
      [await tokenFor({ settings: { userIdClaim: "sub" } }), "token_invalid", {
        detail: "Token contained no recognizable user identification",
        code: "token_not_valid",
      }],
      ["a b", "bad_authorization_header", {
        detail: "Authorization header must contain two space-delimited values",
        code: "bad_authorization_header",
      }],
    ];
    for (const [token, refusal, body] of cases) {
      assert.deepEqual(await seen(auth, bearer(token)), { user: null, refusal });
      const response = await guarded(auth, bearer(token));
      assert.equal(response.status, 401);
      assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="api"');
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.deepEqual(await response.json(), body);
    }
    assert.equal((await seen(auth, bearer(await tokenFor({ settings, password })))).user, "ada");
    await auth.close();
  });

  test("is requested by WWW-Authenticate if it is missing", async () => {
    const { auth } = await tokenSite();
    const response = await guarded(auth, requestTo("/"));
    assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="api"');
    assert.equal((await response.json()).code, "not_authenticated");
    await auth.close();
  });

  test("costs one query for the user, and none if it is malformed or forged", async () => {
    const { auth, database } = await tokenSite();
    for (const token of ["x", "a.b.c", "e30.e30.e30", await tokenFor({ key: "another" })]) {
      await seen(auth, bearer(token));
      assert.deepEqual(database.statements, []);
    }
    await seen(auth, bearer(await tokenFor()));
    assert.equal(database.statements.length, 1);
    await auth.close();
  });
});

test("a pair of tokens can be obtained and refreshed", async () => {
  const { auth, clock } = await tokenSite();
  const obtained = await post(auth, "/api/token/", { username: "ada", password: PASSWORD });
  assert.equal(obtained.status, 200);
  const { refresh, access, ...rest } = await obtained.json();
  assert.deepEqual(rest, {});
  assert.equal((await seen(auth, bearer(access))).user, "ada");
  clock.time += 301_000;
  assert.equal((await seen(auth, bearer(access))).refusal, "token_expired");
  const refreshed = await post(auth, "/api/token/refresh/", { refresh });
  assert.equal((await seen(auth, bearer((await refreshed.json()).access))).user, "ada");
  await auth.close();
});
