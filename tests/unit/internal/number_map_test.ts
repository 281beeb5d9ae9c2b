/** Compared with a `Map` that gets the same calls. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { NumberMap } from "../../../src/internal/number_map.ts";

/** Pseudo-random numbers from a seed. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
}

const KEYS: readonly [name: string, keyOf: (number: number) => number][] = [
  ["numbers that follow each other", (number) => number],
  ["multiples of a power of two", (number) => number * 65_536],
  ["numbers of 48 bits", (number) => number * 281_474_976 + number],
  ["numbers below zero", (number) => -number],
];

for (const [name, keyOf] of KEYS) {
  test(`an entry is found until it is deleted: ${name}`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const next = sequence(seed);
      const [map, model] = [new NumberMap<{ at: number }>(), new Map<number, { at: number }>()];
      const spread = [10, 100, 1000][seed % 3]!;
      for (let step = 0; step < 3000; step++) {
        const key = keyOf(Math.floor(next() * spread));
        if (next() < 0.55) {
          const value = { at: step };
          map.set(key, value);
          model.set(key, value);
        } else {
          map.delete(key);
          model.delete(key);
        }
        assert.equal(map.size, model.size);
        assert.equal(map.get(key), model.get(key));
      }
      for (let number = 0; number < spread; number++) {
        assert.equal(map.get(keyOf(number)), model.get(keyOf(number)), `seed ${seed}, ${keyOf(number)}`);
      }
    }
  });
}

test("the map grows to many entries and shrinks to none", () => {
  const map = new NumberMap<{ key: number }>();
  for (let key = 0; key < 20_000; key++) map.set(key, { key });
  for (let key = 0; key < 20_000; key++) assert.equal(map.get(key)?.key, key);
  for (let key = 0; key < 20_000; key += 2) map.delete(key);
  for (let key = 0; key < 20_000; key++) assert.equal(map.get(key)?.key, key % 2 === 0 ? undefined : key);
  for (let key = 0; key < 20_000; key++) map.delete(key);
  assert.equal(map.size, 0);
  assert.equal(map.get(1), undefined);
});
