/** After SECRET_KEY changed, with the old key as a fallback, nobody is logged out and sessions are renewed in place. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { until } from "./crowd.ts";
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

describe("a session signed with a fallback key", needsOracle, () => {
  test("is accepted, and its hash is renewed under the same session key", async () => {
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
      // Compared to the millisecond, since a Date has no more.
      assert.equal(after!.expire_date.slice(0, 23), before!.expire_date.slice(0, 23));
      assert.equal((await django().whoami(cookie, { settings })).user?.username, person.username);
    });
  });

  test("is accepted by an upgrade, which writes nothing", async () => {
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

  test("is not logged out by six parallel requests and an upgrade", async () => {
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

  test("gets its hash renewed together with a change that a view saves", async () => {
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

  for (const feed of [false, true]) {
    test(`keeps its sockets open until the login ends, as seen ${feed ? "by the feed" : "in rounds"}`, async () => {
      const log = new EventLog();
      const sockets = feed ? { revalidateInterval: 0 } : { revalidateInterval: 0.3, feed };
      const auth = siteAuth({ ...rotated, sockets, onEvent: log.listen });
      if (feed) await auth.triggers.install();
      const looks = (): number => log.all.filter(({ type }) => type === "sockets.revalidated").length;
      await served(auth, { websocket: {} }, async ({ url, host }) => {
        const [ann, bob] = [await newPerson(), await newPerson()];
        const cookies = [await cookieOf(ann), await cookieOf(bob)];
        const before = await django().readSession(keyIn(cookies[0]!));
        const [anns, bobs] = await Promise.all(
          cookies.map((cookie) => upgrade(host, { headers: [["cookie", cookie], ["origin", url]] })),
        );
        // With the feed there is one revalidation, when the feed becomes live.
        await until(() => looks() >= (feed ? 1 : 2));
        assert.equal(auth.sockets.count, 2);
        assert.deepEqual(await django().readSession(keyIn(cookies[0]!)), before);
        await django().setPassword(ann.pk, "another-Horse-2");
        assert.deepEqual(await anns!.ended, { code: 4401, reason: "password_changed" });
        assert.equal(auth.sockets.count, 1);
        await django().deleteSession(keyIn(cookies[1]!));
        assert.deepEqual(await bobs!.ended, { code: 4401, reason: "session_ended" });
      });
    });
  }

  test("loses its sockets on a server without the new key once Django signs it with that key", async () => {
    const events = new EventLog();
    const auth = siteAuth({ sockets: { revalidateInterval: 0.3, feed: false }, onEvent: events.listen });
    await served(auth, { websocket: {} }, async ({ url, host }) => {
      const [cookie, other] = [await cookieOf(await newPerson()), await cookieOf(await newPerson())];
      const open = (of: string) => upgrade(host, { headers: [["cookie", of], ["origin", url]] });
      const [socket, lives] = [await open(cookie), await open(other)];
      const changed = { SECRET_KEY: NEW_KEY, SECRET_KEY_FALLBACKS: [SECRET_KEY] };
      await django().setSession(keyIn(cookie), { json: '{"a":1}' }, { settings: changed });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
      assert.equal(auth.sockets.count, 1);
      assert.deepEqual(events.all.filter(({ type }) => type === "session.trouble"), [
        { type: "session.trouble", code: "bad_signature" },
      ]);
      await lives.close();
    });
  });

  test("is rejected by a server without the fallback, with one session.trouble event", async () => {
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
      assert.deepEqual(events.all, [{ type: "session.trouble", code: "bad_signature" }]);
    });
  });
});
