/** Recently seen numbers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createMarks } from "../../../src/internal/marks.ts";

const NUMBERS = Array.from({ length: 200 }, (_, index) => Math.imul(index + 1, 0x9e3779b1));

test("a number counts as seen from its second occurrence on", () => {
  const marks = createMarks(4096);
  assert.deepEqual([-7, 7, -7, 7, -7].map((mark) => marks.markSeen(mark)), [false, false, true, true, true]);
});

test("a slot holds four numbers, and a fifth replaces the least recently used one", () => {
  const marks = createMarks(4);
  const seen = [1, 2, 3, 4, 1, 2, 4, 5, 1, 2, 4, 3].map((mark) => marks.markSeen(mark));
  assert.deepEqual(seen, [...Array(4).fill(false), true, true, true, false, true, true, true, false]);
});

test("most numbers are remembered with enough room, and few with little room", () => {
  const marks = createMarks(4 * NUMBERS.length);
  for (const mark of NUMBERS) marks.markSeen(mark);
  const seen = NUMBERS.filter((mark) => marks.markSeen(mark)).length;
  assert.equal(seen > 100, true, `${seen} are remembered`);
  const few = createMarks(4);
  for (const mark of NUMBERS) few.markSeen(mark);
  assert.equal(NUMBERS.filter((mark) => few.markSeen(mark)).length <= 4, true);
});
