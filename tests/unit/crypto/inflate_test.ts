import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constants, deflateRawSync, deflateSync } from "node:zlib";
import fc from "fast-check";
import { deflate, inflate, inflatePortably } from "../../../src/crypto/inflate.ts";

const MEBIBYTE = 1024 * 1024;

/** 16 MiB that decompress to 16 GiB. */
const BOMB = bombOf(
  new Uint8Array(deflateRawSync(new Uint8Array(MEBIBYTE), { finishFlush: constants.Z_FULL_FLUSH })),
);

for (
  const [name, decompress] of [["the runtime's zlib", inflate], [
    "plain JavaScript",
    inflatePortably,
  ]] as const
) {
  describe(`inflating with ${name}`, () => {
    it("restores what was compressed", () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 5000 }), (data) => {
        assert.deepEqual(decompress(deflate(data), 5000), new Uint8Array(data));
      }));
    });

    it("reads data that comes in many pieces", () => {
      const data = Uint8Array.from({ length: 100_000 }, (_, index) => (index * index) % 251);
      assert.deepEqual(decompress(new Uint8Array(deflateSync(data, { level: 1 })), 100_000), data);
      assert.deepEqual(decompress(new Uint8Array(deflateSync(data, { level: 0 })), 100_000), data);
    });

    it("returns data of exactly the limit, and null for more", () => {
      const packed = deflate(new Uint8Array(1000));
      assert.equal(decompress(packed, 1000)?.length, 1000);
      assert.equal(decompress(packed, 999), null);
      assert.equal(decompress(packed, 0), null);
      assert.deepEqual(decompress(deflate(new Uint8Array(0)), 0), new Uint8Array(0));
    });

    it("refuses a zip bomb without unpacking it", () => {
      const before = performance.now();
      assert.equal(decompress(BOMB, MEBIBYTE), null);
      assert.ok(performance.now() - before < 1000, "it stopped early");
    });

    it("returns null for invalid or truncated data, and never throws", () => {
      const packed = deflate(new TextEncoder().encode("some text that is compressed"));
      for (let length = 0; length < packed.length; length++) {
        assert.equal(decompress(packed.subarray(0, length), 1000), null, `${length} bytes`);
      }
      fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (junk, hasHeader) => {
        const data = hasHeader ? Uint8Array.of(0x78, 0x9c, ...junk) : junk;
        const result = decompress(data, 1000);
        assert.ok(result === null || result.length <= 1000);
      }));
    });
  });
}

/** Blocks that do not end the stream can be repeated any number of times. */
function bombOf(block: Uint8Array): Uint8Array {
  const bomb = new Uint8Array(16 * MEBIBYTE);
  bomb.set([0x78, 0x9c]);
  for (let start = 2; start + block.length < bomb.length; start += block.length) bomb.set(block, start);
  return bomb;
}
