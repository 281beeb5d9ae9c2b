/** The gate in front of the hashing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSemaphore } from "../../../src/passwords/semaphore.ts";

test("work that waits is done in the order in which it came", async () => {
  const inTurn = createSemaphore(1);
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
  const inTurn = createSemaphore(1);
  const failed = inTurn(() => Promise.reject(new RangeError("broken")));
  const next = inTurn(() => Promise.resolve("done"));
  await assert.rejects(failed, RangeError);
  assert.equal(await next, "done");
  assert.equal(await inTurn(() => Promise.resolve("again")), "again");
});
