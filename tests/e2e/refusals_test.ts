/** A login that is no longer valid: its refusal over HTTP and as a close reason, which agrees with Django. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, keyIn, newPerson, type Person, served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

/** How a valid session is made invalid, and the resulting refusal. */
const SPOILT: readonly (readonly [
  name: string,
  reason: string,
  spoil: (cookie: string, person: Person) => Promise<unknown>,
])[] = [
  ["an expired session", "session_expired", (cookie) => django().expireSession(keyIn(cookie))],
  ["a deleted session", "session_ended", (cookie) => django().deleteSession(keyIn(cookie))],
  ["an inactive user", "user_inactive", (_, { pk }) => django().updateUser(pk, { is_active: false })],
  ["a deleted user", "user_not_found", (_, { pk }) => django().deleteUser(pk)],
  ["an unusable password", "password_changed", (_, { pk }) => django().setPassword(pk, null)],
  ["an unknown backend", "not_authenticated", set({ _auth_user_backend: "elsewhere.Backend" })],
  ["a backend that is not text", "not_authenticated", set({ _auth_user_backend: ["django"] })],
  ["a missing backend", "not_authenticated", remove("_auth_user_backend")],
  ["a missing user id", "not_authenticated", remove("_auth_user_id")],
  ["a wrong hash", "password_changed", set({ _auth_user_hash: "0".repeat(64) })],
  ["a hash that is not text", "password_changed", set({ _auth_user_hash: 7 })],
  ["an empty hash", "password_changed", set({ _auth_user_hash: "" })],
  ["a missing hash", "password_changed", remove("_auth_user_hash")],
];

describe("a login that is no longer valid", needsOracle, () => {
  for (const [name, reason, spoil] of SPOILT) {
    test(`${name} is refused with ${reason}, as a close reason and over HTTP`, async () => {
      const person = await newPerson();
      const [cookie, twin] = [await cookieOf(person), await cookieOf(person)];
      await served(siteAuth(), { websocket: {} }, async ({ url, host }) => {
        await spoil(cookie, person);
        const there = await django().sessionExists(keyIn(cookie));
        const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
        assert.deepEqual(await socket.ended, { code: 4401, reason });
        assert.deepEqual(socket.response.setCookies, []);
        assert.equal(await django().sessionExists(keyIn(cookie)), there, "an upgrade ends no session");

        const response = await new Browser(url, cookie).fetch("/");
        assert.deepEqual(await response.json(), { user: null, refusal: reason });
        // Changes to the user have already been made.
        await spoil(twin, person).catch(() => {});
        const theirs = await django().whoami(twin);
        assert.equal(theirs.user, null);
        assert.deepEqual(response.headers.getSetCookie(), theirs.set_cookies);
        assert.equal(
          await django().sessionExists(keyIn(cookie)),
          await django().sessionExists(keyIn(twin)),
          "the row is kept or ended as Django does",
        );
      });
    });
  }

  test("no credentials at all are refused with not_authenticated", async () => {
    await served(siteAuth(), { websocket: {} }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "not_authenticated" });
      const response = await new Browser(url).fetch("/");
      assert.deepEqual(await response.json(), { user: null, refusal: "not_authenticated" });
      assert.deepEqual(response.headers.getSetCookie(), []);
    });
  });

  test("an inactive user is accepted with AllowAllUsersModelBackend, as in Django", async () => {
    const backend = "django.contrib.auth.backends.AllowAllUsersModelBackend";
    const person = await newPerson({ is_active: false });
    const cookie = await cookieOf(person, { json: JSON.stringify({ _auth_user_backend: backend }) });
    const settings = { AUTHENTICATION_BACKENDS: [backend] };
    assert.equal((await django().whoami(cookie, { settings })).user?.username, person.username);
    await served(siteAuth({ authenticationBackends: [backend] }), {}, async ({ url }) => {
      assert.equal((await new Browser(url, cookie).whoami()).user, person.username);
    });
  });
});

function set(values: Record<string, unknown>): (cookie: string) => Promise<unknown> {
  return (cookie) => django().setSession(keyIn(cookie), { json: JSON.stringify(values) });
}

function remove(key: string): (cookie: string) => Promise<unknown> {
  return (cookie) => django().setSession(keyIn(cookie), { delete: [key] });
}
