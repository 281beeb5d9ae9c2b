/** A gate lets a fixed number in at a time, queues the next few in order, and refuses the rest. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "../../../src/sockets/admission/gate.ts";

test("the queue moves in order, and skips an item that has left it", async () => {
  const gate = new Gate<object>(1, 3);
  const names = ["a", "b", "c", "d"].map((name) => Object(name) as object);
  const [first, second, third, fourth] = names as [
    object,
    object,
    object,
    object,
  ];
  const came: string[] = [];
  assert.equal(gate.enter(first), "inside");
  for (const name of [second, third, fourth]) {
    const turn = gate.enter(name);
    assert.ok(turn instanceof Promise);
    turn.then(() => came.push(String(name)));
  }
  assert.equal(gate.enter(Object("e")), "full");
  gate.leave(third);
  gate.leave(first);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(came, ["c", "b"]);
  assert.equal(gate.size, 2);
  gate.leave(second);
  gate.leave(fourth);
  assert.equal(gate.size, 0);
});

test("leaving the queue does not free a place inside", () => {
  const gate = new Gate<object>(1, 1);
  const [inside, waiting] = [{}, {}];
  assert.equal(gate.enter(inside), "inside");
  assert.ok(gate.enter(waiting) instanceof Promise);
  gate.leave(waiting);
  assert.ok(gate.enter(waiting) instanceof Promise);
  assert.equal(gate.size, 2);
});
