/**
 * BLAKE2b-512 (RFC 7693), unkeyed: Python's `hashlib.blake2b`, which Django's `algorithm` may name and which Bun's
 * `node:crypto` and oslo lack. For that one gap only.
 */

import { concatBytes } from "../internal/bytes.ts";

const MASK = (1n << 64n) - 1n;

/** The initial state: that of SHA-512. */
const IV: readonly bigint[] = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
];

/** The order of the message's words in each round; rounds 10 and 11 are rounds 0 and 1 again. */
const SIGMA: readonly number[][] = [
  "0123456789abcdef",
  "ea489fd61c02b753",
  "b8c052fdae367194",
  "7931dcbe265a40f8",
  "905724afe1bc683d",
  "2c6a0b834d75fe19",
  "c51fed4a0763928b",
  "db7ec13950f4862a",
  "6fe9b308c2d714a5",
  "a2847615fb9e3cd0",
].map((row) => Array.from(row, (digit) => Number.parseInt(digit, 16)));

/** Which words of the state each of the eight mixings of a round takes: columns, then diagonals. */
const LANES: readonly (readonly [number, number, number, number])[] = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];

/** The hash, in the shape of oslo's hash classes. */
export class Blake2b {
  /** Bytes of a block, as HMAC needs to know. */
  blockSize = 128;
  /** Bytes of the digest. */
  size = 64;
  #parts: Uint8Array[] = [];

  /** Takes more bytes. */
  update(data: Uint8Array): void {
    this.#parts.push(data.slice());
  }

  /** The digest of all bytes taken. */
  digest(): Uint8Array {
    const data = concatBytes(...this.#parts);
    // The parameter block: 64 bytes of digest, no key, fan-out and depth 1.
    const state = IV.map((word, index) => (index === 0 ? word ^ 0x01010040n : word));
    const blocks = Math.max(Math.ceil(data.length / this.blockSize), 1);
    for (let index = 0; index < blocks; index++) {
      const block = new Uint8Array(this.blockSize);
      block.set(data.subarray(index * this.blockSize, (index + 1) * this.blockSize));
      const isLast = index === blocks - 1;
      compress(state, block, isLast ? data.length : (index + 1) * this.blockSize, isLast);
    }
    const digest = new DataView(new ArrayBuffer(this.size));
    state.forEach((word, index) => digest.setBigUint64(index * 8, word, true));
    return new Uint8Array(digest.buffer);
  }
}

/** The compression function F: mixes one block into the state. */
function compress(state: bigint[], block: Uint8Array, counter: number, isLast: boolean): void {
  const view = new DataView(block.buffer);
  const words = Array.from({ length: 16 }, (_, index) => view.getBigUint64(index * 8, true));
  const mixed = [...state, ...IV];
  mixed[12]! ^= BigInt(counter);
  if (isLast) mixed[14]! ^= MASK;
  for (let round = 0; round < 12; round++) {
    const order = SIGMA[round % 10]!;
    LANES.forEach((lane, index) =>
      mix(mixed, lane, words[order[index * 2]!]!, words[order[index * 2 + 1]!]!)
    );
  }
  for (let index = 0; index < 8; index++) state[index]! ^= mixed[index]! ^ mixed[index + 8]!;
}

/** The mixing function G. */
function mix(
  v: bigint[],
  [a, b, c, d]: readonly [number, number, number, number],
  x: bigint,
  y: bigint,
): void {
  v[a] = (v[a]! + v[b]! + x) & MASK;
  v[d] = rotateRight(v[d]! ^ v[a]!, 32n);
  v[c] = (v[c]! + v[d]!) & MASK;
  v[b] = rotateRight(v[b]! ^ v[c]!, 24n);
  v[a] = (v[a]! + v[b]! + y) & MASK;
  v[d] = rotateRight(v[d]! ^ v[a]!, 16n);
  v[c] = (v[c]! + v[d]!) & MASK;
  v[b] = rotateRight(v[b]! ^ v[c]!, 63n);
}

function rotateRight(word: bigint, bits: bigint): bigint {
  return (word >> bits) | ((word << (64n - bits)) & MASK);
}
