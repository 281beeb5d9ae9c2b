/** `auth.sockets.disconnect`: on this node, and on a node in a process of its own. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { startNode } from "./other_node.ts";
import { cookieOf, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { upgrade, type WireSocket } from "./wire.ts";

const KICKED = { code: 4409, reason: "disconnected" };

function open(server: { url: string; host: string }, cookie: string): Promise<WireSocket> {
  return upgrade(server.host, { headers: [["cookie", cookie], ["origin", server.url]] });
}

describe("disconnect", needsOracle, () => {
  test("closes the sockets of a user on this node, but for those that stay", async () => {
    const auth = siteAuth({ sockets: { feed: false } });
    await served(auth, { websocket: {} }, async (server) => {
      const [ann, bob] = [await newPerson(), await newPerson()];
      const first = await open(server, await cookieOf(ann));
      const second = await open(server, await cookieOf(ann));
      const bobs = await open(server, await cookieOf(bob));
      assert.equal(auth.sockets.count, 3);
      const [stays] = auth.sockets.ofUser(ann.pk);
      assert.ok(stays);
      assert.equal(auth.sockets.find(stays.id), stays);
      const result = await auth.sockets.disconnect({ userId: ann.pk, except: stays.id });
      assert.deepEqual(result, { closed: 1, closedElsewhere: 0, nodes: 1, silent: 0, reached: false });
      assert.deepEqual(await second.ended, KICKED);
      assert.deepEqual(auth.sockets.ofUser(ann.pk), [stays]);
      assert.equal(
        (await auth.sockets.disconnect({ socketId: stays.id }, { code: 4000, reason: "bye" })).closed,
        1,
      );
      assert.deepEqual(await first.ended, { code: 4000, reason: "bye" });
      await bobs.close();
    });
  });

  test("closes those of one session, and those that opened before a moment", async () => {
    const auth = siteAuth({ sockets: { feed: false } });
    await served(auth, { websocket: {} }, async (server) => {
      const ann = await newPerson();
      const cookies = [await cookieOf(ann), await cookieOf(ann)] as const;
      const [one, other] = [await open(server, cookies[0]), await open(server, cookies[1])];
      assert.equal((await auth.sockets.disconnect({ sessionKey: keyIn(cookies[0]) })).closed, 1);
      assert.deepEqual(await one.ended, KICKED);
      const before = await auth.sockets.disconnect({ userId: ann.pk, issuedBefore: new Date(0) });
      assert.equal(before.closed, 0);
      const after = await auth.sockets.disconnect({
        userId: ann.pk,
        issuedBefore: new Date(Date.now() + 1000),
      });
      assert.equal(after.closed, 1);
      assert.deepEqual(await other.ended, KICKED);
    });
  });

  test("never closes everybody by mistake", async () => {
    const auth = siteAuth({ sockets: { feed: false } });
    const targets = [{}, { userId: undefined as never }, { userId: 1, sessionKey: "a" }];
    for (const target of targets) await assert.rejects(auth.sockets.disconnect(target), TypeError);
    await assert.rejects(auth.sockets.disconnect({ userId: 1 }, { code: 1006 }), RangeError);
    await auth.close();
  });

  test("closes the sockets on another node, which answers", async () => {
    const auth = siteAuth();
    const other = await startNode();
    try {
      const [ann, bob] = [await newPerson(), await newPerson()];
      const cookie = await cookieOf(ann);
      const annOne = await open(other, cookie);
      const annTwo = await open(other, await cookieOf(ann));
      const bobs = await open(other, await cookieOf(bob));
      await other.untilLive();
      // This node has no socket and no feed yet: it listens for the answers first.
      assert.deepEqual(await auth.sockets.disconnect({ sessionKey: keyIn(cookie) }, { deadline: 3 }), {
        closed: 0,
        closedElsewhere: 1,
        nodes: 2,
        silent: 0,
        reached: true,
      });
      assert.deepEqual(await annOne.ended, KICKED);
      const user = await auth.sockets.disconnect({ userId: ann.pk }, {
        code: 4401,
        reason: "session_ended",
        deadline: 3,
      });
      assert.equal(user.closedElsewhere, 1);
      assert.deepEqual(await annTwo.ended, { code: 4401, reason: "session_ended" });
      await bobs.close();
    } finally {
      await other.stop();
      await auth.close();
    }
  });
});
