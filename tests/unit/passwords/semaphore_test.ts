/** The gate in front of the hashing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSemaphore } from "../../../src/passwords/semaphore.ts";

test("work that waits is done in the order in which it came", async () => {
  const inTurn = createSemaphore(1, 2);
  const order: number[] = [];
  await Promise.all([1, 2, 3].map((number) =>
    inTurn(async () => {
      await Promise.resolve();
      order.push(number);
    })
  ));
  assert.deepEqual(order, [1, 2, 3]);
});

test("work that fails gives its place back and its error on", async () => {
  const inTurn = createSemaphore(1, 1);
  const failed = inTurn(() => Promise.reject(new RangeError("broken")));
  const next = inTurn(() => Promise.resolve("done"));
  await assert.rejects(failed!, RangeError);
  assert.equal(await next, "done");
  assert.equal(await inTurn(() => Promise.resolve("again")), "again");
});

test("what finds no room to wait is turned away, and there is room again when work is done", async () => {
  const inTurn = createSemaphore(2, 3);
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => open = resolve);
  let begun = 0;
  const work = async (): Promise<string> => {
    begun += 1;
    await gate;
    return "done";
  };
  const tries = Array.from({ length: 8 }, () => inTurn(work));
  assert.deepEqual(tries.map((tried) => tried === null), [...Array(5).fill(false), ...Array(3).fill(true)]);
  assert.equal(begun, 2);
  open();
  assert.deepEqual(await Promise.all(tries.slice(0, 5)), Array(5).fill("done"));
  assert.equal(await inTurn(work), "done");
  assert.equal(begun, 6);
});

test("where nothing may wait, one after the other is done", async () => {
  const inTurn = createSemaphore(1, 0);
  const first = inTurn(() => Promise.resolve(1));
  assert.equal(inTurn(() => Promise.resolve(2)), null);
  assert.equal(await first, 1);
  assert.equal(await inTurn(() => Promise.resolve(3)), 3);
});
