/** disconnect() on its own node: forms of a user id, upgrades in progress, and a thousand sockets at once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { RecentOrders } from "../../../src/sockets/node/recent_orders.ts";
import { Sockets } from "../../../src/sockets/node/sockets.ts";
import { toWire } from "../../../src/sockets/registry/target.ts";
import { socketInternals } from "../../../src/sockets/socket/socket.ts";
import type { DjangoUserRow } from "../../../src/users/user_table.ts";
import { EPOCH, FakeNode } from "./fake_node.ts";

const KICKED = [4409, "disconnected"];

test("userId matches in any form of the id, and an impossible id throws", () => {
  const canonical = "5f1d7a9c-7b0e-4c59-9a44-0d9f1a6f3b2e";
  for (const id of [canonical, canonical.toUpperCase(), canonical.replaceAll("-", "")]) {
    assert.equal(toWire({ userId: id }, "uuid").value, canonical);
  }
  assert.equal(toWire({ userId: 7n }, "integer").value, "7");
  assert.equal(toWire({ userId: "9007199254740993" }, "bigint").value, "9007199254740993");
  for (const [type, id] of [["uuid", "7"], ["integer", "007"], ["bigint", "x"], ["text", ""]] as const) {
    assert.throws(() => toWire({ userId: id }, type), {
      name: "TypeError",
      message: `disconnect() got the userId "${id}", expected a key of the type ${type}`,
    });
  }
});

test("an invalid target throws and closes nothing", async () => {
  const fake = new FakeNode();
  const sockets = new Sockets(fake.node);
  const { socket, transport } = fake.visit(1);
  const mistakes: [target: unknown, given: string][] = [
    [undefined, "undefined as its target"],
    [null, "null as its target"],
    [1, "1 as its target"],
    ["the-key-of-a-session", "a string as its target"],
    [[socket], "a list as its target"],
    [{}, "no target"],
  ];
  for (const [target, given] of mistakes) {
    await assert.rejects(sockets.disconnect(target as object), {
      name: "TypeError",
      message: `disconnect() got ${given}, expected one of userId, sessionKey, socketId, tokenId`,
    });
  }
  assert.equal(transport.end, null);
});

test("a key or an id that is not a string throws and closes nothing", async () => {
  const fake = new FakeNode();
  const sockets = new Sockets(fake.node);
  const { transport } = fake.visit(1);
  const mistakes: [target: object, message: string][] = [
    [{ sessionKey: null }, "disconnect() got null as the sessionKey, expected a string"],
    [
      { sessionKey: { sessionKey: "one" } },
      "disconnect() got an object as the sessionKey, expected a string",
    ],
    [{ tokenId: 7 }, "disconnect() got 7 as the tokenId, expected a string"],
    [
      { userId: 1, except: 5 },
      "disconnect() got 5 as except, expected the id of a socket or a list of ids",
    ],
  ];
  for (const [target, message] of mistakes) {
    await assert.rejects(sockets.disconnect(target as never), { name: "TypeError", message });
  }
  assert.equal(transport.end, null);
});

test("an unknown name in the target or options throws and closes nothing", async () => {
  const fake = new FakeNode();
  const sockets = new Sockets(fake.node);
  const { socket, transport } = fake.visit(1);
  const mistakes: [target: object, options: object, message: string][] = [
    [{ userID: 1 }, {}, 'disconnect() does not take "userID", did you mean userId?'],
    [{ userId: 1, excpet: socket.id }, {}, 'disconnect() does not take "excpet", did you mean except?'],
    [{ userId: 1 }, { Code: 4000 }, 'disconnect() does not take "Code", did you mean code?'],
    [
      { userId: 1 },
      null as never,
      "disconnect() got null as its options, expected { code, reason, deadline }",
    ],
    [{ userId: 1 }, { wait: 2 }, 'disconnect() does not take "wait", expected one of code, reason, deadline'],
  ];
  for (const [target, options, message] of mistakes) {
    await assert.rejects(sockets.disconnect(target, options as never), { name: "TypeError", message });
  }
  assert.equal(transport.end, null);
});

test("an invalid date, deadline or close code throws and closes nothing", async () => {
  const fake = new FakeNode();
  const sockets = new Sockets(fake.node);
  const { transport } = fake.visit(1);
  const dates: [issuedBefore: unknown, given: string][] = [
    ["2026-01-01", '"2026-01-01"'],
    [EPOCH, String(EPOCH)],
    [null, "null"],
    [{}, "an object"],
    [new Date("no date"), "Invalid Date"],
  ];
  for (const [issuedBefore, given] of dates) {
    await assert.rejects(sockets.disconnect({ userId: 1, issuedBefore: issuedBefore as Date }), {
      name: "TypeError",
      message: `disconnect() got the issuedBefore ${given}, expected a valid Date`,
    });
  }
  const deadlines: [deadline: unknown, given: string][] = [
    [0, "0"],
    [-1, "-1"],
    [NaN, "NaN"],
    [Infinity, "Infinity"],
    ["2", '"2"'],
    [null, "null"],
  ];
  for (const [deadline, given] of deadlines) {
    await assert.rejects(sockets.disconnect({ userId: 1 }, { deadline: deadline as number }), {
      name: "RangeError",
      message: `deadline is ${given}, expected a number of seconds above 0`,
    });
  }
  for (const [code, given] of [[1006, "1006"], [2999, "2999"], [5000, "5000"], ["4000", '"4000"']]) {
    await assert.rejects(sockets.disconnect({ userId: 1 }, { code: code as number }), {
      name: "RangeError",
      message: `The close code is ${given}, expected 1000, 3000 to 4999, or a server's of RFC 6455`,
    });
  }
  assert.equal(transport.end, null);
});

test("session keys and socket ids are not parsed as user ids", () => {
  const { value } = toWire({ sessionKey: "007" }, "integer");
  assert.match(value, /^[0-9a-f]{64}$/);
  assert.equal(toWire({ socketId: "007" }, "integer").value, "007");
});

test("searching by socket id creates no ids for other sockets", async () => {
  const fake = new FakeNode();
  const sockets = new Sockets(fake.node);
  const opened = [fake.visit(1, "one"), fake.visit(1, "two"), fake.visit(2)];
  const { id } = opened[0]!.socket;
  assert.equal(sockets.find("somebody"), null);
  assert.equal((await sockets.disconnect({ socketId: "somebody" })).closed, 0);
  assert.equal((await sockets.disconnect({ userId: 1, except: id })).closed, 1);
  assert.deepEqual(opened.map(({ socket }) => socketInternals.madeIdOf(socket)), [id, undefined, undefined]);
  assert.equal(sockets.find(id), opened[0]!.socket);
});

test("an upgrade in progress during a matching disconnect() is closed instead of opened", async () => {
  const told: string[] = [];
  const fake = new FakeNode({
    handlers: { open: () => void told.push("open"), close: () => void told.push("close") },
  });
  fake.visit(2);
  fake.setUser(1);
  fake.setSession("one", 1);
  for (const target of [{ userId: 1 }, { sessionKey: "one" }]) {
    const open = fake.accept(1, "one");
    await new Sockets(fake.node).disconnect(target);
    const { transport, gone } = open();
    assert.deepEqual(transport.end, KICKED);
    gone(...KICKED as [number, string]);
  }
  assert.deepEqual(told, ["open"], "the one of user 2");
  assert.deepEqual(fake.told("socket.opened").map(({ userId }) => userId), [2]);
  assert.equal(fake.node.registry.size, 1);
  // Later upgrades open, and so do those that no target matches.
  const upgrade = fake.accept(1, "one");
  const sockets = new Sockets(fake.node);
  await sockets.disconnect({ userId: 3 });
  await sockets.disconnect({ userId: 1, issuedBefore: new Date(EPOCH - 1) });
  assert.equal(upgrade().transport.end, null);
});

test("issuedBefore with the current time also matches an upgrade in progress", async () => {
  const fake = new FakeNode();
  fake.visit(2);
  fake.setUser(1);
  fake.setSession("one", 1);
  const open = fake.accept(1, "one");
  await fake.time.advance(5);
  await new Sockets(fake.node).disconnect({ userId: 1, issuedBefore: new Date(fake.core.clock.now()) });
  assert.deepEqual(open().transport.end, KICKED);
});

test("an order from another node also closes upgrades in progress", () => {
  const fake = new FakeNode({ hasFeed: true });
  fake.visit(2);
  fake.feed!.restore();
  fake.setUser(1);
  fake.setSession("one", 1);
  const open = fake.accept(1, "one");
  const target = toWire({ userId: 1 }, "integer");
  const order = { id: "an order", from: "otherNode0000000", target, code: 4401, reason: "session_ended" };
  fake.feed!.say(`order ${fake.services.seal.seal(order)}`);
  assert.deepEqual(open().transport.end, [4401, "session_ended"]);
});

test("an order is found however long a login over a socket takes", async () => {
  const fake = new FakeNode();
  const { connection } = fake.visit(1);
  const orders = new RecentOrders<DjangoUserRow>();
  const ending = { code: 4409, reason: "disconnected" };
  orders.add(toWire({ userId: 1 }, "integer"), ending, 0);
  assert.equal(orders.missed(connection, 1, 0), null, "it began afterwards");
  await fake.time.advance(60_000);
  assert.equal(orders.missed(connection, 0, 0), ending);
});

test("a socket that may have missed an order that was dropped since is closed as well", () => {
  const fake = new FakeNode();
  const { connection } = fake.visit(1);
  const orders = new RecentOrders<DjangoUserRow>();
  for (let count = 0; count < 2000; count++) {
    orders.add(toWire({ userId: 2 }, "integer"), { code: 4409, reason: "disconnected" }, count);
  }
  assert.equal(orders.missed(connection, 0, 0)?.reason, "try_again_later");
  assert.equal(orders.missed(connection, 1999, 0), null, "it began afterwards");
});

test("of 10,000 orders the most recent ones are kept", () => {
  const fake = new FakeNode();
  const { connection } = fake.visit(1);
  const orders = new RecentOrders<DjangoUserRow>();
  for (let heard = 1; heard <= 10_000; heard++) {
    const target = toWire({ userId: heard % 100 === 0 ? 1 : 2 }, "integer");
    orders.add(target, { code: 4409, reason: String(heard) }, heard - 1);
  }
  assert.equal(orders.missed(connection, 9000, 0)?.reason, "10000");
  assert.equal(orders.count, 10_000);
});

test("a thousand sockets are closed in batches of 100", async () => {
  const fake = new FakeNode();
  const opened = Array.from({ length: 1000 }, (_, index) => fake.visit(1, `session-${index}`));
  const left: number[] = [];
  const after = fake.time.after.bind(fake.time);
  fake.time.after = (milliseconds, work) => {
    if (milliseconds === 0) left.push(opened.filter(({ transport }) => transport.end === null).length);
    return after(milliseconds, work);
  };
  const result = new Sockets(fake.node).disconnect({ userId: 1 });
  // One closes by itself meanwhile.
  opened[500]!.gone();
  await fake.time.advance(0);
  assert.equal((await result).closed, 999);
  assert.deepEqual(left.slice(0, 3), [900, 800, 700]);
  assert.equal(fake.node.registry.size, 0);
});

test("a socket that the application closes is no longer live, even before its client answers", () => {
  const messages: unknown[] = [];
  const fake = new FakeNode({ handlers: { message: (_socket, data) => void messages.push(data) } });
  const { socket, transport, connection, gone } = fake.visit(1);
  const sockets = new Sockets(fake.node);
  assert.throws(() => socket.close(1006), {
    name: "RangeError",
    message: "The close code is 1006, expected 1000, 3000 to 4999, or a server's of RFC 6455",
  });
  socket.close(4000, "é".repeat(100));
  assert.deepEqual(transport.end, [4000, "é".repeat(61)]);
  assert.deepEqual([sockets.count, sockets.ofUser(1), [...sockets]], [0, [], []]);
  connection.received("what was under way");
  socket.close(4001, "again");
  assert.deepEqual([messages, fake.told("socket.closed").length], [[], 0]);
  gone(4000, "");
  assert.equal(fake.told("socket.closed").length, 1);
});
