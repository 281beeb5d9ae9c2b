import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Blake2b, Blake2s } from "../../../src/crypto/blake2.ts";
import { toHex } from "../../../src/internal/bytes.ts";

/**
 * The first 16 bytes of `hashlib.blake2b(bytes(i % 251 for i in range(length)))`, for lengths around the block borders.
 */
const KNOWN:
  readonly (readonly [name: string, Hash: typeof Blake2b | typeof Blake2s, digests: [number, string][]])[] = [
    ["BLAKE2b", Blake2b, [
      [0, "786a02f742015903c6c6fd852552d272"],
      [1, "2fa3f686df876995167e7c2e5d74c4c7"],
      [127, "b6292669ccd38d5f01caae96ba272c76"],
      [128, "2319e3789c47e2daa5fe807f61bec2a1"],
      [129, "f59711d44a031d5f97a9413c065d1e61"],
      [255, "fe2c02da499516b0e9fb2dd70c49eb36"],
      [256, "93463ac058b6163eb43be3f5bb32b285"],
      [257, "9ca40e2ddee9436dbbd08efc65dbaf48"],
      [1000, "c11e1c0340bd7e5a1b275f1230c962fa"],
    ]],
    ["BLAKE2s", Blake2s, [
      [0, "69217a3079908094e11121d042354a7c"],
      [1, "e34d74dbaf4ff4c6abd871cc220451d2"],
      [63, "e57cb79487dd57902432b250733813bd"],
      [64, "56f34e8b96557e90c1f24b52d0c89d51"],
      [65, "1b53ee94aaf34e4b159d48de352c7f06"],
      [127, "f18417b39d617ab1c18fdf91ebd0fc6d"],
      [128, "1fa877de67259d19863a2a34bcc6962a"],
      [129, "5bd169e67c82c2c2e98ef7008bdf261f"],
      [1000, "1c067a5e746fb0f6734efac9a8cdb0e1"],
    ]],
  ];

for (const [name, Hash, digests] of KNOWN) {
  describe(name, () => {
    for (const [length, digest] of digests) {
      const data = Uint8Array.from({ length }, (_, index) => index % 251);

      it(`of ${length} bytes equals Python's`, () => {
        const hash = new Hash();
        hash.update(data);
        const bytes = hash.digest();
        assert.deepEqual([toHex(bytes).slice(0, 32), bytes.length], [digest, hash.size]);
      });

      it(`of ${length} bytes is the same when it is updated in pieces`, () => {
        const hash = new Hash();
        for (let start = 0; start < length; start += 37) {
          const piece = data.slice(start, start + 37);
          hash.update(piece);
          piece.fill(0);
        }
        assert.equal(toHex(hash.digest()).slice(0, 32), digest);
      });
    }
  });
}
