/** A changed password ends every other session of the user, on both sides. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { Handler } from "../../src/auth/request/handler.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import { needsOracle } from "../ground/oracle.ts";
import {
  Browser,
  cookieOf,
  django,
  keyIn,
  newPerson,
  pages,
  PASSWORD,
  type Person,
  served,
  siteAuth,
} from "./site.ts";
import { bearer, djangoToken, tokenAuth } from "./token_site.ts";
import { upgrade } from "./wire.ts";

const NEW_PASSWORD = "another-Horse-2";

/** A site that sets a new password for the user in the query, after the other steps that the query names. */
function resetting(): [auth: DjangoAuth, handlers: { fetch: Handler }] {
  const auth = siteAuth();
  const fetch: Handler = async (request, context) => {
    if (request.method === "GET") return await pages(auth)(request, context);
    const { searchParams } = new URL(request.url);
    if (searchParams.has("session")) await context.session();
    if (searchParams.has("why")) await context.refusal();
    const user = (await auth.findUser(Number(searchParams.get("user"))))!;
    await user.setPassword(NEW_PASSWORD);
    await user.save(["password"]);
    await auth.updateSessionAuthHash(context, user);
    return Response.json({ user: (await context.user())?.username ?? null });
  };
  return [auth, { fetch }];
}

/** A session whose login ended because the user's password has changed. */
async function endedSession(person: Person): Promise<string> {
  const { password } = (await django().getUser(person.pk))!.columns;
  await django().updateUser(person.pk, { password: "an older one" });
  const cookie = await cookieOf(person);
  await django().updateUser(person.pk, { password });
  return cookie;
}

