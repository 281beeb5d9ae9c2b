/** The line of tokens that came of one another, by their names alone. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createTokenFamily } from "../../../src/stores/token_family.ts";

/** Each token has two successors, the first of which goes on as the line. */
function two(jti: string): string[] {
  return [`${jti}a`, `${jti}b`];
}

test("the line of the first successors is named as far as asked for, with all beside it", () => {
  const family = createTokenFamily(two, 100);
  assert.deepEqual(family.after(["x"], 3), ["xa", "xb", "xaa", "xab", "xaaa", "xaab"]);
});

test("what was followed is not followed again, and what is beside the line is", () => {
  const family = createTokenFamily(two, 100);
  family.after(["x"], 2);
  assert.deepEqual(family.after(["xa", "xb", "xaa"], 1), ["xba", "xbb", "xaaa", "xaab"]);
});

test("a token without successors ends the line", () => {
  assert.deepEqual(createTokenFamily(() => [], 100).after(["x"], 8), []);
});

test("no more is named than may be", () => {
  let made = 0;
  const family = createTokenFamily((jti) => {
    made++;
    return two(jti);
  }, 100);
  family.after(["x"], 50);
  assert.equal(family.isTooLarge, false);
  family.after(["y", "z"], 1_000_000);
  assert.equal(family.isTooLarge, true);
  assert.equal(made, 51);
});
