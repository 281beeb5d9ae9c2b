import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Blake2b } from "../../../src/crypto/blake2b.ts";
import { toHex } from "../../../src/internal/bytes.ts";

/** The first 16 bytes of `hashlib.blake2b(bytes(i % 251 for i in range(length)))`, around the borders of blocks. */
const KNOWN: [number, string][] = [
  [0, "786a02f742015903c6c6fd852552d272"],
  [1, "2fa3f686df876995167e7c2e5d74c4c7"],
  [127, "b6292669ccd38d5f01caae96ba272c76"],
  [128, "2319e3789c47e2daa5fe807f61bec2a1"],
  [129, "f59711d44a031d5f97a9413c065d1e61"],
  [255, "fe2c02da499516b0e9fb2dd70c49eb36"],
  [256, "93463ac058b6163eb43be3f5bb32b285"],
  [257, "9ca40e2ddee9436dbbd08efc65dbaf48"],
  [1000, "c11e1c0340bd7e5a1b275f1230c962fa"],
];

describe("BLAKE2b", () => {
  for (const [length, digest] of KNOWN) {
    const data = Uint8Array.from({ length }, (_, index) => index % 251);

    it(`of ${length} bytes is that of Python`, () => {
      const hash = new Blake2b();
      hash.update(data);
      assert.equal(toHex(hash.digest()).slice(0, 32), digest);
    });

    it(`of ${length} bytes does not depend on how they come`, () => {
      const hash = new Blake2b();
      for (let start = 0; start < length; start += 37) {
        const piece = data.slice(start, start + 37);
        hash.update(piece);
        piece.fill(0);
      }
      assert.equal(toHex(hash.digest()).slice(0, 32), digest);
    });
  }
});
