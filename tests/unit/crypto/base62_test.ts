import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeBase62, encodeBase62 } from "../../../src/crypto/base62.ts";
import { hostileMix, hostileText } from "../internal/hostile_text.ts";

describe("base62", () => {
  // Values of Django 5.2's b62_encode.
  const known: [number, string][] = [[0, "0"], [9, "9"], [10, "A"], [61, "z"], [62, "10"], [-63, "-11"], [
    1700000000,
    "1r31eq",
  ]];
  for (const [number, text] of known) {
    it(`writes ${number} as ${text}`, () => {
      assert.equal(encodeBase62(number), text);
      assert.equal(decodeBase62(text), BigInt(number));
    });
  }

  it("reads integers of any size that it has written", () => {
    fc.assert(fc.property(fc.bigInt(), (number) => {
      assert.equal(decodeBase62(encodeBase62(number)), number);
    }));
  });

  it("accepts leading zeros, as Django does", () => {
    assert.equal(decodeBase62("000z"), 61n);
  });

  for (const text of ["", "-", "--1", "+1", " 1", "1 ", "1\n", "a_b", "é", "1-"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(decodeBase62(text), null);
    });
  }

  it("never throws on hostile text", () => {
    fc.assert(fc.property(fc.oneof(hostileText(), hostileMix("0", "z", "-", "Z")), (text) => {
      const number = decodeBase62(text);
      assert.ok(number === null || typeof number === "bigint");
    }));
  });

  for (const number of [0.5, NaN, Infinity, 2 ** 53]) {
    it(`refuses to write ${number}`, () => {
      assert.throws(() => encodeBase62(number), RangeError);
    });
  }
});
