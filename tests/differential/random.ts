/** Reproducible randomness: a case depends only on the seed, the name of its test and its index. */

import process from "node:process";

/** Cases per comparison; `DIFFERENTIAL_COUNT` overrides it for long runs. */
export const COUNT: number = Number(process.env.DIFFERENTIAL_COUNT || 2000);

/** `DIFFERENTIAL_SEED`; fixed by default, so that failures are reproducible. */
export const SEED: number = Number(process.env.DIFFERENTIAL_SEED || 20261122);

/** Random choices (mulberry32). */
export class Random {
  #state: number;

  /** @param name of the test, so that no two tests have the same cases */
  constructor(name: string, index: number, seed: number = SEED) {
    let hash = seed ^ Math.imul(index + 1, 0x9e3779b1);
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    this.#state = hash;
  }

  /** 32 bits. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor((this.bits() / 2 ** 32) * limit);
  }

  /** An integer, both ends included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** `true` with a probability of one in `chances`. */
  oneIn(chances: number): boolean {
    return this.below(chances) === 0;
  }

  /** A random item. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** `count` items. */
  many<Item>(count: number, make: () => Item): Item[] {
    return Array.from({ length: count }, make);
  }

  /** From `least` to `most` letters of an alphabet. */
  letters(alphabet: string, most: number, least: number = 0): string {
    return this.many(this.between(least, most), () => alphabet[this.below(alphabet.length)]).join("");
  }

  /** Random bytes, in the form of djauth's `randomBytes` option. */
  readonly bytes = (size: number): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(this.many(size, () => this.below(256)));

  /** Any finite double. */
  double(): number {
    const view = new DataView(new ArrayBuffer(8));
    view.setUint32(0, this.bits());
    view.setUint32(4, this.bits());
    const value = view.getFloat64(0);
    return Number.isFinite(value) ? value : this.below(1000) / 8;
  }

  /** An integer of up to `digits` digits. */
  integer(digits: number): bigint {
    const text = this.letters("0123456789", digits, 1);
    return this.oneIn(2) ? BigInt(text) : -BigInt(text);
  }
}
