/** The bounded cache of parsed texts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createTextMemo } from "../../../src/internal/text_memo.ts";

test("recently used texts are kept, and the others are dropped to stay within the limit", () => {
  const memo = createTextMemo<number>({ entries: 3 });
  for (let index = 0; index < 100; index++) {
    memo.set(`text ${index}`, index);
    assert.equal(memo.get("text 0"), 0);
  }
  assert.equal(memo.get("text 99"), 99);
  assert.equal(memo.get("text 50"), undefined);
  const known = Array.from({ length: 100 }, (_, index) => memo.get(`text ${index}`)).filter((value) =>
    value !== undefined
  );
  assert.equal(known.length <= 6, true);
});

test("long texts are not cached", () => {
  const memo = createTextMemo<number>();
  memo.set("x".repeat(8193), 1);
  assert.equal(memo.get("x".repeat(8193)), undefined);
  memo.set("x".repeat(8192), 2);
  assert.equal(memo.get("x".repeat(8192)), 2);
});

test("an offered text is cached on its second occurrence", () => {
  const memo = createTextMemo<number>({ entries: 3 });
  for (let index = 0; index < 6; index++) memo.offer(`text ${index}`, () => index);
  assert.equal(memo.get("text 0"), undefined);
  memo.offer("text 0", () => 0);
  assert.equal(memo.get("text 0"), 0);
});

test("for an offered text that is too long, no value is created", () => {
  const memo = createTextMemo<number>();
  const made: number[] = [];
  for (let times = 0; times < 3; times++) memo.offer("x".repeat(8193), () => made.push(times));
  assert.deepEqual(made, []);
});

test("texts with the same end are distinguished, and the last one is kept", () => {
  const memo = createTextMemo<number>();
  const [one, other] = ["one", "two"].map((start) => `${start}: ${"the same end".padStart(20)}`);
  memo.set(one!, 1);
  assert.equal(memo.get(other!), undefined);
  memo.set(other!, 2);
  assert.deepEqual([memo.get(one!), memo.get(other!)], [undefined, 2]);
});

test("a custom isSame decides whether two texts are equal", () => {
  const memo = createTextMemo<number>({ isSame: (kept, text) => kept.toLowerCase() === text.toLowerCase() });
  memo.set("TEXT with the same end of letters", 1);
  assert.equal(memo.get("text with the same end of letters"), 1);
  assert.equal(memo.get("next with the same end of letters"), undefined);
});

test("large results reduce the number of cached entries", () => {
  const memo = createTextMemo<number>({ characters: 100 });
  for (let index = 0; index < 10; index++) memo.set(`text ${index}`, index, 34);
  assert.equal(memo.get("text 9"), 9);
  assert.equal(memo.get("text 5"), undefined);
});
