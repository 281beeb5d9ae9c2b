/**
 * Handlers that call `Deno.upgradeWebSocket` themselves: Deno must get their 101 response object itself, or it stops
 * listening, and yet the 101 carries the cookies of what the handler did.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Handler } from "../../src/auth/request/handler.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, EventLog, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { upgrade, type WireHeaders } from "./wire.ts";

/** A handler that upgrades after `prepare`, and echoes messages. */
function echoAfter(prepare: (...args: Parameters<Handler>) => Promise<void>): Handler {
  return async (request, context) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response("fine");
    await prepare(request, context);
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  };
}

/** Opens a socket, checks that it works, and returns the cookies of its 101. */
async function openedBy(host: string, headers: WireHeaders): Promise<readonly string[]> {
  const socket = await upgrade(host, { headers });
  assert.equal(socket.status, 101);
  socket.send("hello");
  assert.equal(await socket.receive(), "hello");
  await socket.close();
  return socket.response.setCookies;
}

test("a session that the handler writes sets its cookie on the 101", needsOracle, async () => {
  const fetch = echoAfter(async (_request, context) => (await context.session()).set("visits", 1));
  await served(siteAuth(), { fetch }, async ({ url, host }) => {
    const [cookie = ""] = await openedBy(host, []);
    const [, key = ""] = /^sessionid=([a-z0-9]{32});/.exec(cookie) ?? [];
    assert.deepEqual(JSON.parse((await django().readSession(key))!.json), { visits: 1 });
    assert.equal(await (await new Browser(url).fetch("/")).text(), "fine");
  });
});

test(
  "a session that is deleted during the upgrade is reported, and the server goes on",
  needsOracle,
  async () => {
    const cookie = await cookieOf(await newPerson());
    const events = new EventLog();
    const fetch = echoAfter(async (_request, context) => {
      (await context.session()).set("visits", 1);
      await django().deleteSession(keyIn(cookie));
    });
    await served(siteAuth({ onEvent: events.listen }), { fetch }, async ({ url, host }) => {
      assert.deepEqual(await openedBy(host, [["cookie", cookie]]), []);
      assert.deepEqual(events.trouble.map((event) => event.type === "error" && event.where), ["finish"]);
      assert.equal(await (await new Browser(url).fetch("/")).text(), "fine");
    });
  },
);
