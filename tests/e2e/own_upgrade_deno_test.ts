/**
 * Handlers that call `Deno.upgradeWebSocket` themselves: their 101 must come back to Deno as it is, or Deno stops to
 * listen, and it still takes the cookies of what the handler did.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Handler } from "../../src/auth/request/handler.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, EventLog, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { upgrade, type WireHeaders } from "./wire.ts";

/** Upgrades after `prepare`, and says back what comes. */
function echoAfter(prepare: (...args: Parameters<Handler>) => Promise<void>): Handler {
  return async (request, context) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response("fine");
    await prepare(request, context);
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  };
}

/** Opens a socket, and sees that it works. */
async function openedBy(host: string, headers: WireHeaders): Promise<readonly string[]> {
  const socket = await upgrade(host, { headers });
  assert.equal(socket.status, 101);
  socket.send("hello");
  assert.equal(await socket.receive(), "hello");
  await socket.close();
  return socket.response.setCookies;
}

test("a handler that writes the session gets its cookie onto the 101", needsOracle, async () => {
  const fetch = echoAfter(async (_request, context) => (await context.session()).set("visits", 1));
  await served(siteAuth(), { fetch }, async ({ url, host }) => {
    const [cookie = ""] = await openedBy(host, []);
    const [, key = ""] = /^sessionid=([a-z0-9]{32});/.exec(cookie) ?? [];
    assert.deepEqual(JSON.parse((await django().readSession(key))!.json), { visits: 1 });
    assert.equal(await (await new Browser(url).fetch("/")).text(), "fine");
  });
});

test("a session that was deleted meanwhile is reported, and the listener goes on", needsOracle, async () => {
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
});
