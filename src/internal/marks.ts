/** Numbers that came lately, in a fixed piece of memory: a set would grow with everything that comes once and never again. */

/** Remembers numbers; see {@link createMarks}. */
export interface Marks {
  /** Whether this whole number of 32 bits came before and was not pushed out since; from now on it did. */
  hasSeen(mark: number): boolean;
}

/**
 * Makes a table in which each number has one slot, and the last one that asked for it lies there: a number is forgotten
 * when another one takes its slot. Nothing may rest on the answer but when something is kept.
 *
 * @param count how many are remembered, more or less
 */
export function createMarks(count: number): Marks {
  const length = 2 ** Math.ceil(Math.log2(Math.max(count, 2)));
  const slots = new Int32Array(length);
  return {
    hasSeen(mark) {
      const slot = (mark ^ (mark >>> 15)) & (length - 1);
      // A free slot holds 0, which therefore counts as seen: its text is kept a little early.
      const isSeen = slots[slot] === (mark | 0);
      slots[slot] = mark;
      return isSeen;
    },
  };
}
