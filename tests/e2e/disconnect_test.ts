/** `auth.sockets.disconnect`: on this node, and on a node in a process of its own. */

import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import type { DisconnectOptions } from "../../src/sockets/node/disconnect.ts";
import type { DisconnectTarget } from "../../src/sockets/registry/target.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Proxy } from "../unit/databases/proxy.ts";
import { startNode } from "./other_node.ts";
import { cookieOf, django, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { djangoToken } from "./token_site.ts";
import { upgrade, type WireSocket } from "./wire.ts";

const KICKED = { code: 4409, reason: "disconnected" };

function open(server: { url: string; host: string }, cookie: string): Promise<WireSocket> {
  return upgrade(server.host, { headers: [["cookie", cookie], ["origin", server.url]] });
}

describe("disconnect", needsOracle, () => {
  test("closes a user's sockets on this node except an excluded one, and one socket by its id", async () => {
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

  test("closes the sockets of one session, and those opened before a given time", async () => {
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

  test("closes the socket of a pending upgrade as soon as it opens, without calling open", async () => {
    const auth = siteAuth({ sockets: { feed: false } });
    let [arrived, go] = [(): void => {}, (): void => {}];
    const arrival = new Promise<void>((resolve) => arrived = resolve);
    const opened: string[] = [];
    const websocket = {
      data: () => (arrived(), new Promise<void>((resolve) => go = resolve)),
      open: (socket: { user: { username: string } }) => void opened.push(socket.user.username),
    };
    await served(auth, { websocket }, async (server) => {
      const ann = await newPerson();
      const opening = open(server, await cookieOf(ann));
      await arrival;
      const { closed } = await auth.sockets.disconnect({ userId: ann.pk });
      assert.equal(closed, 0, "it is no socket yet");
      go();
      assert.deepEqual(await (await opening).ended, KICKED);
      assert.deepEqual([opened, auth.sockets.count], [[], 0]);
    });
  });

  test("rejects an empty, undefined or ambiguous target and an invalid close code", async () => {
    const auth = siteAuth({ sockets: { feed: false } });
    const targets = [{}, { userId: undefined as never }, { userId: 1, sessionKey: "a" }];
    for (const target of targets) await assert.rejects(auth.sockets.disconnect(target), TypeError);
    await assert.rejects(auth.sockets.disconnect({ userId: 1 }, { code: 1006 }), RangeError);
    await auth.close();
  });

  test("closes sockets on another node, and counts a node that does not answer as silent", {
    timeout: 60_000,
  }, async () => {
    const auth = siteAuth();
    const other = await startNode();
    const disconnect = (target: DisconnectTarget, options: DisconnectOptions = {}) =>
      auth.sockets.disconnect(target, { deadline: 3, ...options });
    try {
      const [ann, bob] = [await newPerson(), await newPerson()];
      const cookie = await cookieOf(ann);
      const annOne = await open(other, cookie);
      const annTwo = await open(other, await cookieOf(ann));
      await other.untilLive();
      // This node has no socket and no feed yet, so it subscribes to the replies first.
      assert.deepEqual(await disconnect({ sessionKey: keyIn(cookie) }), {
        closed: 0,
        closedElsewhere: 1,
        nodes: 2,
        silent: 0,
        reached: true,
      });
      assert.deepEqual(await annOne.ended, KICKED);
      const user = await disconnect({ userId: ann.pk }, { code: 4401, reason: "session_ended" });
      assert.equal(user.closedElsewhere, 1);
      assert.deepEqual(await annTwo.ended, { code: 4401, reason: "session_ended" });

      // `issuedBefore`, `except`, `socketId` and `tokenId` reach the other node as well.
      const [stays, goes] = [await open(other, await cookieOf(ann)), await open(other, await cookieOf(ann))];
      const [id, another] = [String(await stays.receive()), String(await goes.receive())];
      const closed = async (target: DisconnectTarget): Promise<number> =>
        (await disconnect(target)).closedElsewhere;
      assert.equal(await closed({ userId: ann.pk, issuedBefore: new Date(Date.now() - 60_000) }), 0);
      assert.equal(await closed({ userId: ann.pk, except: [id] }), 1);
      assert.deepEqual(await goes.ended, KICKED);
      assert.equal(await closed({ socketId: another }), 0);
      assert.equal(await closed({ socketId: id }), 1);
      assert.deepEqual(await stays.ended, KICKED);
      const token = await djangoToken(ann);
      const byToken = await upgrade(other.host, { headers: [["authorization", `Bearer ${token}`]] });
      await byToken.receive();
      assert.equal(await closed({ tokenId: JSON.parse(atob(token.split(".")[1]!)).jti }), 1);
      assert.deepEqual(await byToken.ended, KICKED);
      const late = await open(other, await cookieOf(ann));
      await late.receive();
      assert.equal(await closed({ userId: ann.pk, issuedBefore: new Date(Date.now() + 60_000) }), 1);
      assert.deepEqual(await late.ended, KICKED);

      const bobs = await open(other, await cookieOf(bob));
      await bobs.receive();
      other.signal("SIGSTOP");
      assert.deepEqual(await disconnect({ userId: bob.pk }, { deadline: 0.5 }), {
        closed: 0,
        closedElsewhere: 0,
        nodes: 1,
        silent: 1,
        reached: true,
      });
      other.signal("SIGCONT");
      assert.deepEqual(await bobs.ended, KICKED, "it hears of it when it goes on");
    } finally {
      other.signal("SIGCONT");
      await other.stop();
      await auth.close();
    }
  });

  test(
    "is lost on a disconnected node, which on its return still finds sessions that have ended",
    { timeout: 60_000 },
    async () => {
      const proxy = new Proxy(process.env.ORACLE_DATABASE_URL ?? "");
      await proxy.listen();
      const auth = siteAuth();
      const other = await startNode(proxy.url);
      try {
        const [ann, bob] = [await newPerson(), await newPerson()];
        const cookie = await cookieOf(ann);
        const [anns, bobs] = [await open(other, cookie), await open(other, await cookieOf(bob))];
        await bobs.receive();
        await other.untilLive();
        await proxy.close();
        for (const { pk } of [ann, bob]) {
          const result = await auth.sockets.disconnect({ userId: pk }, { deadline: 0.5 });
          assert.equal(result.closedElsewhere, 0);
        }
        await django().deleteSession(keyIn(cookie));
        await proxy.listen();
        await other.untilLive();
        assert.deepEqual(await anns.ended, { code: 4401, reason: "session_ended" });
        bobs.send("are you there?");
        assert.equal(await bobs.receive(), "said are you there?");
        await bobs.close();
      } finally {
        await other.stop();
        await auth.close();
        await proxy.close();
      }
    },
  );
});
