/** Tokens in cookies on real servers, from login to logout, and their state in Django's tables. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JwtAuthOptions } from "../../src/auth/options/jwt_options.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, newPerson, pages, served } from "./site.ts";
import { bearer, djangoToken, open, simplejwt, tokenAuth } from "./token_site.ts";

const ROTATING = { rotateRefreshTokens: true, blacklistAfterRotation: true };
const COOKIES = {
  cookies: {
    access: { cookieSecure: false },
    refresh: { cookieSecure: false, cookieSameSite: "Strict" },
  },
} as const;

/** A site whose logins are tokens in cookies. */
function site(jwt: JwtAuthOptions = ROTATING): { auth: DjangoAuth; fetch: ReturnType<typeof pages> } {
  const auth = tokenAuth({ ...COOKIES, ...jwt }, { defaultBackend: "jwt" });
  const others = pages(auth);
  return {
    auth,
    fetch: (request, context) => auth.tokens.handle(request, context) ?? others(request, context),
  };
}

const refreshed = (browser: Browser) => browser.post("/api/token/refresh/");

test("a token login in cookies is refreshed and ended under Django's CSRF rules", needsOracle, async () => {
  const { auth, fetch } = site();
  await served(auth, { fetch, websocket: {} }, async ({ url, host }) => {
    const person = await newPerson();
    const browser = new Browser(url);
    assert.equal((await browser.login(person)).status, 200);
    assert.deepEqual([...browser.cookies.keys()].sort(), ["access_token", "csrftoken", "refresh_token"]);
    assert.deepEqual(await browser.whoami(), { user: person.username, refusal: null });

    const first = browser.cookies.get("refresh_token")!;
    const forged = await browser.fetch("/api/token/refresh/", { method: "POST", headers: { origin: url } });
    assert.deepEqual([forged.status, (await forged.json()).code], [403, "csrf_failed"]);
    const answer = await refreshed(browser);
    assert.deepEqual([answer.status, await answer.text()], [200, "{}"]);
    const second = browser.cookies.get("refresh_token")!;
    assert.notEqual(second, first);
    assert.deepEqual(await browser.whoami(), { user: person.username, refusal: null });
    await assert.rejects(simplejwt().verify(first, "refresh"), /blacklisted/);
    await simplejwt().verify(second, "refresh");

    const socket = await open(host, { cookie: browser.cookie, origin: url });
    const stolen = new Browser(url, browser.cookie);
    const refused = await browser.fetch("/logout", { method: "POST", headers: { origin: url } });
    assert.equal(refused.status, 403);
    assert.equal((await browser.post("/logout")).status, 204);
    assert.deepEqual([...browser.cookies.keys()], ["csrftoken"]);
    assert.deepEqual(await browser.whoami(), { user: null, refusal: "not_authenticated" });
    await assert.rejects(simplejwt().verify(second, "refresh"), /blacklisted/);
    // A stolen refresh token is useless afterwards; the access token stays valid until it expires.
    assert.equal((await refreshed(stolen)).status, 401);
    assert.equal((await stolen.whoami()).user, person.username);
    await socket.close();
  });
});

test(
  "a POST to blacklist/ ends both tokens in cookies with checkAccessTokens",
  needsOracle,
  async () => {
    const { auth, fetch } = site({ checkAccessTokens: true });
    await served(auth, { fetch }, async ({ url }) => {
      const browser = new Browser(url);
      await browser.login(await newPerson());
      const stolen = new Browser(url, browser.cookie);
      assert.equal((await browser.post("/api/token/blacklist/")).status, 200);
      assert.deepEqual([...browser.cookies.keys()], ["csrftoken"]);
      assert.deepEqual(await stolen.whoami(), { user: null, refusal: "token_revoked" });
      assert.equal((await refreshed(stolen)).status, 401);
    });
  },
);

test(
  "a POST to blacklist/ and a logout end the tokens in cookies also beside another token in the header",
  needsOracle,
  async () => {
    const { auth, fetch } = site({ checkAccessTokens: true });
    await served(auth, { fetch }, async ({ url }) => {
      for (const path of ["/api/token/blacklist/", "/logout"]) {
        const browser = new Browser(url);
        const person = await newPerson();
        await browser.login(person);
        const stolen = new Browser(url, browser.cookie);
        const headers = bearer(await djangoToken(person));
        assert.equal((await browser.post(path, {}, headers)).ok, true);
        assert.deepEqual(await stolen.whoami(), { user: null, refusal: "token_revoked" }, path);
      }
    });
  },
);

