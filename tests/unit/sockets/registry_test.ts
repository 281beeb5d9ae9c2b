import assert from "node:assert/strict";
import { test } from "node:test";
import { Sockets } from "../../../src/sockets/node/sockets.ts";
import { FakeNode, type FakeSocket } from "./fake_node.ts";

test("live sockets are found by user, session and id", () => {
  const fake = new FakeNode();
  const sockets = new Sockets(fake.node);
  const [first, second] = [fake.visit(1, "one"), fake.visit(1, "two")];
  const tab = fake.open(1, "one");
  const other = fake.visit(2, "three");
  const stranger = fake.open(null, null);
  assert.equal(sockets.count, 5);
  assert.deepEqual([...sockets], [first, second, tab, other, stranger].map(({ socket }) => socket));
  assert.deepEqual(sockets.ofUser(1), [first.socket, second.socket, tab.socket]);
  assert.deepEqual(sockets.ofUser("1"), sockets.ofUser(1));
  assert.deepEqual(sockets.ofSession("one"), [first.socket, tab.socket]);
  assert.deepEqual(sockets.ofSession("four"), []);
  assert.equal(sockets.find(other.socket.id), other.socket);
  assert.equal(sockets.find("nobody"), null);
  assert.equal(new Set([...sockets].map(({ id }) => id)).size, 5);
});

/** Every way in which a socket may end, as the runtimes report it. */
const ENDS: readonly [name: string, end: (socket: FakeSocket) => void][] = [
  ["its client closes it", ({ gone }) => gone(1000, "bye")],
  ["the connection just ends", ({ gone }) => gone(1006)],
  ["the runtime reports the end twice", ({ gone }) => (gone(), gone())],
  ["djauth closes it and the client answers", ({ connection, gone }) => (connection.end(4401, ""), gone())],
  [
    "djauth closes it and the client never answers",
    ({ connection }) => connection.end(4401, "session_ended"),
  ],
  ["the end comes while it is being closed", ({ connection, gone }) => (gone(), connection.end(4401, ""))],
  ["its message handler throws", ({ connection, gone }) => (connection.received("throw"), gone())],
  ["a message is too big", ({ connection }) => connection.received("x".repeat(101))],
];

for (const [name, end] of ENDS) {
  test(`nothing is left of a socket when ${name}`, async () => {
    const fake = new FakeNode({
      handlers: {
        maxPayloadLength: 100,
        message() {
          throw new Error("as tests do");
        },
      },
    });
    for (let turn = 0; turn < 3; turn++) {
      const opened = [fake.visit(1, "one"), fake.open(1, "one"), fake.visit(2, "two"), fake.open(null, null)];
      assert.equal(fake.node.registry.size, 4);
      for (const socket of opened) end(socket);
    }
    const { registry } = fake.node;
    assert.equal(registry.size, 0);
    for (const user of [1, 2]) assert.deepEqual(registry.ofUser(user), []);
    for (const key of ["one", "two"]) assert.deepEqual(registry.ofSession(key), []);
    // Nothing is checked, and no timer keeps the process alive.
    await fake.time.advance(120_000);
    assert.deepEqual(fake.asked, []);
    assert.equal(fake.time.pending, 0);
  });
}

test("nothing is left after 100,000 sockets have opened and closed", async () => {
  const fake = new FakeNode();
  const { registry } = fake.node;
  for (let id = 1; id <= 10; id++) fake.setUser(id);
  const open: FakeSocket[] = [];
  for (let turn = 0; turn < 100_000; turn++) {
    const id = turn % 10 + 1;
    if (turn < 1000) fake.setSession(`session-${turn}`, id);
    open.push(turn % 7 === 0 ? fake.open(null, null) : fake.open(id, `session-${turn % 1000}`));
    if (open.length < 100) continue;
    // From the middle, so that sockets close in a different order than they opened.
    const [leaves] = open.splice(turn % 100, 1);
    if (turn % 3 === 0) leaves!.connection.end(4409, "disconnected");
    if (turn % 3 === 1) leaves!.socket.close();
    if (turn % 9 !== 0) leaves!.gone();
    if (turn % 1000 === 0) fake.events.length = 0;
  }
  assert.equal(registry.size, 99);
  for (const { gone } of open) gone();
  assert.deepEqual([registry.size, [...registry.values()]], [0, []]);
  for (let id = 1; id <= 10; id++) assert.deepEqual(registry.ofUser(id), []);
  for (let session = 0; session < 1000; session++) {
    assert.deepEqual(registry.ofSession(`session-${session}`), []);
  }
  await fake.time.advance(120_000);
  assert.deepEqual([fake.asked, fake.time.pending], [[], 0]);
});

test("each socket emits socket.opened once, and socket.closed once it has closed", () => {
  const fake = new FakeNode();
  const [ann, stranger] = [fake.visit(1), fake.open(null, null)];
  ann.connection.end(4401, "session_ended");
  assert.deepEqual(fake.told("socket.closed"), []);
  for (const { gone } of [ann, ann, stranger]) gone(4401, "session_ended");
  assert.deepEqual(fake.told("socket.opened").map(({ userId }) => userId), [1, null]);
  const closed = fake.told("socket.closed");
  assert.deepEqual(closed.map(({ userId, code, reason }) => [userId, code, reason]), [
    [1, 4401, "session_ended"],
    [null, 4401, "session_ended"],
  ]);
  assert.deepEqual(closed.map(({ socketId }) => socketId), [ann.socket.id, stranger.socket.id]);
});

test("closing a closed connection again emits no event", () => {
  const fake = new FakeNode();
  const { connection } = fake.visit(1);
  connection.closed(1006, "");
  fake.events.length = 0;
  connection.closed(1006, "");
  assert.deepEqual(fake.events, []);
});
