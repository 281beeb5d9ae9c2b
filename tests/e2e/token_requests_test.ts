/** Tokens over HTTP, between real simplejwt and djauth: what one side issues or revokes holds for the other. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuth } from "../../src/django_auth.ts";
import { needsOracle } from "../ground/oracle.ts";
import { django, newPerson, PASSWORD, type Person, served } from "./site.ts";
import { bearer, djangoToken, simplejwt, tokenAuth } from "./token_site.ts";

/** Simplejwt's endpoints, and a page with the current username. */
function api(auth: DjangoAuth) {
  return {
    fetch: (request: Request, context: Parameters<DjangoAuth["getUser"]>[0]) =>
      auth.tokens.handle(request, context) ??
        auth.userRequired((_request, _context, user) => Response.json(user.username))(request, context),
  };
}

async function post(url: string, path: string, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return await fetch(url + path, { method: "POST", body: JSON.stringify(body), headers });
}

async function obtain(url: string, { username }: Person): Promise<{ access: string; refresh: string }> {
  return await (await post(url, "/api/token/", { username, password: PASSWORD })).json();
}

/** A site's response to a request with a token: the username, or a refusal. */
async function whoami(url: string, token: string): Promise<unknown> {
  return await (await fetch(url, { headers: bearer(token) })).json();
}

