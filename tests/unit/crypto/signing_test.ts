import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { dumps, dumpsText, loads, loadsText } from "../../../src/crypto/signing.ts";
import { TimestampSigner } from "../../../src/crypto/timestamp_signer.ts";
import { BadSignature, SignatureExpired } from "../../../src/errors.ts";
import { hostileText } from "../internal/hostile_text.ts";

const KEY = { key: "k", clock: { now: () => 1234567890900 } };
const isA = (type: new () => Error, code: string) => (error: unknown) =>
  error instanceof type && "code" in error && error.code === code;

describe("dumps and loads", () => {
  it("write the bytes of Django 5.2's dumps", () => {
    assert.equal(
      dumps({ a: [1, "é"] }, KEY),
      "eyJhIjpbMSwiXHUwMGU5Il19:1LY7VK:8DKCebFzBH3eIIFKNhMft6TSVqrVV32OHN0nXWZk9PA",
    );
  });

  it("read data that Django's dumps compressed", () => {
    assert.equal(
      loads(".eJxTqhgmQAkASYteBQ:1LY7VK:24383lU8sAEI93aB7hUkasMXrt81qs6JUx77CvrQ_Qk", KEY),
      "x".repeat(200),
    );
  });

  it("restore every kind of JSON value", () => {
    fc.assert(fc.property(fc.jsonValue(), fc.boolean(), (value, compress) => {
      assert.deepEqual(loads(dumps(value, { ...KEY, compress }), KEY), value);
    }));
  });

  it("preserve the exact text of signed JSON", () => {
    const text = '{"n":12345678901234567890123,"f":1.0,"nan":NaN,"10":1,"2":2}';
    assert.equal(loadsText(dumpsText(text, { ...KEY, compress: true }), KEY), text);
  });

  it("depend on the key and the salt", () => {
    const text = dumps("v", KEY);
    assert.throws(() => loads(text, { key: "another" }), isA(BadSignature, "bad_signature"));
    assert.throws(() => loads(text, { ...KEY, salt: "another" }), isA(BadSignature, "bad_signature"));
    assert.equal(loads(text, { key: "another", fallbackKeys: ["k"] }), "v");
  });

  it("refuse a signature older than maxAge", () => {
    const text = dumps("v", KEY);
    const later = { key: "k", clock: { now: () => 1234567890900 + 10_000 } };
    assert.equal(loads(text, { ...later, maxAge: 11 }), "v");
    assert.throws(() => loads(text, { ...later, maxAge: 10 }), isA(SignatureExpired, "signature_expired"));
  });

  it("throw a SyntaxError for a valid signature over something other than JSON", () => {
    const signer = new TimestampSigner({ ...KEY, salt: "django.core.signing" });
    for (
      const signed of [
        signer.sign("bm90IGpzb24"),
        signer.sign("!"),
        signer.sign(".AAAA"),
        signer.signText("{"),
      ]
    ) {
      assert.throws(() => loads(signed, KEY), SyntaxError);
    }
    const large = dumps("a".repeat(1000), { ...KEY, compress: true });
    assert.throws(() => loads(large, { ...KEY, ceiling: 1000 }), SyntaxError);
  });

  it("throw only bad_signature for hostile text", () => {
    fc.assert(fc.property(hostileText(), (text) => {
      assert.throws(() => loads(text, KEY), isA(BadSignature, "bad_signature"));
    }));
  });

  it("never include the input in an error message", () => {
    try {
      loads("a-secret-cookie:1LY7VK:signature", KEY);
      assert.fail("it was believed");
    } catch (error) {
      assert.equal((error as Error).message, "Signature does not match");
    }
  });
});

describe("a misspelt option", () => {
  it("of loads, dumps or a signer is refused, which would let expired signatures pass", () => {
    const text = dumps("v", KEY);
    const calls: (readonly [() => unknown, string])[] = [
      [
        () => loads(text, { key: "k", max_age: -1 } as never),
        'loads() does not take "max_age", did you mean maxAge?',
      ],
      [
        () => loads(text, undefined as never),
        /^loads\(\) got undefined as its options, expected \{ key/,
      ] as never,
      [
        () => dumps("v", { key: "k", slat: "x" } as never),
        'dumps() does not take "slat", did you mean salt?',
      ],
      [
        () => new TimestampSigner(KEY).unsign(text, { max_age: 1 } as never),
        'unsign() does not take "max_age", did you mean maxAge?',
      ],
      [
        () => new TimestampSigner(KEY).unsign(text, -1 as never),
        "unsign() got -1 as its options, expected { maxAge }",
      ],
      [
        () => new TimestampSigner({ ...KEY, slat: "x" } as never),
        'new TimestampSigner() does not take "slat", did you mean salt?',
      ],
    ];
    for (const [call, message] of calls) assert.throws(call, { name: "TypeError", message });
  });

  it("does not hide that the key is missing", () => {
    const message = "A signing key is undefined, expected a string or bytes, such as Django's SECRET_KEY";
    for (const options of [{ key: undefined }, { key: "k", fallbackKeys: [undefined] }]) {
      assert.throws(() => loads("x", options as never), { name: "TypeError", message });
    }
  });
});
