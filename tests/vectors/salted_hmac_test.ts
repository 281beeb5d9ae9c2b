import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireAlgorithm } from "../../src/crypto/hmac.ts";
import { saltedHmac } from "../../src/crypto/salted_hmac.ts";
import { toHex } from "../../src/internal/bytes.ts";
import { vectorCases } from "./load.ts";

interface Case {
  keySalt: string;
  value: string;
  algorithm: string;
  hex: string;
}

describe("salted HMACs equal Django's", () => {
  for (const { release, data, cases } of vectorCases<Case>("saltedHmac")) {
    it(`Django ${release}: ${cases.length} digests`, () => {
      for (const { keySalt, value, algorithm, hex } of cases) {
        assert.equal(toHex(saltedHmac(keySalt, value, data.secretKey, requireAlgorithm(algorithm))), hex);
      }
    });
  }
});
