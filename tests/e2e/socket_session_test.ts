/** The session of a socket: cookies on the 101, and changes shared with Django. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { DjangoSocket } from "../../src/sockets/socket/socket.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, EventLog, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

/** What the handlers here use of a socket, with a user or without. */
type Line = Pick<DjangoSocket, "send" | "session">;

describe("the 101 of a socket", needsOracle, () => {
  test("carries no cookie when nothing was changed", async () => {
    const cookie = await cookieOf(await newPerson());
    await served(siteAuth(), { websocket: {} }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
      assert.deepEqual(socket.response.setCookies, []);
      await socket.close();
    });
  });

  test("carries the session's cookie with saveEveryRequest, and the row's expiry is extended", async () => {
    const cookie = await cookieOf(await newPerson(), { expiry: 1000 });
    const before = await django().readSession(keyIn(cookie));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await served(
      siteAuth({ session: { saveEveryRequest: true } }),
      { websocket: {} },
      async ({ url, host }) => {
        const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
        assert.equal(socket.response.setCookies.length, 1);
        assert.match(
          socket.response.setCookies[0]!,
          new RegExp(
            `^sessionid=${keyIn(cookie)}; expires=.*; HttpOnly; Max-Age=1000; Path=/; SameSite=Lax$`,
          ),
        );
        const after = await django().readSession(keyIn(cookie));
        assert.ok(after!.expire_date > before!.expire_date);
        await socket.close();
      },
    );
  });

  test("carries the cookie of a session that data() changed, and the socket's session has the change", async () => {
    const cookie = await cookieOf(await newPerson());
    const websocket = {
      async data(_request: Request, context: RequestContext) {
        const session = await context.session();
        session.set("visits", 1);
        return { room: "hall" };
      },
      open: (socket: Line & { data: { room: string } }) => {
        socket.send(`${socket.data.room} ${socket.session.get("visits")} ${socket.session.sessionKey}`);
      },
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
      assert.equal(socket.response.setCookies.length, 1);
      assert.ok(socket.response.setCookies[0]!.startsWith(`sessionid=${keyIn(cookie)}; `));
      assert.equal(JSON.parse(await django().loadSession(keyIn(cookie))).visits, 1);
      assert.equal(await socket.receive(), `hall 1 ${keyIn(cookie)}`);
      await socket.close();
    });
  });

  test("carries the cookie of a session that data() created, and the socket uses that session", async () => {
    const websocket = {
      anonymous: true,
      data: async (_request: Request, context: RequestContext) =>
        void (await context.session()).set("visits", 1),
      async open(socket: Line) {
        await socket.session.change((session) => session.set("visits", Number(session.get("visits")) + 1));
        socket.send(socket.session.sessionKey ?? "no key");
      },
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      const key = /^sessionid=([a-z0-9]{32}); /.exec(socket.response.setCookies[0] ?? "")?.[1] ?? "";
      assert.equal(await socket.receive(), key);
      assert.equal(await django().loadSession(key), '{"visits":2}');
      await socket.close();
    });
  });

  test("carries the new key of a login that data() made, and the socket uses that session", async () => {
    const person = await newPerson();
    const planted = await django().createSession({ json: '{"cart":1}' });
    const auth = siteAuth();
    const websocket = {
      anonymous: true,
      data: async (_request: Request, context: RequestContext) =>
        void await auth.login(context, { userId: person.pk }, { csrf: false }),
      open: (socket: Line) => socket.send(`${socket.session.sessionKey} ${socket.session.get("cart")}`),
    };
    await served(auth, { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url], ["cookie", `sessionid=${planted}`]] });
      assert.equal(socket.response.setCookies.length, 2);
      const line = socket.response.setCookies.find((line) => line.startsWith("sessionid=")) ?? "";
      const key = keyIn(line);
      assert.notEqual(key, planted);
      assert.match(socket.response.setCookies.join("\n"), /^csrftoken=[A-Za-z0-9]{32}; /m);
      assert.equal(await socket.receive(), `${key} 1`);
      assert.equal((await django().whoami(`sessionid=${key}`)).user?.username, person.username);
      await socket.close();
    });
  });
});

describe("the session of a socket", needsOracle, () => {
  test("shares its changes with Django, in both directions", async () => {
    const cookie = await cookieOf(await newPerson(), { json: '{"big":12345678901234567890,"n":1.0}' });
    const websocket = {
      async message(socket: Line, data: string | Uint8Array) {
        if (data === "save") {
          socket.session.set("saved", true);
          await socket.session.save();
        } else if (data === "change") {
          await socket.session.change((session) => session.set("changed", true));
        } else {
          socket.session.forget();
          await socket.session.load();
        }
        socket.send(JSON.stringify([...socket.session.keys()].filter((key) => !key.startsWith("_")).sort()));
      },
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
      const ask = (word: string) => {
        socket.send(word);
        return socket.receive();
      };
      assert.equal(await ask("save"), '["big","n","saved"]');
      await django().setSession(keyIn(cookie), { json: '{"django":true}' });
      assert.equal(await ask("change"), '["big","changed","django","n","saved"]');
      await django().setSession(keyIn(cookie), { delete: ["saved"] });
      assert.equal(await ask("load"), '["big","changed","django","n"]');
      const text = await django().loadSession(keyIn(cookie));
      assert.ok(text.includes('"big":12345678901234567890,"n":1.0'), text);
      await socket.close();
    });
  });

  test("is not recreated once deleted: the socket closes with session_ended", async () => {
    const cookie = await cookieOf(await newPerson());
    const events = new EventLog();
    const websocket = {
      message: (socket: Line) => socket.session.change((session) => session.set("x", 1)),
    };
    await served(
      siteAuth({ onEvent: events.listen }),
      { websocket },
      async ({ url, host }) => {
        const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
        await django().deleteSession(keyIn(cookie));
        socket.send("change");
        assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
        assert.equal(await django().sessionExists(keyIn(cookie)), false);
        assert.deepEqual(events.trouble, []);
      },
    );
  });

  test("loses none of fifty concurrent changes from sockets and requests", async () => {
    const cookie = await cookieOf(await newPerson(), { json: '{"n":0}' });
    const auth = siteAuth();
    const increment = (session: { get(key: string): unknown; set(key: string, value: unknown): void }) =>
      session.set("n", Number(session.get("n")) + 1);
    const fetch = async (_request: Request, context: RequestContext) => {
      await (await context.session()).change(increment);
      return new Response("done");
    };
    const websocket = {
      async message(socket: Line) {
        await socket.session.change(increment);
        socket.send("done");
      },
    };
    await served(auth, { fetch, websocket }, async ({ url, host }) => {
      const sockets = await Promise.all(
        Array.from({ length: 5 }, () => upgrade(host, { headers: [["origin", url], ["cookie", cookie]] })),
      );
      const work = sockets.flatMap((socket) =>
        Array.from({ length: 5 }, () => {
          socket.send("go");
          return socket.receive();
        })
      );
      const requests = Array.from(
        { length: 25 },
        async () => (await new Browser(url, cookie).fetch("/")).text(),
      );
      await Promise.all([...work, ...requests]);
      assert.equal(JSON.parse(await django().loadSession(keyIn(cookie))).n, 50);
      await Promise.all(sockets.map((socket) => socket.close()));
    });
  });
});
