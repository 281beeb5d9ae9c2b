/**
 * BLAKE2b-512 and BLAKE2s-256 (RFC 7693), unkeyed: Python's `hashlib.blake2b` and `blake2s`, which Django's `algorithm`
 * may name and which Bun's `node:crypto` and oslo lack. For that gap only: the shortest code, not the fastest.
 */

import { concatBytes } from "../internal/bytes.ts";

/** The parameters in which the two differ. */
interface Variant {
  /** The bits per word. */
  readonly bits: bigint;
  readonly rounds: number;
  /** The rotation distances of the mixing function. */
  readonly rotations: readonly [bigint, bigint, bigint, bigint];
  /** The initial state. */
  readonly iv: readonly bigint[];
}

/** The initial state of SHA-512; the upper halves of its words are the initial state of SHA-256. */
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

const B: Variant = { bits: 64n, rounds: 12, rotations: [32n, 24n, 16n, 63n], iv: IV };
const S: Variant = {
  bits: 32n,
  rounds: 10,
  rotations: [16n, 12n, 8n, 7n],
  iv: IV.map((word) => word >> 32n),
};

/** The order of the message words in each round; rounds 10 and 11 repeat rounds 0 and 1. */
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

/** The state words of each of the eight mixings of a round: columns, then diagonals. */
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

/** The common part of both, with the interface of oslo's hash classes. */
abstract class Blake2 {
  /** The bytes per block, for HMAC. */
  blockSize: number;
  /** The bytes of the digest. */
  size: number;
  readonly #variant: Variant;
  #parts: Uint8Array[] = [];

  constructor(variant: Variant) {
    this.#variant = variant;
    // Sixteen words per block, eight per digest.
    this.blockSize = Number(variant.bits) * 2;
    this.size = Number(variant.bits);
  }

  /** Appends bytes. */
  update(data: Uint8Array): void {
    this.#parts.push(data.slice());
  }

  /** Returns the digest of all appended bytes. */
  digest(): Uint8Array {
    const data = concatBytes(...this.#parts);
    const variant = this.#variant;
    // The parameter block: the digest length, no key, fan-out and depth 1.
    const state = variant.iv.map((word, index) => (index === 0 ? word ^ 0x01010000n ^ variant.bits : word));
    const blocks = Math.max(Math.ceil(data.length / this.blockSize), 1);
    for (let index = 0; index < blocks; index++) {
      const block = new Uint8Array(this.blockSize);
      block.set(data.subarray(index * this.blockSize, (index + 1) * this.blockSize));
      const isLast = index === blocks - 1;
      const counter = isLast ? data.length : (index + 1) * this.blockSize;
      compress(variant, state, wordsOf(variant, block), BigInt(counter), isLast);
    }
    return bytesOf(variant, state);
  }
}

/** BLAKE2b with a digest of 64 bytes. */
export class Blake2b extends Blake2 {
  constructor() {
    super(B);
  }
}

/** BLAKE2s with a digest of 32 bytes. */
export class Blake2s extends Blake2 {
  constructor() {
    super(S);
  }
}

/** Mixes one block into the state: the compression function F. */
function compress(
  variant: Variant,
  state: bigint[],
  words: readonly bigint[],
  counter: bigint,
  isLast: boolean,
): void {
  const mixed = [...state, ...variant.iv];
  // The upper half of the counter stays zero: no input has that many bytes.
  mixed[12]! ^= counter;
  if (isLast) mixed[14] = BigInt.asUintN(Number(variant.bits), ~mixed[14]!);
  for (let round = 0; round < variant.rounds; round++) {
    const order = SIGMA[round % 10]!;
    LANES.forEach((lane, index) =>
      mix(variant, mixed, lane, words[order[index * 2]!]!, words[order[index * 2 + 1]!]!)
    );
  }
  for (let index = 0; index < 8; index++) state[index]! ^= mixed[index]! ^ mixed[index + 8]!;
}

/** Mixes two message words into four words of the state: the function G. */
function mix(
  { bits, rotations }: Variant,
  v: bigint[],
  [a, b, c, d]: readonly [number, number, number, number],
  x: bigint,
  y: bigint,
): void {
  const mask = (1n << bits) - 1n;
  const rotate = (word: bigint, by: bigint): bigint => (word >> by) | ((word << (bits - by)) & mask);
  v[a] = (v[a]! + v[b]! + x) & mask;
  v[d] = rotate(v[d]! ^ v[a]!, rotations[0]);
  v[c] = (v[c]! + v[d]!) & mask;
  v[b] = rotate(v[b]! ^ v[c]!, rotations[1]);
  v[a] = (v[a]! + v[b]! + y) & mask;
  v[d] = rotate(v[d]! ^ v[a]!, rotations[2]);
  v[c] = (v[c]! + v[d]!) & mask;
  v[b] = rotate(v[b]! ^ v[c]!, rotations[3]);
}

/** Reads the words of a block, which are little-endian. */
function wordsOf({ bits }: Variant, block: Uint8Array): bigint[] {
  const size = Number(bits) / 8;
  return Array.from({ length: 16 }, (_, word) => {
    const bytes = block.subarray(word * size, (word + 1) * size);
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  });
}

function bytesOf({ bits }: Variant, words: readonly bigint[]): Uint8Array {
  const size = Number(bits) / 8;
  return Uint8Array.from({ length: words.length * size }, (_, index) => {
    const word = words[Math.floor(index / size)]!;
    return Number((word >> BigInt(8 * (index % size))) & 0xffn);
  });
}