describe("tokens", needsOracle, () => {
  test("of either side are valid on the other", async () => {
    const auth = tokenAuth();
    await served(auth, api(auth), async ({ url }) => {
      const person = await newPerson();
      const ours = await obtain(url, person);
      const theirs =
        await (await post(django().url, "/api/token/", { username: person.username, password: PASSWORD }))
          .json();
      for (const { access, refresh } of [ours, theirs]) {
        assert.equal(await whoami(url, access), person.username);
        assert.equal(
          (await whoami(`${django().url}/api/whoami/`, access) as { username: string }).username,
          person.username,
        );
        for (const site of [url, django().url]) {
          const refreshed = await (await post(site, "/api/token/refresh/", { refresh })).json();
          assert.equal(await whoami(url, refreshed.access), person.username);
          assert.deepEqual(
            await (await post(site, "/api/token/verify/", { token: refreshed.access })).json(),
            {},
          );
        }
        // Both sides store the user of a refresh token.
        const { jti } = JSON.parse(await simplejwt().decode(refresh));
        assert.equal((await simplejwt().rows({ jti }))[0]!.user, String(person.pk));
      }
      await post(url, "/api/token/blacklist/", { refresh: ours.refresh });
      await post(django().url, "/api/token/blacklist/", { refresh: theirs.refresh });
      for (const { refresh } of [ours, theirs]) {
        for (const site of [url, django().url]) {
          const response = await post(site, "/api/token/refresh/", { refresh });
          assert.equal(response.status, 401);
          assert.deepEqual(await response.json(), {
            detail: "Token is blacklisted",
            code: "token_not_valid",
          });
        }
      }
    });
  });

  test("that were rotated are reported when reused, and revokeOnReuse ends all of the user's", async () => {
    const events: unknown[] = [];
    const options = { rotateRefreshTokens: true, blacklistAfterRotation: true, revokeOnReuse: true };
    const auth = tokenAuth(options, { onEvent: (event) => void events.push(event) });
    await served(auth, api(auth), async ({ url }) => {
      const person = await newPerson();
      const { refresh } = await obtain(url, person);
      const next = await (await post(url, "/api/token/refresh/", { refresh })).json();
      assert.equal((await post(url, "/api/token/refresh/", { refresh })).status, 401);
      assert.equal((await post(url, "/api/token/refresh/", { refresh: next.refresh })).status, 401);
      const rejected = { type: "auth.rejected", code: "token_revoked", path: "/api/token/refresh/" };
      assert.deepEqual(events, [
        { type: "token.reused", userId: person.pk, revoked: 1 },
        rejected,
        rejected,
      ]);
      const verified = await post(url, "/api/token/verify/", { token: next.refresh });
      assert.deepEqual([verified.status, await verified.json()], [400, {
        non_field_errors: ["Token is blacklisted"],
      }]);
      assert.deepEqual(events.at(-1), { ...rejected, path: "/api/token/verify/" });
    });
  });

  test("of two tabs that refresh at once all end with revokeOnReuse, and none with a grace period", async () => {
    const options = { rotateRefreshTokens: true, blacklistAfterRotation: true, revokeOnReuse: true };
    for (const rotationGrace of [null, { seconds: 30, tokens: 1 }]) {
      const auth = tokenAuth({ ...options, rotationGrace });
      await served(auth, api(auth), async ({ url }) => {
        const { refresh } = await obtain(url, await newPerson());
        const tabs = await Promise.all([1, 2].map(() => post(url, "/api/token/refresh/", { refresh })));
        const pairs = [];
        for (const tab of tabs) if (tab.status === 200) pairs.push(await tab.json());
        assert.equal(pairs.length, rotationGrace === null ? 1 : 2);
        for (const pair of pairs) {
          const next = await post(url, "/api/token/refresh/", { refresh: pair.refresh });
          assert.equal(next.status, rotationGrace === null ? 401 : 200);
        }
      });
    }
  });

  test("of simplejwt from before a password change are refused and blacklisted at a refresh", async () => {
    const auth = tokenAuth({ checkRevokeToken: true });
    await served(auth, api(auth), async ({ url }) => {
      const person = await newPerson();
      const refresh = await djangoToken(person, "refresh", { CHECK_REVOKE_TOKEN: true });
      assert.equal((await post(url, "/api/token/refresh/", { refresh })).status, 200);
      await django().setPassword(person.pk, "another one");
      const refused = await post(url, "/api/token/refresh/", { refresh });
      assert.deepEqual([refused.status, await refused.json()], [401, {
        detail: "The user's password has been changed.",
      }]);
      await assert.rejects(simplejwt().verify(refresh, "refresh"), /blacklisted/);
    });
  });

  test("end with a logout or blacklistUser(), access tokens too with checkAccessTokens", async () => {
    const auth = tokenAuth({ checkAccessTokens: true });
    const fetch = async (request: Request, context: Parameters<DjangoAuth["getUser"]>[0]) => {
      if (request.method !== "POST") return await api(auth).fetch(request, context);
      await auth.logout(context, { refresh: await request.text() });
      return new Response();
    };
    await served(auth, { fetch }, async ({ url }) => {
      const person = await newPerson();
      const [access, refresh] = [await djangoToken(person), await djangoToken(person, "refresh")];
      assert.equal(await whoami(url, access), person.username);
      const out = await globalThis.fetch(url, { method: "POST", body: refresh, headers: bearer(access) });
      assert.equal(out.status, 200);
      assert.deepEqual((await whoami(url, access) as { messages: unknown[] }).messages, [
        { token_class: "AccessToken", token_type: "access", message: "Token is blacklisted" },
      ]);
      await assert.rejects(simplejwt().verify(refresh, "refresh"), /blacklisted/);
      const other = await djangoToken(person, "refresh");
      assert.equal(await auth.tokens.blacklistUser(person.pk), 1);
      await assert.rejects(simplejwt().verify(other, "refresh"), /blacklisted/);
    });
  });

  test("with a numeric user id, as in older releases, are accepted and refreshed on both sides", async () => {
    const auth = tokenAuth();
    await served(auth, api(auth), async ({ url }) => {
      const person = await newPerson();
      const encoded = async (type: string) => {
        const { json } = await simplejwt().create("access");
        const claims = {
          ...JSON.parse(json),
          token_type: type,
          jti: crypto.randomUUID(),
          user_id: person.pk,
        };
        return await simplejwt().encode(JSON.stringify(claims));
      };
      const access = await encoded("access");
      assert.equal(await whoami(url, access), person.username);
      const theirs = await whoami(`${django().url}/api/whoami/`, access);
      assert.equal((theirs as { username: string }).username, person.username);
      for (const site of [url, django().url]) {
        const response = await post(site, "/api/token/refresh/", { refresh: await encoded("refresh") });
        assert.equal(response.status, 200);
        const refreshed = await response.json();
        assert.equal(JSON.parse(await simplejwt().decode(refreshed.access)).user_id, person.pk);
        assert.equal(await whoami(url, refreshed.access), person.username);
      }
    });
  });

  test("of djauth from before a password change are refused and blacklisted at a refresh", async () => {
    const auth = tokenAuth({ checkRevokeToken: true });
    await served(auth, api(auth), async ({ url }) => {
      const person = await newPerson();
      const { refresh } = await obtain(url, person);
      assert.equal((await post(url, "/api/token/refresh/", { refresh })).status, 200);
      await django().setPassword(person.pk, "another-Horse-2");
      const response = await post(url, "/api/token/refresh/", { refresh });
      assert.equal(response.status, 401);
      assert.deepEqual(await response.json(), { detail: "The user's password has been changed." });
      const { jti } = JSON.parse(await simplejwt().decode(refresh));
      assert.equal((await simplejwt().rows({ jti }))[0]!.is_blacklisted, true);
    });
  });

  test("of any class are looked up in the blacklist with checkAccessTokens", async () => {
    for (const authTokenClasses of [["access"], ["untyped"]] as const) {
      const auth = tokenAuth({ checkAccessTokens: true, authTokenClasses });
      await served(auth, api(auth), async ({ url }) => {
        const person = await newPerson();
        const token = await djangoToken(person, authTokenClasses[0] === "untyped" ? "refresh" : "access");
        assert.equal(await whoami(url, token), person.username);
        // An access token is blacklisted through a token of another type with the same jti.
        const claims = JSON.parse(await simplejwt().decode(token));
        const text = await simplejwt().encode(JSON.stringify({ ...claims, token_type: "sliding" }));
        await simplejwt().blacklist(text, "sliding");
        const refused = await whoami(url, token) as { messages: { message: string }[] };
        assert.deepEqual(refused.messages.map(({ message }) => message), ["Token is blacklisted"]);
      });
    }
  });

  test("with another userIdField sign in that field's user", async () => {
    const auth = tokenAuth({ userIdField: "username", userIdClaim: "sub" });
    await served(auth, api(auth), async ({ url }) => {
      const person = await newPerson();
      const settings = { USER_ID_FIELD: "username", USER_ID_CLAIM: "sub" };
      assert.equal(await whoami(url, await djangoToken(person, "access", settings)), person.username);
      const { access, refresh } = await obtain(url, person);
      assert.equal(await whoami(url, access), person.username);
      assert.equal(JSON.parse(await simplejwt(settings).decode(access)).sub, person.username);
      assert.equal((await post(url, "/api/token/refresh/", { refresh })).status, 200);
    });
  });
});
