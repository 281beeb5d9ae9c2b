/** The concurrency limit of hashing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSemaphore } from "../../../src/passwords/semaphore.ts";

test("waiting work runs in order of arrival", async () => {
  const { run } = createSemaphore(1, 2);
  const order: number[] = [];
  await Promise.all([1, 2, 3].map((number) =>
    run(async () => {
      await Promise.resolve();
      order.push(number);
    })
  ));
  assert.deepEqual(order, [1, 2, 3]);
});

test("failed work releases its slot and rejects with its error", async () => {
  const { run } = createSemaphore(1, 1);
  const failed = run(() => Promise.reject(new RangeError("broken")));
  const next = run(() => Promise.resolve("done"));
  await assert.rejects(failed!, RangeError);
  assert.equal(await next, "done");
  assert.equal(await run(() => Promise.resolve("again")), "again");
});

test("it is full when the next call would be refused", async () => {
  const { isFull, run } = createSemaphore(1, 1);
  const seen = [isFull()];
  const first = run(() => Promise.resolve());
  seen.push(isFull());
  const second = run(() => Promise.resolve());
  seen.push(isFull());
  await Promise.all([first, second]);
  assert.deepEqual([...seen, isFull()], [false, false, true, false]);
});

test("work is refused while the queue is full, and accepted again afterwards", async () => {
  const { run } = createSemaphore(2, 3);
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => open = resolve);
  let begun = 0;
  const work = async (): Promise<string> => {
    begun += 1;
    await gate;
    return "done";
  };
  const tries = Array.from({ length: 8 }, () => run(work));
  assert.deepEqual(tries.map((tried) => tried === null), [...Array(5).fill(false), ...Array(3).fill(true)]);
  assert.equal(begun, 2);
  open();
  assert.deepEqual(await Promise.all(tries.slice(0, 5)), Array(5).fill("done"));
  assert.equal(await run(work), "done");
  assert.equal(begun, 6);
});

test("without a queue, concurrent work is refused and later work runs", async () => {
  const { run } = createSemaphore(1, 0);
  const first = run(() => Promise.resolve(1));
  assert.equal(run(() => Promise.resolve(2)), null);
  assert.equal(await first, 1);
  assert.equal(await run(() => Promise.resolve(3)), 3);
});