test(
  "a claim set during a concurrent refresh or logout does not overwrite its cookies",
  needsOracle,
  async () => {
    for (const path of ["/api/token/refresh/", "/logout"]) {
      const auth = tokenAuth({ ...ROTATING, ...COOKIES, revokeOnReuse: true }, { defaultBackend: "jwt" });
      const others = pages(auth);
      const [entered, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      await served(auth, {
        async fetch(request, context) {
          if (new URL(request.url).pathname !== "/theme") {
            return await (auth.tokens.handle(request, context) ?? others(request, context));
          }
          const jwt = await context.jwt();
          jwt.set("theme", "dark");
          entered.resolve();
          await released.promise;
          return new Response();
        },
      }, async ({ url }) => {
        const person = await newPerson();
        const browser = new Browser(url);
        await browser.login(person);
        const beside = new Browser(url, browser.cookie);
        const set = beside.fetch("/theme");
        await entered.promise;
        assert.ok((await browser.post(path)).status < 300);
        released.resolve();
        const lines = (await set).headers.getSetCookie();
        assert.deepEqual(lines.filter((line) => /^(?:access|refresh)_token=/.test(line)), []);
        if (path === "/logout") return;
        // The next refresh is not a reuse.
        assert.equal((await refreshed(browser)).status, 200);
        assert.equal((await browser.whoami()).user, person.username);
        // Without a concurrent refresh, the claim is kept.
        await browser.fetch("/theme");
        assert.equal((await refreshed(browser)).status, 200);
        const claims = JSON.parse(await simplejwt().decode(browser.cookies.get("access_token")!));
        assert.equal(claims.theme, "dark");
      });
    }
  },
);

test(
  "a refresh issues tokens for the refresh token's user, even beside another user's access token",
  needsOracle,
  async () => {
    const { auth, fetch } = site();
    await served(auth, { fetch }, async ({ url }) => {
      const [ann, bob] = [await newPerson(), await newPerson()];
      const [one, other] = [new Browser(url), new Browser(url)];
      await one.login(ann);
      await other.login(bob);
      one.cookies.set("access_token", other.cookies.get("access_token")!);
      assert.deepEqual(await one.whoami(), { user: bob.username, refusal: null });
      await refreshed(one);
      assert.deepEqual(await one.whoami(), { user: ann.username, refusal: null });
    });
  },
);

describe("a login over another user's tokens in cookies", needsOracle, () => {
  for (const backend of ["jwt", "session"] as const) {
    test(`with the backend ${backend} ends them, but not those of the same user`, async () => {
      const { auth, fetch } = site({ checkAccessTokens: true });
      await served(auth, {
        async fetch(request, context) {
          if (new URL(request.url).pathname !== "/switch") return await fetch(request, context);
          await auth.login(context, { userId: Number(await request.text()) }, { backend, csrf: false });
          return new Response();
        },
      }, async ({ url }) => {
        const [ann, bob] = [await newPerson(), await newPerson()];
        const browser = new Browser(url);
        await browser.login(ann);
        const copied = new Browser(url, browser.cookie);
        const over = ({ pk }: { pk: number }) => browser.fetch("/switch", { method: "POST", body: `${pk}` });
        assert.equal((await over(ann)).status, 200);
        assert.deepEqual(await copied.whoami(), { user: ann.username, refusal: null });
        assert.equal((await refreshed(copied)).status, 200);

        const left = new Browser(url, browser.cookie);
        assert.equal((await over(bob)).status, 200);
        assert.deepEqual(await browser.whoami(), { user: bob.username, refusal: null });
        left.cookies.delete("sessionid");
        assert.deepEqual(await left.whoami(), { user: null, refusal: "token_revoked" });
        assert.equal((await refreshed(left)).status, 401);
      });
    });
  }

  test("also ends the successors of a refresh token that was rotated", async () => {
    const { auth, fetch } = site();
    await served(auth, { fetch }, async ({ url }) => {
      const browser = new Browser(url);
      await browser.login(await newPerson());
      const thief = new Browser(url, browser.cookie);
      assert.equal((await refreshed(thief)).status, 200);
      assert.equal((await browser.login(await newPerson())).status, 200);
      assert.equal((await refreshed(thief)).status, 401);
      assert.equal((await refreshed(browser)).status, 200);
    });
  });
});
