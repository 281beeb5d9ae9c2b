import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  concatBytes,
  constantTimeEqual,
  fromBase64Url,
  fromLatin1,
  fromUtf8,
  isWellFormed,
  latin1,
  textFromBase64Url,
  toBase64Url,
  toHex,
  utf8,
} from "../../../src/internal/bytes.ts";
import { hostileMix, hostileText } from "./hostile_text.ts";

const bytes = (): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: 80 });

describe("base64url", () => {
  it("equals that of Node's Buffer, and is decoded again", () => {
    fc.assert(fc.property(bytes(), (data) => {
      const text = toBase64Url(data);
      assert.equal(text, Buffer.from(data).toString("base64url"));
      assert.deepEqual(fromBase64Url(text), new Uint8Array(data));
    }));
  });

  it("is decoded directly to the same text as through its bytes", () => {
    const ofBytes = (text: string): string | null => {
      const data = fromBase64Url(text);
      return data === null ? null : fromUtf8(data);
    };
    const pieces = hostileMix("A", "b", "9", "-", "_", "w6k", "77-9", "=", " ", "AAAA");
    const texts = fc.oneof(
      pieces,
      hostileText(),
      bytes().map(toBase64Url),
      fc.string().map((text) => toBase64Url(utf8(text))),
    );
    fc.assert(fc.property(texts, (text) => assert.equal(textFromBase64Url(text), ofBytes(text))));
  });

  it("is canonical: decoded text is encoded to the same text", () => {
    const pieces = hostileMix("A", "b", "9", "-", "_", "+", "/", "=", " ", "\n", "AAAA");
    fc.assert(fc.property(fc.oneof(pieces, hostileText()), (text) => {
      const data = fromBase64Url(text);
      if (data !== null) assert.equal(toBase64Url(data), text);
    }));
  });

  for (
    const text of [
      "A",
      "AAAAA",
      "AA==",
      "AA=",
      "+A",
      "/A",
      "A A",
      "AA\n",
      "AB",
      "AAB",
      "ÀA",
      "\ud800A",
      "AA\0",
    ]
  ) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(fromBase64Url(text), null);
    });
  }

  it("decodes the empty text to no bytes", () => {
    assert.deepEqual(fromBase64Url(""), new Uint8Array(0));
  });
});

describe("hex", () => {
  it("equals that of Node's Buffer", () => {
    fc.assert(fc.property(bytes(), (data) => {
      assert.equal(toHex(data), Buffer.from(data).toString("hex"));
    }));
  });
});

describe("UTF-8", () => {
  it("is decoded again, including byte order marks", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(fromUtf8(utf8(text)), text);
      assert.equal(fromUtf8(utf8("\ufeff" + text)), "\ufeff" + text);
    }));
  });

  it("returns null for invalid bytes, and never throws", () => {
    assert.equal(fromUtf8(Uint8Array.of(0xff)), null);
    assert.equal(fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80)), null);
    fc.assert(fc.property(bytes(), (data) => {
      const text = fromUtf8(data);
      if (text !== null) assert.deepEqual(utf8(text), new Uint8Array(data));
    }));
  });

  it("cannot represent a lone surrogate, which isWellFormed detects", () => {
    for (const text of ["\ud800", "a\udc00b", "\udc00\ud800"]) assert.equal(isWellFormed(text), false);
    for (const text of ["", "é", "\u{1f600}", "\ufffd"]) assert.equal(isWellFormed(text), true);
  });
});

describe("Latin-1", () => {
  it("maps every byte to a character, including those that differ in Windows-1252", () => {
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    assert.deepEqual(latin1(fromLatin1(all)), all);
    assert.equal(fromLatin1(Uint8Array.of(0x80)), "\x80");
  });

  it("decodes more bytes than fit into one call", () => {
    const data = new Uint8Array(200_001).fill(0x41);
    assert.equal(fromLatin1(data), "A".repeat(200_001));
  });

  it("returns null for characters outside Latin-1", () => {
    assert.equal(latin1("a\u0100"), null);
    assert.equal(latin1("\u{1f600}"), null);
  });
});

describe("comparison in constant time", () => {
  it("equals === for texts", () => {
    fc.assert(fc.property(hostileText(4), hostileText(4), (a, b) => {
      assert.equal(constantTimeEqual(a, b), a === b);
      assert.equal(constantTimeEqual(a, a), true);
    }));
  });

  it("distinguishes texts that have the same UTF-8", () => {
    assert.equal(constantTimeEqual("\ud800", "\ufffd"), false);
  });

  it("compares bytes with bytes and with text", () => {
    assert.equal(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
    assert.equal(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
    assert.equal(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1)), false);
    assert.equal(constantTimeEqual("é", Uint8Array.of(0xc3, 0xa9)), true);
  });
});

it("concatBytes keeps the order of its parts", () => {
  assert.deepEqual(
    concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)),
    Uint8Array.of(1, 2, 3),
  );
  assert.deepEqual(concatBytes(), new Uint8Array(0));
});
