/** Refreshing and blacklisting tokens in cookies: scripts cannot read them, and other sites cannot use them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DjangoAuth } from "../../../src/django_auth.ts";
import { attributesOf, cookiesOf, ORIGIN, requestTo } from "./site.ts";
import { bearer, claimsIn, seen, tokenFor, tokenSite, visit, withCookie } from "./token_site.ts";

const COOKIES = { cookies: true } as const;

/** What a browser has after a login: the Cookie header, and the CSRF token for its pages. */
async function loggedIn(auth: DjangoAuth): Promise<{ cookie: string; token: string }> {
  const response = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
    await auth.login(context, { userId: 1 }, { backend: "jwt", csrf: false });
    return await context.csrfToken();
  });
  return { cookie: cookiesOf(response), token: await response.json() };
}

function refresh(
  auth: DjangoAuth,
  init: RequestInit,
  path: string = "/api/token/refresh/",
): Promise<Response> {
  const request = requestTo(path, { method: "POST", ...init });
  return auth.handle(request, (request, context) => auth.tokens.handle(request, context)!);
}

test("a refresh by cookie sets new cookies, and returns a body without tokens", async () => {
  const { auth, clock } = await tokenSite({ ...COOKIES, rotateRefreshTokens: true });
  const { cookie, token } = await loggedIn(auth);
  clock.time += 301_000;
  assert.equal((await seen(auth, withCookie(cookie))).refusal, "token_expired");
  const headers = { cookie, origin: ORIGIN, "x-csrftoken": token };
  for (const body of [null, "{}", new URLSearchParams({ csrfmiddlewaretoken: token })]) {
    const type: Record<string, string> = body === "{}" ? { "content-type": "application/json" } : {};
    const response = await refresh(auth, { body, headers: { ...headers, ...type } });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "{}");
    assert.equal((await seen(auth, withCookie(cookiesOf(response)))).user, "ada");
    const [before] = /refresh_token=[^;]*/.exec(cookie)!;
    const [after] = /refresh_token=[^;]*/.exec(cookiesOf(response))!;
    assert.notEqual(after, before);
    assert.equal(claimsIn(after).token_type, "refresh");
  }
  await auth.close();
});

test("without rotation the refresh token stays the same, and without a cookie its field is required", async () => {
  const { auth } = await tokenSite(COOKIES);
  const { cookie, token } = await loggedIn(auth);
  const response = await refresh(auth, { headers: { cookie, origin: ORIGIN, "x-csrftoken": token } });
  assert.equal(/refresh_token=[^;]*/.exec(cookiesOf(response))![0], /refresh_token=[^;]*/.exec(cookie)![0]);
  const without = await refresh(auth, {});
  assert.deepEqual([without.status, await without.json()], [400, { refresh: ["This field is required."] }]);
  await auth.close();
});

test("refresh and blacklist by cookie require the CSRF check, even with an Authorization header", async () => {
  const { auth } = await tokenSite(COOKIES);
  const { cookie, token } = await loggedIn(auth);
  const { authorization } = Object.fromEntries(bearer(await tokenFor()).headers);
  const refused: Record<string, string>[] = [
    { cookie, origin: "https://evil.example", "x-csrftoken": token },
    { cookie, origin: ORIGIN },
    { cookie, authorization: authorization! },
  ];
  for (const headers of refused) {
    for (const path of ["/api/token/refresh/", "/api/token/blacklist/"]) {
      const response = await refresh(auth, { headers }, path);
      assert.deepEqual([response.status, (await response.json()).code], [403, "csrf_failed"]);
      assert.equal(attributesOf(response, "refresh_token"), undefined);
    }
  }
  await auth.close();
});

test("blacklisting clears the token cookies, and a refused refresh does not", async () => {
  const { auth } = await tokenSite(COOKIES);
  const { cookie, token } = await loggedIn(auth);
  const bad = cookie.replace(/refresh_token=[^;]*/, "refresh_token=x");
  const send = (cookie: string, path: string) =>
    refresh(auth, { headers: { cookie, origin: ORIGIN, "x-csrftoken": token } }, path);
  const out = await send(cookie, "/api/token/blacklist/");
  assert.equal(out.status, 200);
  for (const name of ["access_token", "refresh_token"]) {
    assert.ok(attributesOf(out, name)?.includes("Max-Age=0"), name);
  }
  // If two tabs refresh at once, one is refused, and must not clear the new cookies of the other.
  const refused = await send(bad, "/api/token/refresh/");
  assert.equal(refused.status, 401);
  assert.deepEqual(refused.headers.getSetCookie(), []);
  await auth.close();
});
