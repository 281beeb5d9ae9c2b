/** Requests with more than one credential: which one is used, and that a conflict is always refused. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JwtAuthOptions } from "../../../src/auth/options/jwt_options.ts";
import { addUser, cookiesOf, ORIGIN, requestTo, type Site } from "./site.ts";
import { bearer, guarded, NOW, seen, tokenFor, tokenSite } from "./token_site.ts";

/** A site with the users `ada` (1) and `bob` (2), each with a session. */
async function twoUsers(jwt: JwtAuthOptions = {}): Promise<Site & { sessions: [ada: string, bob: string] }> {
  const site = await tokenSite({ cookies: true, ...jwt });
  await addUser(site.database, "bob");
  const sessionOf = async (userId: number) => {
    const context = site.auth.context(requestTo("/", { method: "POST" }));
    await site.auth.login(context, { userId }, { csrf: false });
    return /sessionid=[^;]*/.exec(cookiesOf(await context.finish(new Response())))![0];
  };
  return { ...site, sessions: [await sessionOf(1), await sessionOf(2)] };
}

describe("a request with several credentials", () => {
  test("is accepted if they all name the same user", async () => {
    const { auth, sessions: [session] } = await twoUsers();
    const token = await tokenFor();
    const request = bearer(token, { headers: { cookie: `${session}; access_token=${token}` } });
    assert.deepEqual(await seen(auth, request), { user: "ada", refusal: null });
    await auth.close();
  });

  test("is refused if they name different users, whatever the precedence", async () => {
    for (const precedence of [undefined, ["session", "cookie", "header"]] as const) {
      const { auth, sessions: [session] } = await twoUsers(precedence === undefined ? {} : { precedence });
      const token = await tokenFor({ userId: 2 });
      const requests = [
        bearer(token, { headers: { cookie: session } }),
        requestTo("/", { headers: { cookie: `access_token=${token}; ${session}` } }),
        bearer(token, { headers: { cookie: `access_token=${await tokenFor()}` } }),
      ];
      for (const request of requests) {
        assert.deepEqual(await seen(auth, request), { user: null, refusal: "credentials_conflict" });
        const response = await guarded(auth, request);
        assert.equal(response.status, 401);
        assert.equal((await response.json()).code, "credentials_conflict");
      }
      await auth.close();
    }
  });

  test("ignores an ended or invalid one, which causes no conflict", async () => {
    const { auth, database, sessions: [ada, bob] } = await twoUsers();
    const expired = await tokenFor({ at: NOW - 400_000 });
    const good = await tokenFor();
    for (
      const cookie of [
        `${ada}; access_token=${expired}`,
        `access_token=x; ${ada}`,
        `sessionid=x; access_token=${good}`,
      ]
    ) {
      assert.deepEqual(await seen(auth, requestTo("/", { headers: { cookie } })), {
        user: "ada",
        refusal: null,
      });
    }
    database.rows('"auth_user"')[1]!.is_active = "false";
    assert.equal((await seen(auth, bearer(good, { headers: { cookie: bob } }))).user, "ada");
    await auth.close();
  });

  test("is refused if the one in the header is bad, even with a valid cookie", async () => {
    const { auth, sessions: [session] } = await twoUsers();
    for (const [token, refusal] of [["x", "token_invalid"], ["a b", "bad_authorization_header"]] as const) {
      const request = bearer(token, { headers: { cookie: session } });
      assert.deepEqual(await seen(auth, request), { user: null, refusal });
    }
    await auth.close();
  });

  test("ignores a header of a similar type, and refuses a bare Bearer", async () => {
    const { auth, sessions: [cookie] } = await twoUsers();
    for (const authorization of ["Bearerx", "Bearers x", "BearerBearer", "Beare", "Beare x"]) {
      const headers = { authorization, cookie };
      assert.deepEqual(
        await seen(auth, requestTo("/", { headers })),
        { user: "ada", refusal: null },
        authorization,
      );
    }
    const headers = { authorization: "Bearer", cookie };
    assert.deepEqual(await seen(auth, requestTo("/", { headers })), {
      user: null,
      refusal: "bad_authorization_header",
    });
    await auth.close();
  });

  test("ignores credentials that precedence does not list", async () => {
    const { auth, sessions: [session] } = await twoUsers({ precedence: ["header"] });
    const token = await tokenFor();
    const cookie = `${session}; access_token=${token}`;
    assert.equal((await seen(auth, requestTo("/", { headers: { cookie } }))).refusal, "not_authenticated");
    assert.equal((await seen(auth, bearer(token, { headers: { cookie } }))).user, "ada");
    await auth.close();
  });
});

test("a token in the query is used only with queryToken", async () => {
  const token = await tokenFor();
  const request = () => requestTo(`/?token=${token}`);
  const { auth } = await tokenSite();
  assert.equal((await seen(auth, request())).refusal, "not_authenticated");
  await auth.close();
  const { auth: other } = await tokenSite({ queryToken: "token" });
  assert.equal((await seen(other, request())).user, "ada");
  await other.close();
});

describe("the CSRF check", () => {
  const change = { method: "POST", headers: { origin: "https://evil.example" } };

  test("applies to a token in a cookie or in the query, and not to one in the header", async () => {
    const { auth } = await tokenSite({ cookies: true, queryToken: "token" });
    const token = await tokenFor();
    const csrf = (request: Request) => auth.context(request).requireCsrf();
    await csrf(bearer(token, change));
    const cookie = `access_token=${token}`;
    const refused = [
      requestTo("/", { ...change, headers: { ...change.headers, cookie } }),
      requestTo(`/?token=${token}`, change),
      // A header that signs nobody in does not exempt the request.
      bearer("x", { ...change, headers: { ...change.headers, cookie } }),
      bearer(await tokenFor({ at: NOW - 400_000 }), { ...change, headers: { ...change.headers, cookie } }),
      requestTo("/", { method: "POST", headers: { origin: ORIGIN, cookie } }),
    ];
    for (const request of refused) await assert.rejects(csrf(request), { code: "csrf_failed" });
    await auth.close();
  });
});

test("a 401 has the Session challenge after a refused session, and Bearer after a refused token", async () => {
  const { auth, database, sessions: [cookie] } = await twoUsers();
  database.rows('"auth_user"')[0]!.is_active = "false";
  const session = await guarded(auth, requestTo("/", { headers: { cookie } }));
  assert.equal(session.headers.get("www-authenticate"), 'Session realm="django"');
  assert.equal((await session.json()).code, "user_inactive");
  const token = await guarded(
    auth,
    requestTo("/", { headers: { cookie: `access_token=${await tokenFor()}` } }),
  );
  assert.equal(token.headers.get("www-authenticate"), 'Bearer realm="api"');
  await auth.close();
});

test("a response that depends on the user lists every credential header in Vary", async () => {
  const { auth } = await tokenSite();
  const response = await guarded(auth, bearer(await tokenFor()));
  assert.equal(response.headers.get("vary"), "Authorization, Cookie");
  await auth.close();
});
