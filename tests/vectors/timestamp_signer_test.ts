import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TimestampSigner } from "../../src/crypto/timestamp_signer.ts";
import { vectorCases } from "./load.ts";

interface Case {
  salt: string;
  value: string;
  signedAt: number;
  signed: string;
  maxAge: number;
  now: number;
  result: "ok" | "signature_expired";
}

describe("a TimestampSigner signs and unsigns like Django's", () => {
  for (const { release, data, cases } of vectorCases<Case>("timestampSigner")) {
    it(`Django ${release}: ${cases.length} signed values`, () => {
      for (const { salt, value, signedAt, signed } of cases) {
        const signer = new TimestampSigner({ key: data.secretKey, salt, clock: at(signedAt) });
        assert.equal(signer.sign(value), signed);
      }
    });

    it(`Django ${release}: the expiry of ${cases.length} signatures`, () => {
      for (const { salt, value, signedAt, signed, maxAge, now, result } of cases) {
        const signer = new TimestampSigner({ key: data.secretKey, salt, clock: at(now) });
        const expected = result === "ok"
          ? { value, key: "current", timestamp: Math.trunc(signedAt) }
          : { code: result };
        assert.deepEqual(signer.verify(signed, { maxAge }), expected);
      }
    });
  }
});

function at(seconds: number): { now(): number } {
  return { now: () => seconds * 1000 };
}
