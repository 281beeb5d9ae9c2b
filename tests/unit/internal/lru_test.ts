import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLru } from "../../../src/internal/lru.ts";

describe("a bounded map", () => {
  it("forgets what was used longest ago", () => {
    const map = createLru<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    assert.equal(map.get("a"), 1);
    map.set("c", 3);
    assert.equal(map.get("b"), undefined);
    assert.equal(map.get("a"), 1);
    assert.equal(map.get("c"), 3);
    assert.equal(map.size, 2);
  });

  it("counts a value that is set again as used, and does not forget another for it", () => {
    const map = createLru<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    assert.equal(map.size, 2);
    map.set("c", 4);
    assert.equal(map.get("b"), undefined);
    assert.equal(map.get("a"), 3);
  });

  it("keeps undefined and null as values", () => {
    const map = createLru<string, null | undefined>(2);
    map.set("a", undefined);
    map.set("b", null);
    assert.equal(map.get("a"), undefined);
    map.set("c", null);
    assert.equal(map.get("b"), undefined);
    assert.equal(map.size, 2);
  });

  it("forgets one or all on request", () => {
    const map = createLru<string, number>(2);
    map.set("a", 1);
    assert.equal(map.delete("a"), true);
    assert.equal(map.delete("a"), false);
    map.set("b", 2);
    map.clear();
    assert.equal(map.size, 0);
  });

  it("keeps nothing with a limit of 0", () => {
    const map = createLru<string, number>(0);
    map.set("a", 1);
    assert.equal(map.get("a"), undefined);
  });

  for (const limit of [-1, 1.5, NaN]) {
    it(`does not take ${limit} as its limit`, () => {
      assert.throws(() => createLru(limit), RangeError);
    });
  }
});
