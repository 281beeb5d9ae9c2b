/** Token cookies over several requests: changes in one request reach the client, and are present in the next. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JwtStore } from "../../../src/auth/request/jwt_store.ts";
import type { DjangoAuth } from "../../../src/django_auth.ts";
import { attributesOf, cookiesOf, requestTo } from "./site.ts";
import { claimsIn, NOW, seen, tokenSite, visit, withCookie } from "./token_site.ts";

const FREE = { csrf: false } as const;
const COOKIES = { cookies: { access: { cookieSecure: false }, refresh: { cookieSecure: false } } };

/** Logs ada in, and runs `work` with the new tokens. */
function logIn(auth: DjangoAuth, work: (jwt: JwtStore) => unknown = () => null): Promise<Response> {
  return visit(auth, requestTo("/", { method: "POST" }), async (context) => {
    await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
    return await work(await context.jwt());
  });
}

/** Sends a later request, and runs `work` with its tokens. */
function later(auth: DjangoAuth, before: Response, work: (jwt: JwtStore) => unknown): Promise<Response> {
  return visit(auth, withCookie(cookiesOf(before)), async (context) => await work(await context.jwt()));
}

/** The claims of both cookies that a response sets. */
function claimsOf(response: Response): Record<string, unknown>[] {
  return ["access", "refresh"].map((name) =>
    claimsIn(new RegExp(`${name}_token=([^;]+)`).exec(cookiesOf(response))![1]!)
  );
}

describe("the tokens in cookies", () => {
  test("both lose a claim that is deleted", async () => {
    const { auth } = await tokenSite({ ...COOKIES, claims: () => ({ theme: "dark", kept: 1 }) });
    const first = await logIn(auth);
    assert.deepEqual(claimsOf(first).map(({ theme }) => theme), ["dark", "dark"]);
    const second = await later(auth, first, (jwt) => {
      assert.deepEqual([jwt.delete("theme"), jwt.delete("theme"), jwt.has("theme")], [true, false, false]);
    });
    for (const claims of claimsOf(second)) {
      assert.ok(!("theme" in claims));
      assert.equal(claims["kept"], 1);
    }
    await later(auth, second, (jwt) => assert.equal(jwt.get("theme", "none"), "none"));
    await auth.close();
  });

  test("can get a new expiry on a later request, and so does the cookie", async () => {
    const { auth, clock } = await tokenSite(COOKIES);
    const first = await logIn(auth);
    clock.time += 100_000;
    const second = await later(auth, first, (jwt) => jwt.setExpiry(1000));
    assert.deepEqual(claimsOf(second).map(({ exp }) => exp), [NOW / 1000 + 1100, NOW / 1000 + 86_400]);
    assert.ok(attributesOf(second, "access_token")?.includes("Max-Age=1000"));
    clock.time += 999_000;
    assert.equal((await seen(auth, withCookie(cookiesOf(second)))).user, "ada");
    clock.time += 1_000;
    assert.equal((await seen(auth, withCookie(cookiesOf(second)))).refusal, "token_expired");
    await auth.close();
  });

  test("can be cleared, and then neither read nor changed", async () => {
    const { auth } = await tokenSite({ ...COOKIES, claims: () => ({ theme: "dark" }) });
    const first = await logIn(auth);
    const cleared = await later(auth, first, async (jwt) => {
      jwt.set("own", 1);
      jwt.clear();
      assert.deepEqual([jwt.get("theme"), jwt.has("own"), jwt.keys()], [undefined, false, []]);
      assert.deepEqual([await jwt.tokens(), jwt.getExpiryDate(), jwt.isExpired()], [null, null, false]);
      assert.throws(() => jwt.set("own", 2), TypeError);
      assert.throws(() => jwt.setExpiry(10), TypeError);
      assert.equal(jwt.delete("theme"), false);
    });
    for (const name of ["access_token", "refresh_token"]) {
      assert.ok(attributesOf(cleared, name)?.includes("Max-Age=0"), name);
    }
    await auth.close();
  });

  test("are those of a login that follows clear()", async () => {
    const { auth } = await tokenSite(COOKIES);
    const first = await logIn(auth);
    const again = await visit(auth, withCookie(cookiesOf(first), { method: "POST" }), async (context) => {
      (await context.jwt()).clear();
      await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
    });
    assert.equal((await seen(auth, withCookie(cookiesOf(again)))).user, "ada");
    assert.notDeepEqual(claimsOf(again), claimsOf(first));
    await auth.close();
  });

  test("have the configured Domain and SameSite, even when they are deleted", async () => {
    const cookie = { cookieDomain: ".example.com", cookieSameSite: "None", cookieSecure: true } as const;
    const { auth } = await tokenSite({ cookies: { access: cookie, refresh: cookie } });
    const made = await logIn(auth);
    const gone = await later(auth, made, (jwt) => jwt.clear());
    for (const response of [made, gone]) {
      for (const name of ["access_token", "refresh_token"]) {
        const attributes = attributesOf(response, name) ?? [];
        for (const expected of ["Domain=.example.com", "SameSite=None"]) {
          assert.ok(attributes.includes(expected), `${name} ${expected}`);
        }
      }
    }
    await auth.close();
  });

  test("are sent with the response to a login, if its status is below 500", async () => {
    const { auth } = await tokenSite(COOKIES, { defaultBackend: "jwt" });
    for (const status of [200, 303, 403, 404, 500]) {
      const context = auth.context(requestTo("/", { method: "POST" }));
      await auth.login(context, { userId: 1 }, FREE);
      const response = await context.finish(new Response(null, { status }));
      assert.equal(attributesOf(response, "access_token") !== undefined, status < 500, String(status));
    }
    await auth.close();
  });
});