describe("a changed password", needsOracle, () => {
  test("changed here: the session in use gets a new key, and all others end", async () => {
    const person = await newPerson();
    const [own, other] = [await cookieOf(person, { json: '{"kept":1}' }), await cookieOf(person)];
    await served(siteAuth(), { websocket: {} }, async ({ url, host }) => {
      const browser = new Browser(url, own);
      const response = await browser.post("/password", { old: PASSWORD, new: NEW_PASSWORD });
      assert.equal(response.status, 204);
      assert.notEqual(browser.cookies.get("sessionid"), keyIn(own));
      assert.equal(await django().sessionExists(keyIn(own)), false);
      assert.equal((await browser.whoami()).user, person.username);
      assert.equal((await django().whoami(browser.cookie)).user?.username, person.username);
      assert.ok((await django().loadSession(keyIn(browser.cookie))).includes('"kept":1'));

      const socket = await upgrade(host, { headers: [["cookie", other], ["origin", url]] });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "password_changed" });
      assert.deepEqual(await new Browser(url, other).whoami(), { user: null, refusal: "password_changed" });
      assert.equal((await django().whoami(other)).user, null);
    });
  });

  test("changed at Django's page: other sessions are refused here, and the one in use is accepted", async () => {
    const person = await newPerson();
    const [own, other] = [await cookieOf(person), await cookieOf(person)];
    await served(siteAuth(), { websocket: {} }, async ({ url, host }) => {
      assert.equal((await new Browser(url, other).whoami()).user, person.username);
      const changed = await django().changePassword(own, PASSWORD, NEW_PASSWORD);
      const headers = (cookie: string) => [["cookie", cookie], ["origin", url]] as const;
      const refused = await upgrade(host, { headers: headers(other) });
      assert.deepEqual(await refused.ended, { code: 4401, reason: "password_changed" });
      // The upgrade did not delete the row; the request does, as in Django.
      assert.equal(await django().sessionExists(keyIn(other)), true);
      const stale = new Browser(url, other);
      assert.deepEqual(await stale.whoami(), { user: null, refusal: "password_changed" });
      assert.equal(stale.cookies.has("sessionid"), false);
      assert.equal(await django().sessionExists(keyIn(other)), false);
      const late = await upgrade(host, { headers: headers(other) });
      assert.deepEqual(await late.ended, { code: 4401, reason: "session_ended" });
      assert.equal((await new Browser(url, changed.cookie).whoami()).user, person.username);
    });
  });

  test("a wrong old password changes nothing", async () => {
    const person = await newPerson();
    await served(siteAuth(), {}, async ({ url }) => {
      const browser = new Browser(url, await cookieOf(person));
      const refused = await browser.post("/password", { old: "wrong", new: NEW_PASSWORD });
      assert.equal(refused.status, 401);
      const { code, detail } = await refused.json();
      assert.deepEqual([code, detail], ["wrong_old_password", "The old password is wrong"]);
      assert.equal((await django().getUser(person.pk))?.columns.password, person.encoded);
      assert.equal((await browser.whoami()).user, person.username);
    });
  });

  test("an anonymous visitor cannot change a password", async () => {
    await served(siteAuth(), {}, async ({ url }) => {
      const refused = await new Browser(url).post("/password", { old: PASSWORD, new: NEW_PASSWORD });
      assert.equal(refused.status, 401);
      assert.equal((await refused.json()).code, "not_authenticated");
    });
  });

  test("updateSessionAuthHash keeps a login even if its user was not read before", async () => {
    await served(...resetting(), async ({ url }) => {
      const person = await newPerson();
      const [own, other] = [new Browser(url, await cookieOf(person)), await cookieOf(person)];
      await own.fetch(`/?user=${person.pk}`, { method: "POST" });
      assert.equal((await own.whoami()).user, person.username);
      assert.equal((await django().whoami(own.cookie)).user?.username, person.username);
      assert.deepEqual(await new Browser(url, other).whoami(), { user: null, refusal: "password_changed" });
    });
  });

  test("updateSessionAuthHash does not restore an ended login, as in Django", async () => {
    await served(...resetting(), async ({ url }) => {
      const person = await newPerson();
      const stranger = await newPerson();
      for (const query of ["", "&session", "&why"]) {
        const ended = await endedSession(person);
        const browser = new Browser(url, ended);
        await browser.fetch(`/?user=${person.pk}${query}`, { method: "POST" });
        assert.equal((await browser.whoami()).user, null, query);
        assert.equal((await django().whoami(browser.cookie || null)).user, null, query);
      }
      // Nor does it make another user's session this user's.
      const foreign = new Browser(url, await cookieOf(stranger));
      await foreign.fetch(`/?user=${person.pk}`, { method: "POST" });
      assert.equal((await foreign.whoami()).user, stranger.username);

      const ended = await endedSession(person);
      const asked = await django().request({
        path: `/reset/?user=${person.pk}&password=yet-Another-4`,
        method: "POST",
        headers: { cookie: ended },
      });
      assert.deepEqual(JSON.parse(asked.body), { user: null });
      assert.equal((await django().whoami(ended)).user, null);
    });
  });

  test("updateSessionAuthHash does not sign in a deactivated user", async () => {
    await served(...resetting(), async ({ url }) => {
      const person = await newPerson();
      const cookie = await cookieOf(person);
      await django().updateUser(person.pk, { is_active: false });
      const browser = new Browser(url, cookie);
      const { user } = await (await browser.fetch(`/?user=${person.pk}`, { method: "POST" })).json();
      assert.equal(user, null);
      assert.equal((await browser.whoami()).user, null);
    });
  });

  test("changed with a token: a valid session beside it survives, and an ended one is not restored", async () => {
    const auth = tokenAuth();
    await served(auth, {}, async ({ url }) => {
      for (const isEnded of [false, true]) {
        const person = await newPerson();
        const browser = new Browser(url, isEnded ? await endedSession(person) : await cookieOf(person));
        const response = await browser.fetch("/password", {
          method: "POST",
          headers: bearer(await djangoToken(person)),
          body: new URLSearchParams({ old: PASSWORD, new: NEW_PASSWORD }),
        });
        assert.equal(response.status, 204);
        const expected = isEnded ? null : person.username;
        assert.equal((await browser.whoami()).user, expected);
        assert.equal((await django().whoami(browser.cookie)).user?.username ?? null, expected);
      }
    });
  });

  test("setPassword and save end the session in use too, unless its hash is updated", async () => {
    const person = await newPerson();
    const auth = siteAuth();
    const change = async (request: Request, context: RequestContext) => {
      if (request.method === "GET") return await pages(auth)(request, context);
      const user = (await context.user())!;
      await user.setPassword(NEW_PASSWORD);
      await user.save(["password"]);
      if (request.url.endsWith("?keep")) await auth.updateSessionAuthHash(context, user);
      return new Response("changed");
    };
    await served(auth, { fetch: change }, async ({ url }) => {
      const kept = new Browser(url, await cookieOf(person));
      await kept.fetch("/?keep", { method: "POST" });
      assert.equal((await kept.whoami()).user, person.username);
      assert.equal((await django().whoami(kept.cookie)).user?.username, person.username);
      const lost = new Browser(url, await cookieOf(person));
      await lost.fetch("/", { method: "POST" });
      assert.deepEqual(await lost.whoami(), { user: null, refusal: "password_changed" });
    });
  });
});
