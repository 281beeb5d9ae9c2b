/** Numbers that came lately, in a fixed piece of memory: a set would grow with everything that comes once and never again. */

/** Remembers numbers; see {@link createMarks}. */
export interface Marks {
  /** Whether this whole number of 32 bits came before and was not pushed out since; from now on it did. */
  hasSeen(mark: number): boolean;
  /** Whether it came before; this question does not count. */
  has(mark: number): boolean;
}

/** How many numbers share a bucket: with one alone, two that come again and again would push each other out for ever. */
const BUCKET = 2;

/**
 * Makes a table in which each number has one bucket, and the last two that asked for it lie there: a number is forgotten
 * when two others take its place. Nothing may rest on the answer but when something is kept.
 *
 * @param count how many are remembered, more or less
 */
export function createMarks(count: number): Marks {
  const buckets = 2 ** Math.ceil(Math.log2(Math.max(count / BUCKET, 1)));
  const slots = new Int32Array(buckets * BUCKET);
  const bucketOf = (mark: number): number => ((mark ^ (mark >>> 15)) & (buckets - 1)) * BUCKET;
  // A free slot holds 0, which therefore counts as seen.
  const has = (mark: number): boolean => {
    const bucket = bucketOf(mark);
    return slots[bucket] === mark || slots[bucket + 1] === mark;
  };
  return {
    has,
    hasSeen(mark) {
      if (has(mark)) return true;
      const bucket = bucketOf(mark);
      slots[bucket + 1] = slots[bucket]!;
      slots[bucket] = mark;
      return false;
    },
  };
}
