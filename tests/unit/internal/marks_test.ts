/** Numbers that came lately. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createMarks } from "../../../src/internal/marks.ts";

const NUMBERS = Array.from({ length: 200 }, (_, index) => Math.imul(index + 1, 0x9e3779b1));

test("a number is seen from the second time on", () => {
  const marks = createMarks(4096);
  assert.deepEqual([-7, 7, -7, 7, -7].map((mark) => marks.hasSeen(mark)), [false, false, true, true, true]);
});

test("four that ask for the same place do not push each other out, and a fifth the one that was not asked for longest", () => {
  const marks = createMarks(4);
  const seen = [1, 2, 3, 4, 1, 2, 4, 5, 1, 2, 4, 3].map((mark) => marks.hasSeen(mark));
  assert.deepEqual(seen, [...Array(4).fill(false), true, true, true, false, true, true, true, false]);
});

test("most are remembered where there is room for more, and few where there is room for few", () => {
  const marks = createMarks(4 * NUMBERS.length);
  for (const mark of NUMBERS) marks.hasSeen(mark);
  const seen = NUMBERS.filter((mark) => marks.hasSeen(mark)).length;
  assert.equal(seen > 100, true, `${seen} are remembered`);
  const few = createMarks(4);
  for (const mark of NUMBERS) few.hasSeen(mark);
  assert.equal(NUMBERS.filter((mark) => few.hasSeen(mark)).length <= 4, true);
});
