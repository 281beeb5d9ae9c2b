/**
 * Scans JSON text by the grammar of Python's `json.loads` (`NaN`, `Infinity`, integers of any size), one token at a
 * time. Values are built in `json.ts`.
 */

/** Python's limit on the digits of an integer (`sys.set_int_max_str_digits`). */
const MAX_INTEGER_DIGITS = 4300;
/** Python fails at about this depth as well: its recursion limit is 1000. */
export const MAX_DEPTH = 1000;
/** An integer of up to this many digits is always exact as a number. */
const SAFE_DIGITS = 15;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
type Word = readonly [text: string, value: unknown];
/** The literals of JSON itself. */
const JSON_WORDS: readonly Word[] = [["null", null], ["true", true], ["false", false]];
/** The literals that Python reads and writes. */
const WORDS: readonly Word[] = [
  ...JSON_WORDS,
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
];

/** The options of {@link PythonJsonScanner}. */
export interface PythonJsonOptions {
  /** Rejects `NaN` and the infinities, as `parse_constant` of Django REST framework does; `false` by default. */
  isStrict?: boolean;
}

/** Builds the values of containers; each method gets the raw text of the whole container. */
export interface ContainerBuilder {
  /** Builds an object from its members in source order; a key may occur more than once. */
  object(keys: string[], values: unknown[], texts: string[], text: string): unknown;
  /** Builds an array. */
  array(values: unknown[], texts: string[], text: string): unknown;
}

/** A cursor over JSON text. Every method throws a `SyntaxError` where Python's `json.loads` rejects the text. */
export class PythonJsonScanner {
  readonly #text: string;
  readonly #words: readonly Word[];
  #at = 0;

  constructor(text: string, { isStrict = false }: PythonJsonOptions = {}) {
    this.#text = text;
    this.#words = isStrict ? JSON_WORDS : WORDS;
  }

  /** Reads the whole text as one value. */
  document(builder: ContainerBuilder): unknown {
    this.space();
    const value = this.#value(builder, 0);
    this.end();
    return value;
  }

  /** Skips whitespace. */
  space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  /** Requires that only whitespace is left. */
  end(): void {
    this.space();
    if (this.#at < this.#text.length) throw this.#unexpected();
  }

  /** Calls `member` at the start of each value of the object that begins here; it must consume that value. */
  members(member: (key: string) => void): void {
    this.#expect(OPEN_BRACE);
    this.space();
    if (this.#take(CLOSE_BRACE)) return;
    do {
      this.space();
      const key = this.#string();
      this.space();
      this.#expect(COLON);
      this.space();
      member(key);
      this.space();
    } while (this.#take(COMMA));
    this.#expect(CLOSE_BRACE);
  }

  /** Validates and skips one value; returns its raw text. */
  skip(depth: number = 0): string {
    const start = this.#at;
    switch (this.#text.charCodeAt(start)) {
      case OPEN_BRACE:
        this.#descend(depth);
        this.members(() => this.skip(depth + 1));
        break;
      case OPEN_BRACKET:
        this.#descend(depth);
        this.#items(() => this.skip(depth + 1));
        break;
      case QUOTE:
        this.#skipString();
        break;
      default:
        this.#scalar();
    }
    return this.#text.slice(start, this.#at);
  }

  #value(builder: ContainerBuilder, depth: number): unknown {
    switch (this.#text.charCodeAt(this.#at)) {
      case OPEN_BRACE:
        return this.#object(builder, depth);
      case OPEN_BRACKET:
        return this.#array(builder, depth);
      case QUOTE:
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  #object(builder: ContainerBuilder, depth: number): unknown {
    this.#descend(depth);
    const start = this.#at;
    const keys: string[] = [];
    const values: unknown[] = [];
    const texts: string[] = [];
    this.members((key) => {
      const from = this.#at;
      keys.push(key);
      values.push(this.#value(builder, depth + 1));
      texts.push(this.#text.slice(from, this.#at));
    });
    return builder.object(keys, values, texts, this.#text.slice(start, this.#at));
  }

  #array(builder: ContainerBuilder, depth: number): unknown {
    this.#descend(depth);
    const start = this.#at;
    const values: unknown[] = [];
    const texts: string[] = [];
    this.#items(() => {
      const from = this.#at;
      values.push(this.#value(builder, depth + 1));
      texts.push(this.#text.slice(from, this.#at));
    });
    return builder.array(values, texts, this.#text.slice(start, this.#at));
  }

  #items(item: () => void): void {
    this.#expect(OPEN_BRACKET);
    this.space();
    if (this.#take(CLOSE_BRACKET)) return;
    do {
      this.space();
      item();
      this.space();
    } while (this.#take(COMMA));
    this.#expect(CLOSE_BRACKET);
  }

  #string(): string {
    const start = this.#at;
    const hasEscapes = this.#skipString();
    if (!hasEscapes) return this.#text.slice(start + 1, this.#at - 1);
    // Strings have the same grammar in JavaScript: escapes, lone surrogates, no control characters.
    return JSON.parse(this.#text.slice(start, this.#at));
  }

  #skipString(): boolean {
    let hasEscapes = false;
    this.#expect(QUOTE);
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#at++;
        return hasEscapes;
      }
      if (code === BACKSLASH) {
        hasEscapes = true;
        this.#skipEscape();
      } else if (code >= 0x20) {
        this.#at++;
      } else {
        throw this.#unexpected();
      }
    }
  }

  #skipEscape(): void {
    const letter = this.#text.charAt(this.#at + 1);
    if (letter === "u") {
      for (let digit = 2; digit < 6; digit++) {
        if (!isHexDigit(this.#text.charCodeAt(this.#at + digit))) throw this.#unexpected();
      }
      this.#at += 6;
    } else if (letter !== "" && '"\\/bfnrt'.includes(letter)) {
      this.#at += 2;
    } else {
      throw this.#unexpected();
    }
  }

  #scalar(): unknown {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match !== null) {
      this.#at += match[0].length;
      if (match[1] !== undefined || match[2] !== undefined) return Number(match[0]);
      return integerOf(match[0]);
    }
    for (const [word, value] of this.#words) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    throw this.#unexpected();
  }

  #descend(depth: number): void {
    if (depth >= MAX_DEPTH) throw new SyntaxError("JSON text is nested too deeply");
  }

  #take(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #expect(code: number): void {
    if (!this.#take(code)) throw this.#unexpected();
  }

  // Never quotes the text: it may be a session, and sessions are secret.
  #unexpected(): SyntaxError {
    return new SyntaxError(`JSON text is malformed at character ${this.#at}`);
  }
}

function integerOf(text: string): number | bigint {
  // Python's int has no negative zero.
  if (text.length <= SAFE_DIGITS) return Number(text) + 0;
  if (text.length - (text.startsWith("-") ? 1 : 0) > MAX_INTEGER_DIGITS) {
    throw new SyntaxError(`JSON text has an integer of more than ${MAX_INTEGER_DIGITS} digits`);
  }
  const exact = BigInt(text);
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : exact;
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}
