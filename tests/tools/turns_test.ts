/** The order of the benchmark's contestants. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { turnsOf } from "../bench/contestants.mjs";

for (let size = 2; size <= 7; size++) {
  test(`in a full cycle, ${size} contestants take each position and follow each other equally often`, () => {
    const names = Array.from({ length: size }, (_, index) => String(index));
    const cycle = size % 2 === 1 ? 2 * size : size;
    const counts = new Map<string, number>();
    const count = (what: string): unknown => counts.set(what, (counts.get(what) ?? 0) + 1);
    for (let round = 0; round < cycle; round++) {
      const turns = turnsOf(names, round);
      assert.deepEqual([...turns].sort(), names);
      for (const [place, name] of turns.entries()) {
        count(`${name} at ${place}`);
        if (place > 0) count(`${name} after ${turns[place - 1]}`);
      }
    }
    assert.equal(counts.size, size * size + size * (size - 1));
    assert.deepEqual(new Set(counts.values()), new Set([cycle / size]));
  });
}
