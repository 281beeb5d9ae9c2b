/**
 * A logout over a socket, and what this node ends over HTTP: its sockets close at once, without feed or revalidation.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { claimOf, cookiesOf, open, redeem, tell, until, websocket } from "./claims.ts";
import { serve } from "./serve.ts";
import { Browser, cookieOf, django, EventLog, keyIn, newPerson, PASSWORD, served, siteAuth } from "./site.ts";

/** No revalidation and no feed: only this node's own actions close a socket here. */
const ALONE = { revalidateInterval: 0, feed: false } as const;
const ENDED = { code: 4401, reason: "session_ended" };

describe("a logout over a socket", needsOracle, () => {
  test("ends the session in Django and its other sockets; this socket stays open without a user", async () => {
    const person = await newPerson();
    const [cookie, elsewhere] = [await cookieOf(person, { json: '{"secret":1}' }), await cookieOf(person)];
    const log = new EventLog();
    const auth = siteAuth({ sockets: ALONE, onEvent: log.listen });
    await served(auth, { websocket }, async (server) => {
      const [socket, other, unrelated] = [
        await open(server, cookie),
        await open(server, cookie),
        await open(server, elsewhere),
      ];
      assert.deepEqual(await tell(socket, { logout: true }), { claim: null, user: null });
      assert.deepEqual(await other.ended, ENDED);
      assert.equal(await django().sessionExists(keyIn(cookie)), false);
      assert.equal((await django().whoami(cookie)).user, null);
      assert.equal((await django().whoami(elsewhere)).user?.username, person.username);
      assert.equal((await tell(unrelated, {})).user, person.username);
      assert.equal((await tell(socket, {})).user, null);
      await until(() => auth.sockets.count === 2);
      assert.deepEqual(auth.sockets.ofSession(keyIn(cookie)), []);
      assert.equal(auth.sockets.ofUser(person.pk).length, 1);
      const revoked = log.all.filter((event) => event.type === "auth.revoked");
      assert.deepEqual(revoked.map(({ code, occasion }) => [code, occasion]), [["session_ended", "node"]]);
      assert.deepEqual(log.trouble, []);
      await Promise.all([socket.close(), unrelated.close()]);
    });
  });

  test("closes the socket if it may not be anonymous; its close handler still gets the user", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    const seen: unknown[] = [];
    for (const anonymous of [false, (request: Request) => request.url.endsWith("/public")]) {
      const closing = {
        ...websocket,
        anonymous: anonymous as false,
        close: (socket: { user: { username: string } }, code: number) =>
          void seen.push([socket.user.username, code]),
      };
      await served(siteAuth({ sockets: ALONE }), { websocket: closing }, async (server) => {
        const socket = await open(server, await cookieOf(person));
        socket.send('{"logout":true}');
        // Not even the reply is sent after the logout.
        assert.deepEqual(await socket.ended, ENDED);
        await until(() => seen.length > 0);
        assert.deepEqual(seen.splice(0), [[person.username, 4401]]);
      });
    }
    assert.equal((await django().whoami(cookie)).user?.username, person.username);
  });

  test("leaves the socket open if the anonymous function allows its request", async () => {
    const cookie = await cookieOf(await newPerson());
    const anonymous = (request: Request) => new URL(request.url).pathname === "/";
    await served(siteAuth(), { websocket: { ...websocket, anonymous } }, async (server) => {
      const socket = await open(server, cookie);
      assert.equal((await tell(socket, { logout: true })).user, null);
      assert.equal((await tell(socket, {})).user, null);
      await socket.close();
    });
  });

  test("without a user ends the anonymous session, as in Django", async () => {
    const planted = await django().createSession({ json: '{"cart":1}' });
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await open(server, `sessionid=${planted}`);
      assert.equal((await tell(socket, { logout: true })).user, null);
      assert.equal(await django().sessionExists(planted), false);
      await socket.close();
    });
  });

  test("of a login made over it ends the session of the page's cookie", async () => {
    const person = await newPerson();
    const auth = siteAuth({ sockets: ALONE });
    await served(auth, { websocket }, async (server) => {
      const socket = await open(server);
      const cookie = cookiesOf(await redeem(server, await claimOf(socket, person)));
      assert.equal((await django().whoami(cookie)).user?.username, person.username);
      const second = await open(server, cookie);
      await tell(socket, { logout: true });
      assert.equal((await django().whoami(cookie)).user, null);
      assert.deepEqual(await second.ended, ENDED);
      await socket.close();
    });
  });

  test("closes the sockets of other nodes over the feed, or at their next revalidation", async () => {
    const ways = [{ revalidateInterval: 0 }, { revalidateInterval: 0.5, feed: false }];
    for (const sockets of ways) {
      const person = await newPerson();
      const cookie = await cookieOf(person);
      const log = new EventLog();
      const auth = siteAuth({ sockets: ALONE });
      await auth.triggers.install();
      const elsewhere = siteAuth({ sockets, onEvent: log.listen });
      const node = serve(elsewhere, { fetch: () => new Response(), websocket });
      await served(auth, { websocket }, async (server) => {
        const [socket, other] = [await open(server, cookie), await open(node, cookie)];
        if (sockets.feed !== false) await until(() => log.all.some(({ type }) => type === "feed.restored"));
        await tell(socket, { logout: true });
        assert.deepEqual(await other.ended, ENDED);
        await socket.close();
      });
      await node.stop();
      await elsewhere.close();
    }
  });
});

