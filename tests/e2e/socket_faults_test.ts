/** Handlers that throw and clients that leave: only their socket ends, and errors are reported. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, EventLog, newPerson, served, siteAuth } from "./site.ts";
import { upgrade, upgradeAndLeave, type WireHeaders } from "./wire.ts";

const boom = (): never => {
  throw new Error("boom");
};
const reject = () => Promise.reject(new Error("boom"));
const later = () => new Promise<void>((_, fail) => setTimeout(() => fail(new Error("boom")), 10));
/** An object that can be awaited but is not a Promise. */
const thenable = () =>
  ({ then: (_: unknown, fail: (error: Error) => void) => fail(new Error("boom")) }) as Promise<void>;

const WAYS = {
  "throws": boom,
  "rejects": reject,
  "rejects later": later,
  "returns a thenable that rejects": thenable,
};
const SERVER_ERROR = { code: 1011, reason: "server_error" };

describe("a handler of a socket", needsOracle, () => {
  for (const [way, fail] of Object.entries(WAYS)) {
    for (const where of ["open", "message"] as const) {
      test(`${where} that ${way} closes only its own socket, with 1011`, async () => {
        const events = new EventLog();
        const websocket = { anonymous: true, path: "/", [where]: fail };
        await served(siteAuth({ onEvent: events.listen }), { websocket }, async ({ url, host }) => {
          const socket = await upgrade(host, { headers: [["origin", url]] });
          if (where === "message") socket.send("go");
          assert.deepEqual(await socket.ended, SERVER_ERROR);
          assert.deepEqual(whereOf(events), [where]);
          assert.equal((await new Browser(url).fetch("/")).status, 200);
        });
      });
    }

    test(`close that ${way} is reported, and the server goes on`, async () => {
      const events = new EventLog();
      const websocket = { anonymous: true, close: fail };
      await served(siteAuth({ onEvent: events.listen }), { websocket }, async ({ url, host }) => {
        const polite = await upgrade(host, { headers: [["origin", url]] });
        await polite.close();
        const rude = await upgrade(host, { headers: [["origin", url]] });
        rude.destroy();
        await until(() => events.trouble.length === 2);
        assert.deepEqual(whereOf(events), ["close", "close"]);
        assert.equal((await new Browser(url).fetch("/")).status, 200);
      });
    });

    test(`data that ${way} refuses the upgrade with 1011, and the server goes on`, async () => {
      const events = new EventLog();
      const websocket = { anonymous: true, data: fail };
      await served(siteAuth({ onEvent: events.listen }), { websocket }, async ({ url, host }) => {
        for (let round = 0; round < 2; round++) {
          const socket = await upgrade(host, { headers: [["origin", url]] });
          assert.deepEqual(await socket.ended, SERVER_ERROR);
        }
        assert.deepEqual(whereOf(events), ["data", "data"]);
      });
    });
  }

  test("message that throws does not end other sockets", async () => {
    const websocket = {
      anonymous: true,
      message: (socket: { send(text: string): void }, data: string | Uint8Array) =>
        data === "throw" ? boom() : socket.send("fine"),
    };
    await served(siteAuth({ onEvent: () => {} }), { websocket }, async ({ url, host }) => {
      const [first, second] = [
        await upgrade(host, { headers: [["origin", url]] }),
        await upgrade(host, { headers: [["origin", url]] }),
      ];
      first.send("throw");
      assert.deepEqual(await first.ended, SERVER_ERROR);
      second.send("hello");
      assert.equal(await second.receive(), "fine");
      await second.close();
    });
  });

  test("that throws while onEvent throws too ends only its own socket", async () => {
    const websocket = { anonymous: true, message: boom };
    await served(siteAuth({ onEvent: boom }), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      socket.send("go");
      assert.deepEqual(await socket.ended, SERVER_ERROR);
      assert.equal((await new Browser(url).fetch("/")).status, 200);
    });
  });

  test("may call send and close after the socket has closed", async () => {
    const done = Promise.withResolvers<void>();
    const events = new EventLog();
    const websocket = {
      anonymous: true,
      close(socket: { send(text: string): void; close(): void; isOpen: boolean }) {
        assert.equal(socket.isOpen, false);
        socket.send("late");
        socket.close();
        done.resolve();
      },
    };
    await served(siteAuth({ onEvent: events.listen }), { websocket }, async ({ url, host }) => {
      (await upgrade(host, { headers: [["origin", url]] })).destroy();
      await done.promise;
      assert.deepEqual(events.trouble, []);
    });
  });
});

