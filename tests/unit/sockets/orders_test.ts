/** Disconnect orders from the feed: valid orders of the site's own nodes are carried out once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeal, SEAL_MAX_AGE_SECONDS } from "../../../src/auth/core/seal.ts";
import type { DisconnectOptions, DisconnectResult } from "../../../src/sockets/node/disconnect.ts";
import { type DisconnectTarget, toWire } from "../../../src/sockets/registry/target.ts";
import { EPOCH, type FakeFeed, FakeNode, type FakeSocket } from "./fake_node.ts";

const OTHER = "otherNode0000000";
const KICKED = [4409, "disconnected"];

/** A node with a live feed and three sockets: two of user 1, one of user 2. */
function site(): { fake: FakeNode; feed: FakeFeed; sockets: [FakeSocket, FakeSocket, FakeSocket] } {
  const fake = new FakeNode({ hasFeed: true });
  const sockets: [FakeSocket, FakeSocket, FakeSocket] = [
    fake.visit(1, "one"),
    fake.visit(1, "two"),
    fake.visit(2, "three"),
  ];
  fake.feed!.restore();
  return { fake, feed: fake.feed!, sockets };
}

/** An order as another node sends it. */
function order(target: DisconnectTarget, changes: object = {}): Record<string, unknown> {
  const id = crypto.randomUUID();
  return {
    id,
    from: OTHER,
    target: toWire(target, "integer"),
    code: 4409,
    reason: "disconnected",
    ...changes,
  };
}

function open(sockets: readonly FakeSocket[]): boolean[] {
  return sockets.map(({ transport }) => transport.end === null);
}

function disconnect(
  fake: FakeNode,
  target: DisconnectTarget,
  options: DisconnectOptions = {},
): Promise<DisconnectResult> {
  return fake.node.disconnections.disconnect(target, options);
}

test("an order from another node closes its targets, and is answered with their number", async () => {
  const { fake, feed, sockets } = site();
  const message = order({ userId: 1 });
  feed.say(`order ${fake.services.seal.seal(message)}`);
  await fake.time.advance(0);
  assert.deepEqual(sockets.map(({ transport }) => transport.end), [KICKED, KICKED, null]);
  const [answer, ...more] = feed.sent;
  assert.deepEqual(more, []);
  assert.deepEqual(fake.services.seal.unseal(answer!.slice("order ".length)), {
    id: message.id,
    from: feed.nodeId,
    closed: 2,
  });
  assert.deepEqual(fake.told("sockets.disconnected"), [
    { type: "sockets.disconnected", by: "user", closed: 2 },
  ]);
});

test("the id of an order is made from the site's randomBytes", async () => {
  const { fake, feed } = site();
  const result = disconnect(fake, { userId: 1 });
  await fake.time.advance(1000);
  assert.equal((await result).reached, true);
  const { id } = fake.services.seal.unseal(feed.sent[0]!.slice("order ".length)) as { id: string };
  assert.equal(id, "ffffffff-ffff-4fff-bfff-ffffffffffff");
});

test("an order targets a user, a session, a token or one socket, minus its exceptions", () => {
  const meant: [(sockets: FakeSocket[]) => DisconnectTarget, boolean[]][] = [
    [() => ({ userId: "2" }), [true, true, false]],
    [() => ({ sessionKey: "two" }), [true, false, true]],
    [() => ({ tokenId: "two" }), [true, true, true]],
    [([first]) => ({ socketId: first!.socket.id }), [false, true, true]],
    [([first]) => ({ userId: 1, except: first!.socket.id }), [true, false, true]],
    [(all) => ({ userId: 1, except: all.map(({ socket }) => socket.id) }), [true, true, true]],
    [() => ({ userId: 1, issuedBefore: new Date(EPOCH) }), [true, true, true]],
    [() => ({ userId: 1, issuedBefore: new Date(EPOCH + 1) }), [false, false, true]],
  ];
  for (const [target, expected] of meant) {
    const { fake, feed, sockets } = site();
    feed.say(`order ${fake.services.seal.seal(order(target(sockets)))}`);
    assert.deepEqual(open(sockets), expected, JSON.stringify(target(sockets)));
  }
});

