import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  createHmac,
  createTextHmac,
  digestSize,
  hash,
  type HashAlgorithm,
  hashText,
  portablePrimitive,
  requireAlgorithm,
} from "../../../src/crypto/hmac.ts";
import { DjauthError } from "../../../src/errors.ts";
import { toBase64Url, toHex, utf8 } from "../../../src/internal/bytes.ts";

/** The first 16 bytes of Python's hash of "abc", and of its HMAC of "The quick brown fox" with the key "key". */
const KNOWN: [HashAlgorithm, string, string][] = [
  ["md5", "900150983cd24fb0d6963f7d28e17f72", "d006bc60c92ff6e54f615474fe835e02"],
  ["sha1", "a9993e364706816aba3e25717850c26c", "22f9e077a3cebd09248154f85d9a56c7"],
  ["sha224", "23097d223405d8228642a477bda255b3", "aca35715b8cae3bcf41f49c9a5f88a17"],
  ["sha256", "ba7816bf8f01cfea414140de5dae2223", "203d1e5cedd2d18f8c5a3beff0bd9c1e"],
  ["sha384", "cb00753f45a35e8bb5a03d699ac65007", "60638fa0aa4b044fc6f50d5c4a11dd5c"],
  ["sha512", "ddaf35a193617abacc417349ae204131", "36f44b125a8a90639dc4673303957179"],
  ["sha3_224", "e642824c3f8cf24ad09234ee7d3c766f", "56ea9366897b0b456f38ab435a4505aa"],
  ["sha3_256", "3a985da74fe225b2045c172d6bd390bd", "f7005cd351f68062dae84960737be699"],
  ["sha3_384", "ec01498288516fc926459f58e2c6ad8d", "4b19686d5bac96fc8cbfc15e74bf0fcb"],
  ["sha3_512", "b751850b1a57168a5693cd924b6b096e", "fe05f476749b1e8a24f09b8e90d3dac1"],
  ["blake2b", "ba80a53f981c4d0d6a2797b69f12f6e9", "5c169e8a18362381efbc0f688fa1d48e"],
  ["blake2s", "508c5e8c327c14e2e1a72ba34eeb452f", "8717096fc5e7ac53d11d990acd4380c9"],
];

for (const [algorithm, digest, mac] of KNOWN) {
  describe(`the hash and HMAC of ${algorithm}`, () => {
    it("equal Python's", () => {
      assert.equal(toHex(hash(algorithm, utf8("abc"))).slice(0, 32), digest);
      assert.equal(toHex(createHmac(algorithm, utf8("key"))("The quick brown fox")).slice(0, 32), mac);
      assert.equal(hash(algorithm, utf8("abc")).length, digestSize(algorithm));
    });

    it("are plain bytes on every runtime", () => {
      assert.equal(Object.getPrototypeOf(hash(algorithm, utf8("abc"))), Uint8Array.prototype);
      assert.equal(Object.getPrototypeOf(createHmac(algorithm, utf8("key"))("abc")), Uint8Array.prototype);
    });

    it("are the same in their text form", () => {
      const data = fc.uint8Array({ maxLength: 300 });
      fc.assert(
        fc.property(data, data, (key, bytes) => {
          const mac = createTextHmac(algorithm, key);
          assert.equal(mac(bytes), toBase64Url(createHmac(algorithm, key)(bytes)));
          assert.equal(mac(toHex(bytes)), toBase64Url(createHmac(algorithm, key)(toHex(bytes))));
        }),
        { numRuns: 30 },
      );
    });

    if (algorithm === "md5") return;
    it("are the same in plain JavaScript", () => {
      const portable = portablePrimitive(algorithm);
      const data = fc.uint8Array({ maxLength: 300 });
      fc.assert(
        fc.property(data, data, (key, bytes) => {
          assert.deepEqual(portable.hash(bytes), hash(algorithm, bytes));
          const text = toHex(bytes);
          for (const encoding of ["base64url", "hex"] as const) {
            assert.equal(portable.hashText(text, encoding), hashText(algorithm, text, encoding));
          }
          assert.equal(hashText(algorithm, text), toBase64Url(hash(algorithm, utf8(text))));
          assert.deepEqual(portable.createHmac(key)(bytes), createHmac(algorithm, key)(bytes));
        }),
        { numRuns: 30 },
      );
    });
  });
}

it("a text is hashed as its UTF-8, including lone surrogates", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }), (units) => {
    const text = String.fromCharCode(...units);
    const bytesOf = createHmac("sha256", utf8("key"));
    assert.deepEqual(bytesOf(text), bytesOf(utf8(text)));
    const mac = createTextHmac("sha256", utf8("key"));
    assert.equal(mac(text), mac(utf8(text)));
    assert.deepEqual(portablePrimitive("sha256").createHmac(utf8("key"))(text), bytesOf(text));
  }));
});

describe("the name of an algorithm", () => {
  it("is accepted if Python has it", () => {
    assert.equal(requireAlgorithm("sha3_256"), "sha3_256");
  });

  for (const name of ["whatever", "", "SHA256", "sha3-256", "__proto__", "constructor", "new", "shake_128"]) {
    it(`is refused if it is ${JSON.stringify(name)}`, () => {
      assert.throws(
        () => requireAlgorithm(name),
        (error) => error instanceof DjauthError && error.code === "invalid_algorithm",
      );
    });
  }

  it("is refused in plain JavaScript if only node:crypto has it", () => {
    assert.throws(
      () => portablePrimitive("md5"),
      (error) => error instanceof DjauthError && error.code === "invalid_algorithm",
    );
  });
});
