/** What long texts mean, kept within bounds of memory: only what cannot change for as long as the memory lives. */

import { detached } from "./bytes.ts";
import { createMarks } from "./marks.ts";

/** How much a memory may hold. */
export interface TextMemoOptions {
  /** How many results are kept at least, where `characters` lets them; there are at most twice as many. */
  readonly entries?: number | undefined;
  /** How many characters of texts and results are kept, at most twice as many. */
  readonly characters?: number | undefined;
  /** Compares a text that is kept with one that came; `===` if not given. */
  readonly isSame?: ((kept: string, text: string) => boolean) | undefined;
}

/** As many as the sockets of a busy node: when all of them come back at once, each is known. */
const ENTRIES = 8192;
/** A thousand for each entry, so that it is large sessions alone that make the memory forget earlier. */
const CHARACTERS = 8 * 1024 * 1024;
/** Longer texts are not kept: a few sessions of megabytes must not fill the memory. */
const MAX_LENGTH = 8192;
/** How many texts are known to have come once, for each result that is kept. */
const MARKS = 4;
/**
 * Characters at the end of a text that tell it from others: there is the signature, or the hash. A text is found by a number
 * made of them: a Map would read all of it, which takes half as long as an HMAC. Of texts that end alike, the last one is kept.
 */
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
  /** Keeps what `make` gives where the text came before: what comes once, as with a crowd of strangers, pushes nothing out. */
  offer(text: string, make: () => Value, characters?: number): void;
}

/** One of the two halves of a memory. */
interface Generation<Value> {
  readonly found: Map<number, Kept<Value>>;
  characters: number;
}

interface Kept<Value> {
  readonly text: string;
  readonly value: Value;
  readonly characters: number;
}

/** Makes a memory of two generations: a hit is one look-up in one Map, without the bookkeeping of an LRU. */
export function createTextMemo<Value>(options: TextMemoOptions = {}): TextMemo<Value> {
  const { entries = ENTRIES, characters: most = CHARACTERS, isSame = isSameText } = options;
  const cameOnce = createMarks(entries * MARKS);
  let young: Generation<Value> = { found: new Map(), characters: 0 };
  let old = young;

  function keep(mark: number, kept: Kept<Value>): void {
    if (young.found.size >= entries || young.characters + kept.characters > most) {
      old = young;
      young = { found: new Map(), characters: 0 };
    }
    young.found.set(mark, kept);
    young.characters += kept.characters;
  }

  function set(text: string, value: Value, characters = 0): void {
    if (text.length > MAX_LENGTH) return;
    keep(markOf(text), { text, value, characters: text.length + characters });
  }

  return {
    get(text) {
      const mark = markOf(text);
      const recent = young.found.get(mark);
      const known = recent ?? old.found.get(mark);
      // Another text may have the same mark.
      if (known === undefined || !isSame(known.text, text)) return undefined;
      if (recent === undefined) keep(mark, known);
      return known.value;
    },
    set,
    offer(text, make, characters) {
      // It must not keep a longer one alive that it was cut from, such as a header.
      if (text.length <= MAX_LENGTH && cameOnce.hasSeen(markOf(text))) {
        set(detached(text), make(), characters);
      }
    },
  };
}

function isSameText(kept: string, text: string): boolean {
  return kept === text;
}

function markOf(text: string): number {
  let mark = text.length;
  for (let index = Math.max(0, text.length - MARKED_LENGTH); index < text.length; index++) {
    mark = (Math.imul(mark, 31) + text.charCodeAt(index)) | 0;
  }
  return mark;
}
