/** A changed password ends every other session of the user, on both sides. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, keyIn, newPerson, pages, PASSWORD, served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

const NEW_PASSWORD = "another-Horse-2";

describe("a changed password", needsOracle, () => {
  test("changed here: the own session survives under a new key, all others end", async () => {
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

  test("changed at Django's page: other sessions are refused here, the own one is known", async () => {
    const person = await newPerson();
    const [own, other] = [await cookieOf(person), await cookieOf(person)];
    await served(siteAuth(), { websocket: {} }, async ({ url, host }) => {
      assert.equal((await new Browser(url, other).whoami()).user, person.username);
      const changed = await django().changePassword(own, PASSWORD, NEW_PASSWORD);
      const headers = (cookie: string) => [["cookie", cookie], ["origin", url]] as const;
      const refused = await upgrade(host, { headers: headers(other) });
      assert.deepEqual(await refused.ended, { code: 4401, reason: "password_changed" });
      // The upgrade left the row alone; the request ends it, as Django does.
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

  test("nobody who is not signed in changes a password", async () => {
    await served(siteAuth(), {}, async ({ url }) => {
      const refused = await new Browser(url).post("/password", { old: PASSWORD, new: NEW_PASSWORD });
      assert.equal(refused.status, 401);
      assert.equal((await refused.json()).code, "not_authenticated");
    });
  });

  test("setPassword and save end the own session as well, unless its hash is updated", async () => {
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
