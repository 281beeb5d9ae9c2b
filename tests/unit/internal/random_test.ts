import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  RANDOM_STRING_CHARS,
  randomString,
  randomUuid,
  SESSION_KEY_CHARS,
  SYSTEM_RANDOM,
} from "../../../src/internal/random.ts";

describe("a random text", () => {
  it("has the requested length and characters", () => {
    assert.match(randomString(32, SESSION_KEY_CHARS, SYSTEM_RANDOM), /^[a-z0-9]{32}$/);
    assert.match(randomString(500, RANDOM_STRING_CHARS, SYSTEM_RANDOM), /^[a-zA-Z0-9]{500}$/);
    assert.equal(randomString(0, SESSION_KEY_CHARS, SYSTEM_RANDOM), "");
  });

  it("has no biased characters: every byte counts once or is skipped", () => {
    let next = 0;
    const text = randomString(4 * 36, SESSION_KEY_CHARS, (length) => {
      return Uint8Array.from({ length }, () => next++ % 256);
    });
    for (const character of SESSION_KEY_CHARS) {
      assert.equal(text.split(character).length - 1, 4, character);
    }
  });

  it("uses the given source of random bytes", () => {
    assert.equal(randomString(3, "xy", (length) => new Uint8Array(length)), "xxx");
  });
});

describe("a random UUID", () => {
  it("has the format of version 4, with all other bits from the given source", () => {
    assert.equal(randomUuid((length) => new Uint8Array(length)), "00000000-0000-4000-8000-000000000000");
    const ones = randomUuid((length) => new Uint8Array(length).fill(255));
    assert.equal(ones, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert.notEqual(randomUuid(SYSTEM_RANDOM), randomUuid(SYSTEM_RANDOM));
  });
});

it("the system's random source fills the bytes", () => {
  const bytes = SYSTEM_RANDOM(64);
  assert.equal(bytes.length, 64);
  assert.ok(new Set(bytes).size > 1);
});
