/** Recently seen numbers, in a fixed amount of memory: a Set would grow with every number that is seen just once. */

/** A memory of recent numbers; see {@link createMarks}. */
export interface Marks {
  /** Returns whether this 32-bit integer was seen before and not evicted since, and marks it as seen. */
  markSeen(mark: number): boolean;
}

/**
 * How many numbers share a bucket. If more recurring ones meet in it, they evict each other for ever: in a table of
 * twice as many slots as numbers that happens to one in four with buckets of two, and to one in twenty with four.
 */
const BUCKET_SIZE = 4;

/**
 * Creates a table in which each number has one bucket, which keeps the four most recent: a number is forgotten after
 * four others took its place. The answer may only decide what is cached, since it can be wrong.
 *
 * @param count roughly how many numbers are remembered
 */
export function createMarks(count: number): Marks {
  const buckets = 2 ** Math.ceil(Math.log2(Math.max(count / BUCKET_SIZE, 1)));
  const slots = new Int32Array(buckets * BUCKET_SIZE);
  const bucketOf = (mark: number): number => ((mark ^ (mark >>> 15)) & (buckets - 1)) * BUCKET_SIZE;
  /**
   * Moves a number to the front of its bucket; those before `index` move back, and a full bucket drops its last one.
   */
  const toFront = (mark: number, bucket: number, index: number): void => {
    const last = bucket + Math.min(index, BUCKET_SIZE - 1);
    for (let slot = last; slot > bucket; slot--) slots[slot] = slots[slot - 1]!;
    slots[bucket] = mark;
  };
  // A free slot holds 0, which therefore counts as seen.
  return {
    markSeen(mark) {
      const bucket = bucketOf(mark);
      let index = 0;
      while (index < BUCKET_SIZE && slots[bucket + index] !== mark) index++;
      toFront(mark, bucket, index);
      return index < BUCKET_SIZE;
    },
  };
}
