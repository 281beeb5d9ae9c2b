/** Numbers that came lately, in a fixed piece of memory: a set would grow with everything that comes once and never again. */

/** Remembers numbers; see {@link createMarks}. */
export interface Marks {
  /** Whether this whole number of 32 bits came before and was not pushed out since; from now on it did. */
  hasSeen(mark: number): boolean;
}

/**
 * How many numbers share a bucket. Where more of them meet in one, those that come again and again push each other out for
 * ever: in a table of twice as many slots as there are numbers that is one in four with two, and one in twenty with four.
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
  /** Puts a number in front of its bucket; those before `index` move back, and from a full bucket the last one falls out. */
  const toFront = (mark: number, bucket: number, index: number): void => {
    const last = bucket + Math.min(index, BUCKET - 1);
    for (let slot = last; slot > bucket; slot--) slots[slot] = slots[slot - 1]!;
    slots[bucket] = mark;
  };
  // A free slot holds 0, which therefore counts as seen.
  return {
    hasSeen(mark) {
      const bucket = bucketOf(mark);
      let index = 0;
      while (index < BUCKET && slots[bucket + index] !== mark) index++;
      toFront(mark, bucket, index);
      return index < BUCKET;
    },
  };
}
