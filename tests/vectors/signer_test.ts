import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Signer } from "../../src/crypto/signer.ts";
import { vectorCases } from "./load.ts";

interface Case {
  salt: string;
  sep: string;
  value: string;
  signed: string;
}

describe("a Signer signs and unsigns like Django's", () => {
  for (const { release, data, cases } of vectorCases<Case>("signer")) {
    it(`Django ${release}: ${cases.length} signed values`, () => {
      for (const { salt, sep, value, signed } of cases) {
        const signer = new Signer({ key: data.secretKey, salt, sep });
        assert.equal(signer.sign(value), signed);
        assert.deepEqual(signer.verify(signed), { value, key: "current" });
      }
    });

    it(`Django ${release}: the same values after a key rotation`, () => {
      for (const { salt, sep, value, signed } of cases) {
        const fallbackKeys = [data.fallbackKeys[0]!, data.secretKey];
        const signer = new Signer({ key: "a new key", fallbackKeys, salt, sep });
        assert.deepEqual(signer.verify(signed), { value, key: "fallback" });
      }
    });
  }
});
