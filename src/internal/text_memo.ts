/** A bounded cache of results by long strings, for results that cannot change during the cache's lifetime. */

import { detached } from "./bytes.ts";
import { createMarks } from "./marks.ts";

/** The limits of {@link createTextMemo}. */
export interface TextMemoOptions {
  /** How many results are kept at least, `characters` permitting; at most twice as many are. */
  readonly entries?: number | undefined;
  /** How many characters of strings and results are kept; at most twice as many are. */
  readonly characters?: number | undefined;
  /** Compares a cached string with a new one; `===` by default. */
  readonly isSame?: ((kept: string, text: string) => boolean) | undefined;
}

/** As many as a busy node has sockets: if all of them reconnect at the same time, each is known. */
const DEFAULT_ENTRIES = 8192;
/** A thousand per entry, so that only large sessions lead to earlier eviction. */
const DEFAULT_CHARACTERS = 8 * 1024 * 1024;
/** Longer strings are not cached: a few sessions of megabytes must not fill the cache. */
const MAX_TEXT_LENGTH = 8192;
/** How many strings are remembered as seen once, per cached result. */
const MARKS_PER_ENTRY = 4;
/**
 * The length of a string's end, a signature or hash, that identifies it. Strings are found by a number computed from
 * it: a Map would read all of the string, which takes half as long as an HMAC. Of strings that end alike, the last one
 * is kept.
 */
const MARKED_LENGTH = 16;

/** A bounded cache; see {@link createTextMemo}. */
export interface TextMemo<Value> {
  /** Returns the cached result of a string. */
  get(text: string): Value | undefined;
  /**
   * Caches a result.
   *
   * @param characters the size of the value, besides the string
   */
  set(text: string, value: Value, characters?: number): void;
  /** Caches the result of `make` if the string was seen before: strings seen once, as from a flood, evict nothing. */
  offer(text: string, make: () => Value, characters?: number): void;
}

/** One of the two halves of a cache. */
interface Generation<Value> {
  readonly found: Map<number, Kept<Value>>;
  characters: number;
}

interface Kept<Value> {
  readonly text: string;
  readonly value: Value;
  readonly characters: number;
}

/** Creates a cache of two generations: a hit is one lookup in one Map, without the bookkeeping of an LRU. */
export function createTextMemo<Value>(options: TextMemoOptions = {}): TextMemo<Value> {
  const { entries = DEFAULT_ENTRIES, characters: most = DEFAULT_CHARACTERS, isSame = isSameText } = options;
  const cameOnce = createMarks(entries * MARKS_PER_ENTRY);
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
    if (text.length > MAX_TEXT_LENGTH) return;
    keep(markOf(text), { text, value, characters: text.length + characters });
  }

  return {
    get(text) {
      const mark = markOf(text);
      const recent = young.found.get(mark);
      const known = recent ?? old.found.get(mark);
      // Another string may have the same mark.
      if (known === undefined || !isSame(known.text, text)) return undefined;
      if (recent === undefined) keep(mark, known);
      return known.value;
    },
    set,
    offer(text, make, characters) {
      // Detached from the longer string it was sliced from, such as a header.
      if (text.length <= MAX_TEXT_LENGTH && cameOnce.markSeen(markOf(text))) {
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
