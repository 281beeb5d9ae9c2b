/** The bounded memory of what texts mean. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createTextMemo } from "../../../src/internal/text_memo.ts";

test("what was used lately is known, and the rest is forgotten within bounds", () => {
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

test("long texts are not kept", () => {
  const memo = createTextMemo<number>();
  memo.set("x".repeat(8193), 1);
  assert.equal(memo.get("x".repeat(8193)), undefined);
  memo.set("x".repeat(8192), 2);
  assert.equal(memo.get("x".repeat(8192)), 2);
});

test("a text that is offered is kept when it comes for the second time", () => {
  const memo = createTextMemo<number>({ entries: 3 });
  for (let index = 0; index < 6; index++) memo.offer(`text ${index}`, () => index);
  assert.equal(memo.get("text 0"), undefined);
  memo.offer("text 0", () => 0);
  assert.equal(memo.get("text 0"), 0);
});

test("of a text that is too long to be kept, nothing is made", () => {
  const memo = createTextMemo<number>();
  const made: number[] = [];
  for (let times = 0; times < 3; times++) memo.offer("x".repeat(8193), () => made.push(times));
  assert.deepEqual(made, []);
});

test("texts that end alike are told from each other, and the last one is kept", () => {
  const memo = createTextMemo<number>();
  const [one, other] = ["one", "two"].map((start) => `${start}: ${"the same end".padStart(20)}`);
  memo.set(one!, 1);
  assert.equal(memo.get(other!), undefined);
  memo.set(other!, 2);
  assert.deepEqual([memo.get(one!), memo.get(other!)], [undefined, 2]);
});

test("whether two texts are the same is for the caller to say", () => {
  const memo = createTextMemo<number>({ isSame: (kept, text) => kept.toLowerCase() === text.toLowerCase() });
  memo.set("TEXT with the same end of letters", 1);
  assert.equal(memo.get("text with the same end of letters"), 1);
  assert.equal(memo.get("next with the same end of letters"), undefined);
});

test("many large results are forgotten earlier", () => {
  const memo = createTextMemo<number>({ characters: 100 });
  for (let index = 0; index < 10; index++) memo.set(`text ${index}`, index, 34);
  assert.equal(memo.get("text 9"), 9);
  assert.equal(memo.get("text 5"), undefined);
});
