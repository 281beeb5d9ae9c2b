/** A login over a socket: Django's rules in the database, and the cookie that the page gets for its claim. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { claimOf, cookiesOf, open, redeem, refusalOf, tell, until, websocket } from "./claims.ts";
import { cookieOf, django, EventLog, keyIn, newPerson, served, siteAuth } from "./site.ts";

/** No revalidation and no feed: only this node's own actions close a socket here. */
const ALONE = { revalidateInterval: 0, feed: false } as const;

describe("a login over a socket that was opened without a user", needsOracle, () => {
  test("applies to the socket at once, and to Django with the cookie that the page redeems", async () => {
    const person = await newPerson();
    const log = new EventLog();
    const auth = siteAuth({ onEvent: log.listen, sockets: ALONE });
    await served(auth, { websocket }, async (server) => {
      const socket = await open(server);
      const { claim, user } = await tell(socket, { login: person.pk });
      assert.equal(user, person.username);
      assert.equal(auth.sockets.ofUser(person.pk).length, 1);
      const [held] = auth.sockets.ofUser(person.pk);
      const key = held!.session.sessionKey!;
      assert.deepEqual(auth.sockets.ofSession(key), [held]);
      assert.ok(!claim!.includes(key));

      const response = await redeem(server, claim!);
      assert.deepEqual([response.status, response.body], [204, ""]);
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.equal(keyIn(cookiesOf(response)), key);
      assert.match(
        response.setCookies.join("\n"),
        /^sessionid=[a-z0-9]{32}; expires=.*; HttpOnly; Max-Age=1209600; Path=\/; SameSite=Lax$/m,
      );
      assert.match(response.setCookies.join("\n"), /^csrftoken=[A-Za-z0-9]{32}; /m);
      const known = await django().whoami(cookiesOf(response));
      assert.equal(known.user?.username, person.username);
      assert.equal(known.session_key, key);
      await socket.close();
      await until(() => auth.sockets.count === 0);
      assert.deepEqual([auth.sockets.ofUser(person.pk), auth.sockets.ofSession(key)], [[], []]);
      assert.deepEqual(log.trouble, []);
    });
  });

  test("follows Django's rules: a new key, the visitor's data kept, the backend, last_login", async () => {
    const person = await newPerson();
    const planted = await django().createSession({ json: '{"cart":[1],"price":1.0}' });
    await served(siteAuth(), { websocket }, async (server) => {
      const before = (await django().getUser(person.pk))!.columns.last_login;
      const socket = await open(server, `sessionid=${planted}`);
      const claim = await claimOf(socket, person);
      assert.equal(await django().sessionExists(planted), false);
      const response = await redeem(server, claim, `sessionid=${planted}`);
      const key = keyIn(cookiesOf(response));
      assert.notEqual(key, planted);
      const text = await django().loadSession(key);
      assert.ok(text.startsWith('{"cart":[1],"price":1.0,'), text);
      const { _auth_user_id, _auth_user_backend, _auth_user_hash } = JSON.parse(text);
      assert.deepEqual([_auth_user_id, _auth_user_backend], [
        String(person.pk),
        "django.contrib.auth.backends.ModelBackend",
      ]);
      assert.equal(_auth_user_hash, await django().userSessionHash(person.pk));
      assert.equal(before, null);
      assert.ok((await django().getUser(person.pk))!.columns.last_login !== null);
      await socket.close();
    });
  });

  test("keeps no data of another user's session", async () => {
    const [person, other] = [await newPerson(), await newPerson({ is_active: false })];
    const cookie = await cookieOf(other, { json: '{"secret":"of the other"}' });
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await open(server, cookie);
      const response = await redeem(server, await claimOf(socket, person), cookie);
      const key = keyIn(cookiesOf(response));
      assert.equal(await django().sessionExists(keyIn(cookie)), false);
      assert.equal("secret" in JSON.parse(await django().loadSession(key)), false);
      await socket.close();
    });
  });

  test("keeps no data of a session that another user has logged in on meanwhile", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const planted = await django().createSession({ json: '{"a":1}' });
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await open(server, `sessionid=${planted}`);
      const login = JSON.parse(await django().loadSession(keyIn(await cookieOf(other))));
      await django().setSession(planted, { json: JSON.stringify({ ...login, secret: "of the other" }) });
      const response = await redeem(server, await claimOf(socket, person), `sessionid=${planted}`);
      const key = keyIn(cookiesOf(response));
      assert.equal((await django().whoami(`sessionid=${key}`)).user?.username, person.username);
      assert.equal("secret" in JSON.parse(await django().loadSession(key)), false);
      assert.equal(await django().sessionExists(planted), false);
      await socket.close();
    });
  });

  test("keeps what the application set on the session and what others changed meanwhile", async () => {
    const person = await newPerson();
    const planted = await django().createSession({ json: '{"a":1}' });
    const keeping = {
      ...websocket,
      open: (socket: { session: { set(key: string, value: unknown): void } }) =>
        socket.session.set("mine", 1),
    };
    await served(siteAuth(), { websocket: keeping }, async (server) => {
      const socket = await open(server, `sessionid=${planted}`);
      await django().setSession(planted, { json: '{"theirs":2}', delete: ["a"] });
      const response = await redeem(server, await claimOf(socket, person), `sessionid=${planted}`);
      const { mine, theirs, a } = JSON.parse(await django().loadSession(keyIn(cookiesOf(response))));
      assert.deepEqual([mine, theirs, a], [1, 2, undefined]);
      await socket.close();
    });
  });

  test("starts a new session if the visitor's session has ended meanwhile", async () => {
    const person = await newPerson();
    const planted = await django().createSession({ json: '{"cart":1}' });
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await open(server, `sessionid=${planted}`);
      await django().deleteSession(planted);
      const response = await redeem(server, await claimOf(socket, person), `sessionid=${planted}`);
      assert.equal((await django().whoami(cookiesOf(response))).user?.username, person.username);
      assert.equal("cart" in JSON.parse(await django().loadSession(keyIn(cookiesOf(response)))), false);
      await socket.close();
    });
  });

  test("is revalidated from then on: a logout in Django closes the socket", async () => {
    const person = await newPerson();
    const auth = siteAuth({ sockets: { revalidateInterval: 0.5, feed: false } });
    await served(auth, { websocket }, async (server) => {
      const socket = await open(server);
      const cookie = cookiesOf(await redeem(server, await claimOf(socket, person)));
      await django().logout(cookie);
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
      await until(() => auth.sockets.count === 0);
    });
  });

  test("ends when its session expires, by the node's clock", async () => {
    const person = await newPerson();
    const auth = siteAuth({ sockets: ALONE, session: { cookieAge: 1 } });
    await served(auth, { websocket }, async (server) => {
      const socket = await open(server);
      await claimOf(socket, person);
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_expired" });
    });
  });

  test("is watched by the feed: deactivating the user closes the socket", async () => {
    const person = await newPerson();
    const auth = siteAuth({ sockets: { revalidateInterval: 0 } });
    await auth.triggers.install();
    await served(auth, { websocket }, async (server) => {
      const socket = await open(server);
      await claimOf(socket, person);
      await django().updateUser(person.pk, { is_active: false });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "user_inactive" });
    });
  });

  test("requires the session cookie that the 101 set, and keeps that session's data", async () => {
    const person = await newPerson();
    const visiting = {
      ...websocket,
      data: async (
        _request: Request,
        context: { session(): Promise<{ set(k: string, v: unknown): void }> },
      ) => void (await context.session()).set("visits", 1),
    };
    await served(siteAuth(), { websocket: visiting }, async (server) => {
      const socket = await open(server);
      const brought = cookiesOf(socket.response);
      assert.match(brought, /^sessionid=/);
      const claim = await claimOf(socket, person);
      assert.deepEqual(refusalOf(await redeem(server, claim)), [401, "claim_invalid"]);
      const response = await redeem(server, claim, brought);
      assert.equal(response.status, 204);
      assert.equal(JSON.parse(await django().loadSession(keyIn(cookiesOf(response)))).visits, 1);
      await socket.close();
    });
  });

  test("renews the CSRF secret in the session with csrf.useSessions", async () => {
    const person = await newPerson();
    const secret = "a".repeat(32);
    const planted = await django().createSession({ json: `{"_csrftoken":"${secret}"}` });
    await served(siteAuth({ csrf: { useSessions: true } }), { websocket }, async (server) => {
      const socket = await open(server, `sessionid=${planted}`);
      const response = await redeem(server, await claimOf(socket, person), `sessionid=${planted}`);
      assert.equal(response.setCookies.length, 1);
      const { _csrftoken } = JSON.parse(await django().loadSession(keyIn(cookiesOf(response))));
      assert.match(_csrftoken, /^[A-Za-z0-9]{32}$/);
      assert.notEqual(_csrftoken, secret);
      await socket.close();
    });
  });

  test("sets its cookies with the configured attributes", async () => {
    const person = await newPerson();
    const auth = siteAuth({
      session: {
        cookieName: "sid",
        cookieSecure: true,
        cookieSameSite: "Strict",
        expireAtBrowserClose: true,
      },
      csrf: { cookieName: "token", cookieHttpOnly: true },
    });
    await served(auth, { websocket }, async (server) => {
      const socket = await open(server);
      const { setCookies } = await redeem(server, await claimOf(socket, person));
      assert.match(setCookies.join("\n"), /^sid=[a-z0-9]{32}; HttpOnly; Path=\/; SameSite=Strict; Secure$/m);
      assert.match(setCookies.join("\n"), /^token=\w{32}; expires=.*; HttpOnly; /m);
      await socket.close();
    });
  });
});

