/** What long texts mean, kept within bounds of memory: results of pure functions only. */

/** How many results are kept at least; there are at most twice as many. */
const GENERATION = 2048;
/** Longer texts are not kept: a few sessions of megabytes must not fill the memory. */
const MAX_LENGTH = 8192;
/** How many texts are known to have come once, for each result that is kept. */
const MARKS = 2;
/** Characters at the end of a text that tell it from others: there is the signature, or the hash. */
const MARKED_LENGTH = 16;

/** A bounded memory; see {@link createTextMemo}. */
export interface TextMemo<Value> {
  /** What is known about a text. */
  get(text: string): Value | undefined;
  /** Keeps it. */
  set(text: string, value: Value): void;
  /** Keeps it where the text came before: what comes once, as with a reconnecting crowd, pushes nothing out. */
  offer(text: string, value: Value): void;
}

/** Makes a memory of two generations: a hit is one look-up in one Map, without the bookkeeping of an LRU. */
export function createTextMemo<Value>(generation: number = GENERATION): TextMemo<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  const cameOnce = new Set<number>();

  function set(text: string, value: Value): void {
    if (text.length > MAX_LENGTH) return;
    if (young.size >= generation) {
      old = young;
      young = new Map();
    }
    young.set(text, value);
  }

  return {
    get(text) {
      const value = young.get(text);
      if (value !== undefined) return value;
      const survivor = old.get(text);
      if (survivor !== undefined) set(text, survivor);
      return survivor;
    },
    set,
    offer(text, value) {
      const mark = markOf(text);
      // Two texts may have one mark; then one of them is kept a little early.
      if (cameOnce.delete(mark)) return set(text, value);
      if (cameOnce.size >= generation * MARKS) cameOnce.clear();
      cameOnce.add(mark);
    },
  };
}

function markOf(text: string): number {
  let mark = text.length;
  for (let index = Math.max(0, text.length - MARKED_LENGTH); index < text.length; index++) {
    mark = (Math.imul(mark, 31) + text.charCodeAt(index)) | 0;
  }
  return mark;
}
