/** Numbers that came lately, in a fixed piece of memory: a set would grow with everything that comes once and never again. */

/** Remembers numbers; see {@link createMarks}. */
export interface Marks {
  /** Whether this whole number of 32 bits came before and was not pushed out since; from now on it did. */
  hasSeen(mark: number): boolean;
  /** Whether it came before; this question does not count. */
  has(mark: number): boolean;
}

/**
 * How many numbers share a bucket. Those that come again and again push each other out for ever where more of them meet in
 * one: with two, an eighth of as many numbers as there are buckets, with four, a hundredth.
 */
const BUCKET = 4;

/**
 * Makes a table in which each number has one bucket, and the last four that asked for it lie there: a number is forgotten
 * when four others take its place. Nothing may rest on the answer but when something is kept.
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
    return slots[bucket] === mark || slots[bucket + 1] === mark || slots[bucket + 2] === mark ||
      slots[bucket + 3] === mark;
  };
  return {
    has,
    hasSeen(mark) {
      if (has(mark)) return true;
      const bucket = bucketOf(mark);
      slots.copyWithin(bucket + 1, bucket, bucket + BUCKET - 1);
      slots[bucket] = mark;
      return false;
    },
  };
}