describe("a login over a socket that has a user", needsOracle, () => {
  test("of the same user keeps the session key, as in Django, and closes no socket", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person, { json: '{"cart":1}' });
    const auth = siteAuth({ sockets: ALONE });
    await served(auth, { websocket }, async (server) => {
      const [socket, other] = [await open(server, cookie), await open(server, cookie)];
      const response = await redeem(server, await claimOf(socket, person), cookie);
      assert.equal(keyIn(cookiesOf(response)), keyIn(cookie));
      assert.equal(JSON.parse(await django().loadSession(keyIn(cookie))).cart, 1);
      assert.equal((await tell(other, {})).user, person.username);
      assert.equal(auth.sockets.ofSession(keyIn(cookie)).length, 2);
      await Promise.all([socket.close(), other.close()]);
    });
  });

  test("of the same user after a password change starts a new session, and the socket stays open", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person, { json: '{"cart":1}' });
    const auth = siteAuth({ sockets: ALONE });
    await served(auth, { websocket }, async (server) => {
      const [socket, other] = [await open(server, cookie), await open(server, cookie)];
      await django().setPassword(person.pk, "another-Horse-2");
      const response = await redeem(server, await claimOf(socket, person), cookie);
      assert.notEqual(keyIn(cookiesOf(response)), keyIn(cookie));
      assert.equal("cart" in JSON.parse(await django().loadSession(keyIn(cookiesOf(response)))), false);
      // Other sockets of the emptied session end without a revalidation and without the feed.
      assert.deepEqual(await other.ended, { code: 4401, reason: "session_ended" });
      assert.equal((await tell(socket, {})).user, person.username);
      await socket.close();
    });
  });

  test("of another user is refused with user_mismatch, and changes nothing", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const cookie = await cookieOf(person);
    const auth = siteAuth();
    await served(auth, { websocket }, async (server) => {
      const socket = await open(server, cookie);
      assert.deepEqual(await tell(socket, { login: other.pk }), {
        code: "user_mismatch",
        user: person.username,
      });
      assert.equal((await django().whoami(cookie)).user?.username, person.username);
      assert.equal((await django().getUser(other.pk))!.columns.last_login, null);
      assert.deepEqual(auth.sockets.ofUser(other.pk), []);
      await socket.close();
    });
  });

  test("may be of another user after a logout", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const cookie = await cookieOf(person, { json: '{"secret":1}' });
    const auth = siteAuth({ sockets: ALONE });
    await served(auth, { websocket }, async (server) => {
      const socket = await open(server, cookie);
      assert.equal((await tell(socket, { logout: true })).user, null);
      const response = await redeem(server, await claimOf(socket, other), cookie);
      assert.equal((await django().whoami(cookiesOf(response))).user?.username, other.username);
      assert.equal("secret" in JSON.parse(await django().loadSession(keyIn(cookiesOf(response)))), false);
      assert.deepEqual([auth.sockets.ofUser(person.pk).length, auth.sockets.ofUser(other.pk).length], [0, 1]);
      await socket.close();
    });
  });
});