test("a repeated order is carried out once", async () => {
  const { fake, feed, sockets } = site();
  const payload = `order ${fake.services.seal.seal(order({ userId: 1 }))}`;
  feed.say(payload);
  const again = fake.visit(1, "one");
  feed.say(payload);
  await fake.time.advance(0);
  assert.deepEqual(open([...sockets, again]), [false, false, true, true]);
  assert.equal(feed.sent.length, 1);
});

test("an order that is expired, altered or signed with another key is ignored", async () => {
  const { fake, feed, sockets } = site();
  const old = `order ${fake.services.seal.seal(order({ userId: 1 }))}`;
  await fake.time.advance((SEAL_MAX_AGE_SECONDS + 1) * 1000);
  feed.say(old);
  const foreign = createSeal({ current: "another key", fallbacks: [] }, fake.core.clock);
  feed.say(`order ${foreign.seal(order({ userId: 1 }))}`);
  const sealed = fake.services.seal.seal(order({ userId: 1 }));
  for (const text of [sealed.slice(1), sealed.slice(0, -1), `${sealed}A`, sealed.replace(":", "::"), ""]) {
    feed.say(`order ${text}`);
  }
  assert.deepEqual(open(sockets), [true, true, true]);
  assert.deepEqual(feed.sent, []);
  feed.say(`order ${sealed}`);
  assert.deepEqual(open(sockets), [false, false, true], "the same, whole");
});

test("a malformed order is ignored entirely", () => {
  const target = toWire({ userId: 1 }, "integer");
  const broken: object[] = [
    { code: 1005 },
    { code: "4409" },
    { code: null },
    { reason: 7 },
    { reason: undefined },
    { target: null },
    { target: [] },
    { target: { ...target, by: "everybody" } },
    { target: { ...target, by: "constructor" } },
    { target: { ...target, value: 1 } },
    { target: { ...target, except: "nobody" } },
    { target: { ...target, except: undefined } },
    { target: { ...target, before: "2026-01-01" } },
    { id: 7 },
    { from: null },
  ];
  const { fake, feed, sockets } = site();
  for (const changes of broken) feed.say(`order ${fake.services.seal.seal(order({ userId: 1 }, changes))}`);
  assert.deepEqual(open(sockets), [true, true, true]);
  assert.deepEqual(feed.sent, []);
});

test("disconnect() waits for the answers of all known nodes, but not beyond its deadline", async () => {
  const { fake, feed } = site();
  feed.knowsAll = true;
  feed.others = [OTHER, "thirdNode0000000"];
  const result = disconnect(fake, { userId: 1 }, { deadline: 2 });
  await fake.time.advance(0);
  const { id } = fake.services.seal.unseal(feed.sent[0]!.slice("order ".length)) as { id: string };
  const answer = (from: string, closed: number): void =>
    feed.say(`order ${fake.services.seal.seal({ id, from, closed })}`);
  answer(OTHER, 3);
  answer(OTHER, 3);
  // An answer to a different order.
  feed.say(`order ${fake.services.seal.seal({ id: "another", from: "thirdNode0000000", closed: 9 })}`);
  let isOver = false;
  void result.then(() => isOver = true);
  await fake.time.advance(1999);
  assert.equal(isOver, false);
  await fake.time.advance(1);
  assert.deepEqual(await result, { closed: 2, closedElsewhere: 3, nodes: 2, silent: 1, reached: true });
  answer("thirdNode0000000", 5);
  const quick = disconnect(fake, { userId: 2 }, { deadline: 2 });
  await fake.time.advance(0);
  const { id: second } = fake.services.seal.unseal(feed.sent[1]!.slice("order ".length)) as { id: string };
  for (const from of feed.others) {
    feed.say(`order ${fake.services.seal.seal({ id: second, from, closed: 1 })}`);
  }
  assert.deepEqual(await quick, { closed: 1, closedElsewhere: 2, nodes: 3, silent: 0, reached: true });
});

