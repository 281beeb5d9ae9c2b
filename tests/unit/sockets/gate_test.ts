/** So many at a time, the next few in order, and nobody more. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "../../../src/sockets/admission/gate.ts";

test("turns come in order, and who gave up is passed over", async () => {
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

test("who leaves the queue frees no place of those inside", () => {
  const gate = new Gate<object>(1, 1);
  const [inside, waiting] = [{}, {}];
  assert.equal(gate.enter(inside), "inside");
  assert.ok(gate.enter(waiting) instanceof Promise);
  gate.leave(waiting);
  assert.ok(gate.enter(waiting) instanceof Promise);
  assert.equal(gate.size, 2);
});
