/**
 * Ended sockets are garbage collected: a runtime may keep its own socket for a minute, but nothing of djauth's with it.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DjangoSocket } from "../../mod.ts";
import { collectGarbage } from "../ground/garbage.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, newPerson, served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

const SOCKETS = 40;

test("sockets whose clients vanished are garbage collected with their users", needsOracle, async () => {
  const cookie = await cookieOf(await newPerson());
  const kept: WeakRef<object>[] = [];
  let closed = 0;
  const websocket = {
    open: (socket: DjangoSocket) => void kept.push(new WeakRef(socket), new WeakRef(socket.user)),
    close: () => void closed++,
  };
  await served(siteAuth(), { websocket }, async ({ url, host }) => {
    for (let count = 0; count < SOCKETS; count++) {
      (await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] })).destroy();
      // On Deno, a connection may be open a moment after its answer was sent.
      for (let waits = 0; kept.length <= 2 * count && waits < 200; waits++) await sleep(5);
    }
    for (let waits = 0; closed < SOCKETS && waits < 200; waits++) await sleep(20);
    assert.equal(closed, SOCKETS);
    for (let rounds = 0; rounds < 5; rounds++) {
      await sleep(20);
      collectGarbage();
    }
    // Some engines mistake numbers on the stack for references, so a few objects may survive.
    const left = kept.filter((object) => object.deref() !== undefined).length;
    assert.ok(kept.length === 2 * SOCKETS && left <= 8, `${left} of ${kept.length} are kept`);
  });
});