describe("a client that leaves during authentication", needsOracle, () => {
  const WAYS = { "with FIN": "end", "with RST": "resetAndDestroy", "at once": "destroy" } as const;
  for (const [way, method] of Object.entries(WAYS)) {
    test(`${way} opens no socket, and the server goes on`, async () => {
      const cookie = await cookieOf(await newPerson());
      const called: string[] = [];
      const events = new EventLog();
      const gate = Promise.withResolvers<void>();
      const websocket = {
        data: () => gate.promise,
        open: () => void called.push("open"),
        message: () => void called.push("message"),
        close: () => void called.push("close"),
      };
      await served(siteAuth({ onEvent: events.listen }), { websocket }, async ({ url, host }) => {
        const headers: WireHeaders = [["origin", url], ["cookie", cookie]];
        await Promise.all(
          Array.from({ length: 5 }, () => upgradeAndLeave(host, headers, (socket) => socket[method]())),
        );
        await pause(50);
        gate.resolve();
        await pause(100);
        assert.deepEqual(called, []);
        assert.deepEqual(events.trouble, []);
        const socket = await upgrade(host, { headers });
        await socket.close();
        await until(() => called.length === 2);
        assert.deepEqual(called, ["open", "close"]);
      });
    });
  }
});

describe("a request handler", needsOracle, () => {
  test("that throws after context.user() is answered with 500 and reported", async () => {
    const cookie = await cookieOf(await newPerson());
    const events = new EventLog();
    const auth = siteAuth({ onEvent: events.listen });
    let times = 0;
    await served(auth, {
      async fetch(_request, context) {
        await context.user();
        if (times++ === 0) throw new Error("a secret of the handler's");
        return new Response("fine");
      },
    }, async ({ url }) => {
      const failed = await new Browser(url, cookie).fetch("/");
      assert.equal(failed.status, 500);
      assert.deepEqual(await failed.json(), {
        title: "Internal Server Error",
        status: 500,
        code: "server_error",
      });
      assert.equal(failed.headers.get("vary"), "Cookie");
      assert.deepEqual(whereOf(events), ["fetch"]);
      assert.equal(await (await new Browser(url, cookie).fetch("/")).text(), "fine");
    });
  });

  test("that throws synchronously, or returns nothing that can be sent, is answered with 500", async () => {
    const events = new EventLog();
    const auth = siteAuth({ onEvent: events.listen });
    const fetch = (request: Request) => {
      if (request.url.endsWith("/throw")) return boom();
      // On Deno, Response.error() would end the process.
      return request.url.endsWith("/nothing") ? undefined as unknown as Response : Response.error();
    };
    await served(auth, { fetch }, async ({ url }) => {
      for (const path of ["/throw", "/nothing", "/error"]) {
        assert.equal((await new Browser(url).fetch(path)).status, 500);
      }
      assert.deepEqual(whereOf(events), ["fetch", "fetch", "finish"]);
    });
  });

  test("is answered with 503 and Retry-After while the database is down, not with an anonymous user", async () => {
    const events = new EventLog();
    const database = "postgres://postgres@127.0.0.1:1/nothing";
    const auth = siteAuth({ database, databaseDeadline: 0.5, onEvent: events.listen });
    await served(auth, {}, async ({ url }) => {
      const response = await new Browser(url, `sessionid=${"f".repeat(32)}`).fetch("/");
      assert.equal(response.status, 503);
      assert.equal(response.headers.get("retry-after"), "1");
      assert.deepEqual(await response.json(), {
        ...{ title: "Service Unavailable", status: 503, code: "database_unavailable" },
      });
      assert.deepEqual(response.headers.getSetCookie(), []);
      assert.deepEqual(events.trouble.map(({ type }) => type), ["auth.unavailable"]);
    });
  });
});

function whereOf(events: EventLog): unknown[] {
  return events.trouble.map((event) => event.type === "error" ? event.where : event.type);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !isSo(); tries++) await pause(10);
}
