/** Options of `Bun.serve` beside djauth: routes, the error handler, compression, and Bun's own socket events. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attach } from "../../src/adapters/bun.ts";
import { needsOracle } from "../ground/oracle.ts";
import { CERTIFICATE } from "./certificate.ts";
import { Browser, cookieOf, EventLog, newPerson, siteAuth } from "./site.ts";
import { send, upgrade } from "./wire.ts";

const PING = 9;
const PONG = 10;
const ADDRESS = { port: 0, hostname: "127.0.0.1" } as const;
const SERVER_ERROR = { code: 1011, reason: "server_error" };

const boom = (): never => {
  throw new Error("boom");
};

describe("routes of Bun.serve", needsOracle, () => {
  test("work beside fetch, and get the user through auth.handle", async () => {
    const person = await newPerson();
    const auth = siteAuth();
    await using server = Bun.serve(attach(auth, {
      ...ADDRESS,
      routes: {
        "/static": new Response("the same for all"),
        "/me": (request: Request) =>
          auth.handle(request, async (_request, context) => Response.json((await context.user())?.username)),
        "/plain/:name": (request: Bun.BunRequest<"/plain/:name">) => new Response(request.params.name),
      },
      fetch: async (_request, context) => new Response(`fetch ${(await context.user())?.username}`),
    }));
    const browser = new Browser(server.url.origin, await cookieOf(person));
    const textOf = async (path: string): Promise<string> => await (await browser.fetch(path)).text();
    assert.equal(await textOf("/static"), "the same for all");
    assert.equal(await textOf("/me"), JSON.stringify(person.username));
    assert.equal(await textOf("/plain/ada"), "ada");
    assert.equal(await textOf("/"), `fetch ${person.username}`);
    await auth.close();
  });

  test("have their errors handled by `error`, as fetch has", async () => {
    const events = new EventLog();
    const auth = siteAuth({ onEvent: events.listen });
    const told: unknown[] = [];
    await using server = Bun.serve(attach(auth, {
      ...ADDRESS,
      routes: { "/route": boom, "/later": () => Promise.reject(new Error("boom later")) },
      fetch: boom,
      error(error) {
        told.push((error as Error).message);
        return new Response("mended", { status: 418 });
      },
    }));
    for (const path of ["/route", "/later", "/"]) {
      const response = await fetch(server.url.origin + path);
      assert.deepEqual([response.status, await response.text()], [418, "mended"]);
    }
    assert.deepEqual(told, ["boom", "boom later", "boom"]);
    // djauth reports only errors of handlers that it runs.
    assert.deepEqual(events.all.map((event) => event.type === "error" && event.where), ["fetch"]);
    await auth.close();
  });

  for (const [name, data] of Object.entries({ "no data": undefined, "data of its own": { own: 1 } })) {
    test(`that upgrade by themselves, with ${name}, lose that socket, and the server goes on`, async () => {
      const events = new EventLog();
      const auth = siteAuth({ onEvent: events.listen });
      await using server = Bun.serve(attach(auth, {
        ...ADDRESS,
        routes: {
          "/own": (request: Request, server: { upgrade(request: Request, options: object): boolean }) =>
            server.upgrade(request, data === undefined ? {} : { data }) ? undefined : new Response("no"),
        },
        fetch: () => new Response("fine"),
        websocket: { anonymous: true, path: "/live", message: (socket, data) => socket.send(data) },
      }));
      const live = await upgrade(server.url.host, { path: "/live" });
      const own = await upgrade(server.url.host, { path: "/own" });
      own.send("hello");
      assert.deepEqual(await own.ended, SERVER_ERROR);
      live.send("still here");
      assert.equal(await live.receive(), "still here");
      await live.close();
      assert.deepEqual(events.trouble.map((event) => event.type === "error" && event.where), ["routes"]);
      await auth.close();
    });
  }

  test("that upgrade by themselves without a websocket option lose that socket, and the server goes on", async () => {
    const auth = siteAuth({ onEvent: () => {} });
    await using server = Bun.serve(attach(auth, {
      ...ADDRESS,
      routes: {
        "/own": (request: Request, server: { upgrade(request: Request, options: object): boolean }) =>
          server.upgrade(request, {}) ? undefined : new Response("no"),
      },
      fetch: () => new Response("fine"),
    }));
    assert.deepEqual(await (await upgrade(server.url.host, { path: "/own" })).ended, SERVER_ERROR);
    assert.equal((await send(server.url.host)).body, "fine");
    await auth.close();
  });
});

test("tls and the other options of Bun.serve are passed to Bun", needsOracle, async () => {
  const auth = siteAuth();
  await using server = Bun.serve(attach(auth, {
    ...{ ...ADDRESS, tls: CERTIFICATE, idleTimeout: 5, maxRequestBodySize: 10, development: false },
    fetch: async (request) => new Response(await request.text()),
  }));
  assert.equal(server.protocol, "https");
  const post = (body: string) =>
    fetch(server.url, { method: "POST", body, tls: { ca: CERTIFICATE.cert }, redirect: "manual" });
  assert.equal(await (await post("ten bytes!")).text(), "ten bytes!");
  assert.equal((await post("eleven bytes")).status, 413);
  await auth.close();
});

describe("sockets on Bun", needsOracle, () => {
  test("are compressed only with perMessageDeflate", async () => {
    const auth = siteAuth();
    for (const perMessageDeflate of [undefined, false, true, { compress: "3KB" } as const]) {
      const compression = perMessageDeflate === undefined ? {} : { perMessageDeflate };
      await using server = Bun.serve(attach(auth, {
        ...ADDRESS,
        fetch: () => new Response(),
        websocket: { anonymous: true, ...compression },
      }));
      const socket = await upgrade(server.url.host, {
        headers: [["sec-websocket-extensions", "permessage-deflate"]],
      });
      const chosen = socket.response.headers.get("sec-websocket-extensions");
      assert.equal(/^permessage-deflate\b/.test(chosen ?? ""), Boolean(perMessageDeflate), String(chosen));
      await socket.close();
    }
    await auth.close();
  });

  test("call ping, pong and drain with the application's socket", async () => {
    const person = await newPerson();
    const auth = siteAuth();
    const told: string[] = [];
    const drained = Promise.withResolvers<void>();
    const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    await using server = Bun.serve(attach(auth, {
      ...ADDRESS,
      fetch: () => new Response(),
      websocket: {
        open: (socket) => socket.send("x".repeat(8 * 1024 * 1024)),
        ping: (socket, data) => void told.push(`ping of ${socket.user.username}: ${textOf(data)}`),
        pong: (socket, data) => void told.push(`pong of ${socket.user.username}: ${textOf(data)}`),
        drain: (socket) => drained.resolve(assert.equal(socket.user.username, person.username)),
        message: (socket, data) => socket.send(data),
      },
    }));
    const headers = [["cookie", await cookieOf(person)], ["origin", server.url.origin]] as const;
    const socket = await upgrade(server.url.host, { headers });
    await drained.promise;
    await socket.receive();
    socket.frame(PING, new TextEncoder().encode("one"));
    socket.frame(PONG, new TextEncoder().encode("two"));
    socket.send("three");
    assert.equal(await socket.receive(), "three");
    assert.deepEqual(told, [`ping of ${person.username}: one`, `pong of ${person.username}: two`]);
    await socket.close();
    await auth.close();
  });

  test("close with 1011 if the ping handler throws, and do not call it if refused", async () => {
    const events = new EventLog();
    const auth = siteAuth({ onEvent: events.listen });
    await using server = Bun.serve(attach(auth, {
      ...ADDRESS,
      fetch: () => new Response(),
      websocket: { anonymous: (request: Request) => request.url.endsWith("/open"), ping: boom },
    }));
    const refused = await upgrade(server.url.host);
    refused.frame(PING, new Uint8Array());
    assert.equal((await refused.ended).code, 4401);
    const socket = await upgrade(server.url.host, { path: "/open" });
    socket.frame(PING, new Uint8Array());
    assert.deepEqual(await socket.ended, SERVER_ERROR);
    assert.deepEqual(events.trouble.map((event) => event.type === "error" && event.where), ["ping"]);
    await auth.close();
  });
});