describe("a change over HTTP on the same node", needsOracle, () => {
  /** Sets up a browser with a login and a socket, and a second login of the same user with another socket. */
  async function visit(
    work: (visit: {
      browser: Browser;
      own: Awaited<ReturnType<typeof open>>;
      other: Awaited<ReturnType<typeof open>>;
      person: Awaited<ReturnType<typeof newPerson>>;
    }) => Promise<void>,
    fetch?: (request: Request, context: RequestContext) => Promise<Response>,
  ): Promise<void> {
    const person = await newPerson();
    const auth = siteAuth({ sockets: ALONE });
    await served(auth, { websocket, ...(fetch === undefined ? {} : { fetch }) }, async (server) => {
      const browser = new Browser(server.url, await cookieOf(person));
      const own = await open(server, browser.cookie);
      const other = await open(server, await cookieOf(person));
      await work({ browser, own, other, person });
      own.destroy();
      other.destroy();
      await until(() => auth.sockets.count === 0);
    });
  }

  test("a logout closes the sockets of its session", () =>
    visit(async ({ browser, own, other, person }) => {
      assert.equal((await browser.post("/logout")).status, 204);
      assert.deepEqual(await own.ended, ENDED);
      assert.equal((await tell(other, {})).user, person.username);
    }));

  test("a login as another user closes the sockets of the previous session", () =>
    visit(async ({ browser, own, other, person }) => {
      const somebody = await newPerson();
      assert.equal((await browser.login(somebody)).status, 200);
      assert.deepEqual(await own.ended, ENDED);
      assert.equal((await tell(other, {})).user, person.username);
    }));

  test("a password change closes all the user's sockets, those of the session in use with session_ended", () =>
    visit(async ({ browser, own, other, person }) => {
      const response = await browser.post("/password", { old: PASSWORD, new: "another-Horse-2" });
      assert.equal(response.status, 204);
      assert.deepEqual(await own.ended, ENDED);
      assert.deepEqual(await other.ended, { code: 4401, reason: "password_changed" });
      assert.equal((await browser.whoami()).user, person.username);
    }));

  test("a new session key closes the sockets of the old key", () =>
    visit(async ({ browser, own, other, person }) => {
      const before = browser.cookies.get("sessionid");
      assert.equal((await browser.fetch("/")).status, 200);
      assert.notEqual(browser.cookies.get("sessionid"), before);
      assert.deepEqual(await own.ended, ENDED);
      assert.equal((await tell(other, {})).user, person.username);
    }, async (_request, context) => {
      await (await context.session()).cycleKey();
      return new Response();
    }));

  test("saving a user revalidates that user's sockets", async () => {
    await visit(async ({ browser, own, other }) => {
      assert.equal((await browser.fetch("/", { method: "POST" })).status, 200);
      for (const socket of [own, other]) {
        assert.deepEqual(await socket.ended, { code: 4401, reason: "user_inactive" });
      }
    }, async (_request, context) => {
      const user = (await context.user())!;
      user.is_active = false;
      await user.save(["is_active"]);
      return new Response();
    });
  });

  test("a login that only updates last_login does not call onIdentityChange", async () => {
    const person = await newPerson();
    const auth = siteAuth({ sockets: ALONE });
    let told = 0;
    const counting = { ...websocket, onIdentityChange: () => void told++ };
    await served(auth, { websocket: counting }, async (server) => {
      const socket = await open(server, await cookieOf(person));
      assert.equal((await new Browser(server.url).login(person)).status, 200);
      assert.equal((await tell(socket, {})).user, person.username);
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(told, 0);
      await socket.close();
    });
  });
});
