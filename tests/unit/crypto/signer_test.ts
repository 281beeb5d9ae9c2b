import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Signer } from "../../../src/crypto/signer.ts";
import { BadSignature, DjauthError } from "../../../src/errors.ts";
import { hostileMix, hostileText } from "../internal/hostile_text.ts";

describe("a Signer", () => {
  it("signs as Django 5.2 does", () => {
    assert.equal(
      new Signer({ key: "predictable-secret" }).sign("hello"),
      "hello:T8oWtiMIRTzcoR3NRO-2PQNf5dTweZy0EL25Kt6lUo0",
    );
  });

  it("restores any value", () => {
    const signer = new Signer({ key: "secret", sep: "~~" });
    fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
      assert.equal(signer.unsign(signer.sign(value)), value);
    }));
  });

  it("accepts keys of bytes", () => {
    const key = Uint8Array.of(0xff, 0x00, 0xe7);
    const signed = new Signer({ key }).sign("value");
    assert.deepEqual(new Signer({ key: "new", fallbackKeys: [key] }).verify(signed), {
      value: "value",
      key: "fallback",
    });
    assert.equal(new Signer({ key: "new" }).verify(signed), null);
  });

  it("reports which key signed a value", () => {
    const old = new Signer({ key: "old" });
    const signer = new Signer({ key: "new", fallbackKeys: ["older", "old"] });
    assert.deepEqual(signer.verify(signer.sign("v")), { value: "v", key: "current" });
    assert.deepEqual(signer.verify(old.sign("v")), { value: "v", key: "fallback" });
    assert.equal(old.verify(signer.sign("v")), null);
  });

  it("refuses a signature of another salt or algorithm", () => {
    const signed = new Signer({ key: "k" }).sign("v");
    assert.equal(new Signer({ key: "k", salt: "another" }).verify(signed), null);
    assert.equal(new Signer({ key: "k", algorithm: "sha512" }).verify(signed), null);
    assert.equal(new Signer({ key: "k", salt: "" }).unsign(signed), "v");
  });

  it("refuses a text in which any character was changed", () => {
    const signer = new Signer({ key: "secret" });
    const signed = signer.sign("a value: é");
    for (let index = 0; index < signed.length; index++) {
      const other = signed[index] === "A" ? "B" : "A";
      assert.equal(
        signer.verify(signed.slice(0, index) + other + signed.slice(index + 1)),
        null,
        `at ${index}`,
      );
    }
  });

  it("distinguishes a lone surrogate from its replacement character in UTF-8", () => {
    const signer = new Signer({ key: "secret" });
    const signed = signer.sign("\ufffd");
    assert.equal(signer.verify(signed.replace("\ufffd", "\ud800")), null);
    assert.throws(() => signer.sign("\ud800"), RangeError);
  });

  it("never throws from verify, and accepts only what it signed", () => {
    const signer = new Signer({ key: "secret", fallbackKeys: ["old"] });
    const signature = signer.signature("a");
    const text = fc.oneof(
      hostileText(),
      hostileMix(":", signature, "a", signature.slice(1), ".", "=", "\ud800"),
    );
    fc.assert(fc.property(text, (signed) => {
      const verified = signer.verify(signed);
      assert.ok(verified === null || signed === signer.sign(verified.value));
      const read = signer.verifyText(signed);
      assert.ok("text" in read || read.code === "bad_signature" || read.code === "undecodable");
    }));
  });

  it("throws bad_signature from unsign for an invalid signature", () => {
    const signer = new Signer({ key: "secret" });
    for (const signed of ["", ":", "value", "value:", "value:signature"]) {
      assert.throws(
        () => signer.unsign(signed),
        (error) => error instanceof BadSignature && error.code === "bad_signature",
      );
    }
  });
});

describe("creating a Signer", () => {
  for (const sep of ["", "-", "a", "=", "_", "[", "^", "abc-_=", "a\n", "\n"]) {
    it(`refuses the separator ${JSON.stringify(sep)}, as Django does`, () => {
      assert.throws(() => new Signer({ key: "k", sep }), RangeError);
    });
  }

  for (const sep of ["/", "*sep*", ",", ":", "~~", "a\nb", "\n\n"]) {
    it(`accepts the separator ${JSON.stringify(sep)}`, () => {
      const signer = new Signer({ key: "k", sep });
      assert.equal(signer.unsign(signer.sign("v")), "v");
    });
  }

  it("refuses an empty key, with which anybody could sign", () => {
    assert.throws(() => new Signer({ key: "" }), RangeError);
    assert.throws(() => new Signer({ key: "k", fallbackKeys: [""] }), RangeError);
    assert.throws(() => new Signer({ key: new Uint8Array(0) }), RangeError);
  });

  it("refuses an unknown algorithm", () => {
    assert.throws(
      () => new Signer({ key: "k", algorithm: "whatever" }),
      (error) => error instanceof DjauthError && error.code === "invalid_algorithm",
    );
  });
});

describe("a signed text", () => {
  const signer = new Signer({ key: "secret" });

  it("is read again, compressed or not", () => {
    const latin1Text = fc.array(fc.integer({ min: 0, max: 255 })).map((codes) =>
      String.fromCharCode(...codes)
    );
    fc.assert(fc.property(latin1Text, fc.boolean(), (text, compress) => {
      const signed = signer.signText(text, { compress });
      assert.match(signed, /^[\w.:-]+$/);
      assert.deepEqual(signer.verifyText(signed), { text, key: "current" });
    }));
  });

  it("is compressed only where that is shorter", () => {
    assert.equal(signer.signText("ab", { compress: true }).startsWith("."), false);
    assert.equal(signer.signText("a".repeat(100), { compress: true }).startsWith("."), true);
    assert.equal(signer.signText("a".repeat(100)).startsWith("."), false);
  });

  it("is undecodable where only the signature is valid", () => {
    for (const value of [".", ".AAAA", "=", "a", "not base64!", "é", ".eJw="]) {
      assert.deepEqual(signer.verifyText(signer.sign(value)), { code: "undecodable" }, value);
    }
    assert.deepEqual(signer.verifyText(signer.sign("")), { text: "", key: "current" });
  });

  it("is refused if it decompresses to more than the limit", () => {
    const signed = signer.signText("a".repeat(1000), { compress: true });
    assert.deepEqual(signer.verifyText(signed, { ceiling: 999 }), { code: "undecodable" });
    assert.deepEqual(signer.verifyText(signed, { ceiling: 1000 }), {
      text: "a".repeat(1000),
      key: "current",
    });
    const huge = signer.signText("a".repeat(4 * 1024 * 1024 + 1), { compress: true });
    assert.deepEqual(signer.verifyText(huge), { code: "undecodable" });
  });

  it("cannot contain characters outside Latin-1", () => {
    assert.throws(() => signer.signText('"ключ"'), RangeError);
  });
});