test("a node that answers before notify() resolves counts as reached", async () => {
  const { fake, feed } = site();
  feed.knowsAll = true;
  feed.others = [OTHER];
  feed.notify = (payload) => {
    const { id } = fake.services.seal.unseal(payload.slice("order ".length)) as { id: string };
    feed.say(`order ${fake.services.seal.seal({ id, from: OTHER, closed: 1 })}`);
    return new Promise(() => {});
  };
  assert.deepEqual(await disconnect(fake, { userId: 2 }), {
    closed: 1,
    closedElsewhere: 1,
    nodes: 2,
    silent: 0,
    reached: true,
  });
});

test("with a lost or failing feed, disconnect() still closes the sockets of its own node", async () => {
  const { fake, feed, sockets } = site();
  feed.lose();
  const away = disconnect(fake, { sessionKey: "one" });
  await fake.time.advance(1000);
  assert.deepEqual(await away, { closed: 1, closedElsewhere: 0, nodes: 1, silent: 0, reached: false });
  feed.restore();
  feed.others = [OTHER];
  feed.notify = () => Promise.reject(new Error("broken"));
  assert.deepEqual(await disconnect(fake, { sessionKey: "two" }), {
    closed: 1,
    closedElsewhere: 0,
    nodes: 1,
    silent: 1,
    reached: false,
  });
  assert.deepEqual(open(sockets), [false, false, true]);
});

test("orders contain no session keys or token ids in clear text", async () => {
  const { fake, feed } = site();
  for (const target of [{ sessionKey: "secret-key" }, { tokenId: "secret-id" }]) {
    const result = disconnect(fake, target);
    await fake.time.advance(1000);
    await result;
  }
  const orders = feed.sent.map((payload) => fake.services.seal.unseal(payload.slice("order ".length)));
  assert.equal(orders.length, 2);
  for (const order of orders) {
    assert.notEqual(order, null);
    assert.doesNotMatch(JSON.stringify(order), /secret/);
  }
});

test("a target that cannot be sent closes no local socket either", async () => {
  const { fake, feed, sockets } = site();
  const many = (count: number): string[] => Array.from({ length: count }, () => crypto.randomUUID());
  await assert.rejects(disconnect(fake, { userId: 1, except: many(200) }), RangeError);
  await assert.rejects(disconnect(fake, { userId: 1, issuedBefore: new Date("no date") }), TypeError);
  assert.deepEqual(open(sockets), [true, true, true]);
  const result = disconnect(fake, { userId: 1, except: many(100) }, { reason: "é".repeat(5000) });
  await fake.time.advance(1000);
  assert.equal((await result).closed, 2);
  assert.ok(feed.sent[0]!.length < 8000);
  assert.deepEqual(sockets[0].transport.end, [4409, "é".repeat(61)]);
});

test("nodes known before the feed was lost that do not answer count as silent", async () => {
  const { fake, feed } = site();
  feed.knowsAll = true;
  feed.others = [OTHER, "thirdNode0000000"];
  const result = disconnect(fake, { userId: 1 }, { deadline: 2 });
  await fake.time.advance(0);
  feed.others = [];
  feed.lose();
  await fake.time.advance(2000);
  assert.deepEqual(await result, { closed: 2, closedElsewhere: 0, nodes: 1, silent: 2, reached: true });
});

test("without a feed, reached is false unless the target is a socket of this node", async () => {
  const fake = new FakeNode();
  const [first] = [fake.visit(1), fake.visit(1, "another")];
  const { id } = first.socket;
  assert.deepEqual(await disconnect(fake, { socketId: id }), {
    closed: 1,
    closedElsewhere: 0,
    nodes: 1,
    silent: 0,
    reached: true,
  });
  assert.equal((await disconnect(fake, { userId: 1 })).reached, false);
});
