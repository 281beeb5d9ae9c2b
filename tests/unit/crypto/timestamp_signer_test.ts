import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Signer } from "../../../src/crypto/signer.ts";
import { TimestampSigner } from "../../../src/crypto/timestamp_signer.ts";
import { BadSignature, SignatureExpired } from "../../../src/errors.ts";
import { hostileMix, hostileText } from "../internal/hostile_text.ts";

const SALT = "django.core.signing.TimestampSigner";
const clock = { seconds: 0, now: () => clock.seconds * 1000 };
const signer = new TimestampSigner({ key: "secret", clock });

function signedAt(seconds: number, value: string): string {
  clock.seconds = seconds;
  return signer.sign(value);
}

describe("a TimestampSigner", () => {
  it("signs as Django 5.2 does", () => {
    const django = new TimestampSigner({ key: "predictable-secret", clock: { now: () => 1234567890900 } });
    assert.equal(django.sign("hello"), "hello:1LY7VK:hBRXpwHA9JQj3UdJ1gH7inWx6o2rXQN-vnTFyQ8UI50");
  });

  it("returns when a value was signed, and with which key", () => {
    const signed = signedAt(1000.9, "a:b");
    assert.deepEqual(signer.verify(signed), { value: "a:b", key: "current", timestamp: 1000 });
    const rotated = new TimestampSigner({ key: "new", fallbackKeys: ["secret"], clock });
    assert.deepEqual(rotated.verify(signed), { value: "a:b", key: "fallback", timestamp: 1000 });
  });

  it("accepts a signature exactly maxAge old, and none older", () => {
    const signed = signedAt(1000, "v");
    clock.seconds = 1010;
    assert.equal(signer.unsign(signed, { maxAge: 10 }), "v");
    clock.seconds = 1010.001;
    assert.deepEqual(signer.verify(signed, { maxAge: 10 }), { code: "signature_expired" });
    assert.throws(
      () => signer.unsign(signed, { maxAge: 10 }),
      (error) => error instanceof SignatureExpired && error.code === "signature_expired",
    );
    assert.equal(signer.unsign(signed), "v");
    assert.equal(signer.unsign(signed, { maxAge: null }), "v");
  });

  it("treats a signature from the future as new", () => {
    const signed = signedAt(5000, "v");
    clock.seconds = 1000;
    assert.equal(signer.unsign(signed, { maxAge: 0 }), "v");
  });

  it("treats every signature as expired if maxAge is NaN", () => {
    const signed = signedAt(1000, "v");
    assert.deepEqual(signer.verify(signed, { maxAge: NaN }), { code: "signature_expired" });
  });

  it("refuses a valid signature without a valid timestamp", () => {
    const plain = new Signer({ key: "secret", salt: SALT });
    for (const value of ["value", "value:", "value:!", "value:-", ":", "", `v:${"z".repeat(12)}`]) {
      assert.deepEqual(signer.verify(plain.sign(value)), { code: "bad_signature" }, value);
    }
    assert.deepEqual(signer.verify(plain.sign("v:-1")), { value: "v", key: "current", timestamp: -1 });
  });

  it("never throws from verify, and accepts only what it signed", () => {
    const [, time, signature] = signedAt(1000, "a").split(":") as [string, string, string];
    const text = fc.oneof(hostileText(), hostileMix(":", signature, time, "a", "z", ".", "\ud800"));
    fc.assert(fc.property(text, fc.constantFrom(undefined, 0, 10), (signed, maxAge) => {
      clock.seconds = 1000;
      const verified = signer.verify(signed, { maxAge });
      if ("code" in verified) assert.equal(verified.code, "bad_signature");
      else assert.equal(signed, signer.sign(verified.value));
      const read = signer.verifyText(signed, { maxAge });
      assert.ok("text" in read || read.code === "bad_signature" || read.code === "undecodable");
    }));
  });

  it("throws bad_signature from unsign for an invalid signature", () => {
    for (const signed of ["", ":", "::", "a:b:c"]) {
      assert.throws(
        () => signer.unsign(signed),
        (error) => error instanceof BadSignature && error.code === "bad_signature",
      );
    }
  });
});

describe("a signed and timestamped text", () => {
  it("is read again, or refused with a code", () => {
    clock.seconds = 1000;
    const signed = signer.signText('{"a":1.0}', { compress: true });
    assert.deepEqual(signer.verifyText(signed), { text: '{"a":1.0}', key: "current", timestamp: 1000 });
    assert.deepEqual(signer.verifyText(signed + "A"), { code: "bad_signature" });
    assert.deepEqual(signer.verifyText(signer.sign("!")), { code: "undecodable" });
    clock.seconds = 1011;
    assert.deepEqual(signer.verifyText(signed, { maxAge: 10 }), { code: "signature_expired" });
  });

  it("is refused if it decompresses to more than the limit", () => {
    const signed = signer.signText("a".repeat(1000), { compress: true });
    assert.deepEqual(signer.verifyText(signed, { ceiling: 999 }), { code: "undecodable" });
  });
});
