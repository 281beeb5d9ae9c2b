/** SECRET_KEY was changed and the old one is a fallback: nobody is logged out, and sessions move over in place. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import {
  Browser,
  cookieOf,
  django,
  EventLog,
  keyIn,
  newPerson,
  SECRET_KEY,
  served,
  siteAuth,
} from "./site.ts";
import { upgrade } from "./wire.ts";

const NEW_KEY = "the key that came after";
const rotated = { secretKey: NEW_KEY, secretKeyFallbacks: [SECRET_KEY] };
const settings = { SECRET_KEY: NEW_KEY, SECRET_KEY_FALLBACKS: [] };

describe("a session of a fallback key", needsOracle, () => {
  test("is known, and its hash is renewed in place under the same key", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person, { json: '{"kept":1.0}' });
    const before = await django().readSession(keyIn(cookie));
    assert.equal((await django().whoami(cookie, { settings })).user, null, "Django alone has no key for it");
    await served(siteAuth(rotated), {}, async ({ url }) => {
      const response = await new Browser(url, cookie).fetch("/");
      assert.deepEqual(await response.json(), { user: person.username, refusal: null });
      assert.deepEqual(response.headers.getSetCookie(), []);
      const after = await django().readSession(keyIn(cookie), { settings });
      assert.equal(
        JSON.parse(after!.json)._auth_user_hash,
        await django().userSessionHash(person.pk, { settings }),
      );
      assert.ok(after!.json.includes('"kept":1.0'));
      // To the millisecond: a Date has no more.
      assert.equal(after!.expire_date.slice(0, 23), before!.expire_date.slice(0, 23));
      assert.equal((await django().whoami(cookie, { settings })).user?.username, person.username);
    });
  });

  test("is known to an upgrade, which writes nothing", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    const before = await django().readSession(keyIn(cookie));
    const websocket = {
      open: (socket: { user: { username: string }; send(text: string): void }) =>
        socket.send(socket.user.username),
    };
    await served(siteAuth(rotated), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
      assert.equal(await socket.receive(), person.username);
      assert.deepEqual(socket.response.setCookies, []);
      await socket.close();
      assert.deepEqual(await django().readSession(keyIn(cookie)), before);
    });
  });

  test("six parallel requests and an upgrade log nobody out", async () => {
    const person = await newPerson();
    await served(siteAuth(rotated), { websocket: {} }, async ({ url, host }) => {
      for (let round = 0; round < 10; round++) {
        const cookie = await cookieOf(person);
        const requests = Array.from({ length: 6 }, async () => {
          const response = await new Browser(url, cookie).fetch("/");
          return [(await response.json()).user, response.headers.getSetCookie().length];
        });
        const socket = upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
        assert.deepEqual(await Promise.all(requests), Array(6).fill([person.username, 0]));
        assert.deepEqual(await (await socket).close(), { code: 1000, reason: "" });
        assert.equal((await django().whoami(cookie, { settings })).user?.username, person.username);
      }
    });
  });

  test("a view that saves renews the hash with its own change", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    const auth = siteAuth(rotated);
    await served(auth, {
      async fetch(_request, context) {
        const user = await context.user();
        (await context.session()).set("seen", 1);
        return new Response(user?.username);
      },
    }, async ({ url }) => {
      assert.equal(await (await new Browser(url, cookie).fetch("/")).text(), person.username);
      const session = JSON.parse(await django().loadSession(keyIn(cookie), { settings }));
      assert.equal(session.seen, 1);
      assert.equal(session._auth_user_hash, await django().userSessionHash(person.pk, { settings }));
    });
  });

  test("without the fallback the session is nobody's, and the server is told that it cannot read it", async () => {
    const cookie = await cookieOf(await newPerson());
    const events = new EventLog();
    await served(siteAuth({ secretKey: NEW_KEY, onEvent: events.listen }), {}, async ({ url }) => {
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(await new Browser(url, cookie).whoami(), {
          user: null,
          refusal: "not_authenticated",
        });
      }
      assert.equal(await django().sessionExists(keyIn(cookie)), true);
      assert.deepEqual(events.all, [{ type: "session.unreadable", code: "bad_signature" }]);
    });
  });
});
