/** The successors of a rotated token, by their identifiers alone. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createTokenFamily } from "../../../src/stores/token_family.ts";

/** Each token has two successors; the line continues with the first one. */
function two(jti: string): string[] {
  return [`${jti}a`, `${jti}b`];
}

test("after() returns the first successors to the given depth, with all their siblings", () => {
  const family = createTokenFamily(two, 100);
  assert.deepEqual(family.after(["x"], 3), ["xa", "xb", "xaa", "xab", "xaaa", "xaab"]);
});

test("a token is followed only once, and siblings of the line are followed when given", () => {
  const family = createTokenFamily(two, 100);
  family.after(["x"], 2);
  assert.deepEqual(family.after(["xa", "xb", "xaa"], 1), ["xba", "xbb", "xaaa", "xaab"]);
});

test("a token without successors ends the line", () => {
  assert.deepEqual(createTokenFamily(() => [], 100).after(["x"], 8), []);
});

test("the number of successors is limited", () => {
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
