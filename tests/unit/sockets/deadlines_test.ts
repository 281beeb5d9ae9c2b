/** One deadline for many items, on one timer. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines } from "../../../src/sockets/admission/deadlines.ts";
import { FakeTime } from "../databases/fake_time.ts";

test("items expire in order, at most 5% late", async () => {
  const time = new FakeTime();
  const told: [name: string, at: number][] = [];
  const deadlines = new Deadlines<{ name: string }>(1000, time, ({ name }) => told.push([name, time.now()]));
  for (const name of ["a", "b", "c"]) {
    deadlines.add({ name });
    await time.advance(120);
  }
  await time.advance(2000);
  assert.deepEqual(told.map(([name]) => name), ["a", "b", "c"]);
  for (const [index, [name, at]] of told.entries()) {
    const late = at - (index * 120 + 1000);
    assert.ok(late >= 0 && late <= 50, `${name} ${late}`);
  }
});

test("deleted items do not expire, and no timer runs when none are left", async () => {
  const time = new FakeTime();
  const told: object[] = [];
  const deadlines = new Deadlines<object>(1000, time, (item) => told.push(item));
  const items = Array.from({ length: 1000 }, () => ({}));
  for (const item of items) deadlines.add(item);
  assert.equal(time.pending, 1);
  for (const item of items) deadlines.delete(item);
  assert.equal(deadlines.size, 0);
  await time.advance(60);
  assert.equal(time.pending, 0);
  const last = {};
  deadlines.add(last);
  await time.advance(1100);
  assert.deepEqual(told, [last]);
  assert.equal(time.pending, 0);
});

test("an item that is added again gets its full time again", async () => {
  const time = new FakeTime();
  const told: number[] = [];
  const deadlines = new Deadlines<object>(1000, time, () => told.push(time.now()));
  const item = {};
  deadlines.add(item);
  await time.advance(900);
  deadlines.delete(item);
  deadlines.add(item);
  await time.advance(900);
  assert.deepEqual(told, []);
  await time.advance(200);
  assert.equal(told.length, 1);
});
