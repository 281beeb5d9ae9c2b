/** What long texts mean, kept within bounds of memory: results of pure functions only. */

import { createMarks } from "./marks.ts";

/** How much a memory may hold. */
export interface TextMemoOptions {
  /** How many results are kept at least, where `characters` lets them; there are at most twice as many. */
  readonly entries?: number | undefined;
  /** How many characters of texts and results are kept, at most twice as many. */
  readonly characters?: number | undefined;
}

/** As many as the sockets of a busy node: when all of them come back at once, each is known. */
const ENTRIES = 8192;
/** A thousand for each entry, so that it is large sessions alone that make the memory forget earlier. */
const CHARACTERS = 8 * 1024 * 1024;
/** Longer texts are not kept: a few sessions of megabytes must not fill the memory. */
const MAX_LENGTH = 8192;
/** How many texts are known to have come once, for each result that is kept. */
const MARKS = 4;
/** Characters at the end of a text that tell it from others: there is the signature, or the hash. */
const MARKED_LENGTH = 16;

/** A bounded memory; see {@link createTextMemo}. */
export interface TextMemo<Value> {
  /** What is known about a text. */
  get(text: string): Value | undefined;
  /**
   * Keeps it.
   *
   * @param characters that the value takes beside the text
   */
  set(text: string, value: Value, characters?: number): void;
  /**
   * Keeps what `make` gives where the text came before: what comes once, as with a crowd of strangers, pushes nothing out.
   *
   * @param characters that the value takes beside the text
   * @param ending whose last characters tell the text from others; its own if not given
   */
  offer(text: string, make: () => Value, characters?: number, ending?: string): void;
}

/** One of the two halves of a memory. */
interface Generation<Value> {
  readonly found: Map<string, Kept<Value>>;
  characters: number;
}

interface Kept<Value> {
  readonly value: Value;
  readonly characters: number;
}

/** Makes a memory of two generations: a hit is one look-up in one Map, without the bookkeeping of an LRU. */
export function createTextMemo<Value>(options: TextMemoOptions = {}): TextMemo<Value> {
  const { entries = ENTRIES, characters: most = CHARACTERS } = options;
  const cameOnce = createMarks(entries * MARKS);
  let young: Generation<Value> = { found: new Map(), characters: 0 };
  let old = young;

  function keep(text: string, kept: Kept<Value>): void {
    if (young.found.size >= entries || young.characters + kept.characters > most) {
      old = young;
      young = { found: new Map(), characters: 0 };
    }
    young.found.set(text, kept);
    young.characters += kept.characters;
  }

  function set(text: string, value: Value, characters = 0): void {
    if (text.length <= MAX_LENGTH) keep(text, { value, characters: text.length + characters });
  }

  return {
    get(text) {
      const known = young.found.get(text);
      if (known !== undefined) return known.value;
      const survivor = old.found.get(text);
      if (survivor !== undefined) keep(text, survivor);
      return survivor?.value;
    },
    set,
    offer(text, make, characters, ending = text) {
      if (cameOnce.hasSeen(markOf(ending))) set(text, make(), characters);
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
