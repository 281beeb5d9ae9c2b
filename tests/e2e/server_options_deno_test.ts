/** Options of `Deno.serve` beside djauth: the error handler, the abort signal, the address and TLS. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attach } from "../../src/adapters/deno.ts";
import { needsOracle } from "../ground/oracle.ts";
import { CERTIFICATE } from "./certificate.ts";
import { EventLog, siteAuth } from "./site.ts";
import { send, upgrade } from "./wire.ts";

test("onListen, signal and the server's own members work as in Deno", needsOracle, async () => {
  const auth = siteAuth();
  const heard: number[] = [];
  const controller = new AbortController();
  const server = Deno.serve(attach(auth, {
    ...{ port: 0, hostname: "127.0.0.1", signal: controller.signal },
    onListen: ({ port }: Deno.NetAddr) => void heard.push(port),
    fetch: () => new Response("fine"),
    websocket: { anonymous: true },
  }));
  assert.deepEqual(heard, [server.addr.port]);
  const host = `127.0.0.1:${server.addr.port}`;
  assert.equal((await send(host)).body, "fine");
  await upgrade(host);
  controller.abort();
  await server.finished;
  await assert.rejects(send(host));
  await auth.close();
});

test("cert and key are passed to Deno", needsOracle, async () => {
  const auth = siteAuth();
  const server = Deno.serve(attach(auth, {
    ...{ port: 0, hostname: "127.0.0.1", onListen: () => {} },
    ...CERTIFICATE,
    fetch: () => new Response("fine"),
  }));
  const { body } = await send(`127.0.0.1:${server.addr.port}`, {}, { ca: CERTIFICATE.cert });
  assert.equal(body, "fine");
  await server.shutdown();
  await auth.close();
});

test("onError handles an exception of fetch and a response that cannot be sent", needsOracle, async () => {
  const events = new EventLog();
  const auth = siteAuth({ onEvent: events.listen });
  const told: string[] = [];
  const server = Deno.serve(attach(auth, {
    ...{ port: 0, hostname: "127.0.0.1", onListen: () => {} },
    fetch(request) {
      if (request.url.endsWith("/throw")) throw new Error("boom");
      return Response.error();
    },
    onError(error) {
      told.push((error as Error).message);
      return new Response("mended", { status: 418 });
    },
  }));
  const host = `127.0.0.1:${server.addr.port}`;
  for (const path of ["/throw", "/error"]) {
    const { status, body } = await send(host, { path });
    assert.deepEqual([status, body], [418, "mended"]);
  }
  assert.deepEqual(told, ["boom", "Response.error() cannot be sent: return a response with a status"]);
  assert.deepEqual(events.all.map((event) => event.type === "error" && event.where), ["fetch", "finish"]);
  await server.shutdown();
  await auth.close();
});
