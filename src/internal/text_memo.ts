/** What long texts mean, kept within bounds of memory: results of pure functions only. */

/** How many results are kept at least; there are at most twice as many. */
const GENERATION = 2048;
/** Longer texts are not kept: a few sessions of megabytes must not fill the memory. */
const MAX_LENGTH = 8192;

/** A bounded memory; see {@link createTextMemo}. */
export interface TextMemo<Value> {
  /** What is known about a text. */
  get(text: string): Value | undefined;
  /** Keeps it. */
  set(text: string, value: Value): void;
}

/** Makes a memory of two generations: a hit is one look-up in one Map, without the bookkeeping of an LRU. */
export function createTextMemo<Value>(generation: number = GENERATION): TextMemo<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();

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
  };
}
