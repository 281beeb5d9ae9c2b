/**
 * The data of a session as a value: an immutable dictionary from keys to the raw JSON text that Django wrote. Reading
 * parses one member; writing keeps all others byte for byte. The mutable state is in `session_data.ts`.
 */

import { parseCheckedJson, requirePythonJson, scanPythonObject } from "../internal/python/json.ts";
import { asciiJson, pythonStringText } from "../internal/python/repr.ts";
import { type CompactData, compactData, expandedText } from "./compact_data.ts";

// Keeps the constructor private to this module, since it does not validate raw text.
const UNCHECKED = Symbol("unchecked");

/** Returns the compact form of data, computed once: the codec's cache returns the same data to a returning visitor. */
export let compactOf: (payload: SessionPayload) => CompactData;

/** Restores data from their compact form, which only {@link compactOf} makes. */
export function fromCompact(compact: CompactData): SessionPayload {
  return SessionPayload.fromText(expandedText(compact))!;
}

/**
 * The data of a session, lossless.
 *
 * @example Change one key and keep the others as Python wrote them
 * ```ts
 * import { SessionPayload } from "@djauth/djauth";
 *
 * const payload = SessionPayload.fromText('{"price":1.0,"id":12345678901234567890}')!;
 * console.log(payload.get("id")); // 12345678901234567890n
 * console.log(payload.with([["n", "1"]]).text); // {"price":1.0,"id":12345678901234567890,"n":1}
 * ```
 */
export class SessionPayload {
  static {
    compactOf = (payload) => payload.#compact ??= compactData(payload.#members, payload.text);
  }

  /** A session without data. */
  static readonly EMPTY: SessionPayload = new SessionPayload(UNCHECKED, new Map(), "{}");

  readonly #members: ReadonlyMap<string, string>;
  #text: string | undefined;
  #compact: CompactData | undefined;

  /** Private; use {@link SessionPayload.fromText}. */
  constructor(unchecked: symbol, members: ReadonlyMap<string, string>, text?: string) {
    if (unchecked !== UNCHECKED) {
      throw new TypeError("SessionPayload cannot be constructed directly; use fromText or fromEntries");
    }
    this.#members = members;
    this.#text = text;
  }

  /** Parses the JSON text of a session; `null` if it is not a JSON object by the rules of Python's `json.loads`. */
  static fromText(text: string): SessionPayload | null {
    const ascii = asciiJson(text);
    // A backslash before a non-ASCII character is not an escape; the conversion to ASCII would make it one.
    if (ascii !== text && scanPythonObject(text) === null) return null;
    const members = scanPythonObject(ascii);
    return members === null ? null : new SessionPayload(UNCHECKED, members, ascii);
  }

  /**
   * Creates a payload from keys and the JSON text of their values.
   *
   * @throws {SyntaxError} if a value is not JSON
   */
  static fromEntries(entries: Iterable<readonly [string, string]>): SessionPayload {
    return SessionPayload.EMPTY.with(entries);
  }

  /** The number of keys. */
  get size(): number {
    return this.#members.size;
  }

  /** The whole payload as JSON text; exactly the text it was parsed from, if any. */
  get text(): string {
    return this.#text ??= this.#joined();
  }

  /** Returns the value of a key, parsed anew, so that callers do not share it; `undefined` if there is none. */
  get(key: string): unknown {
    const raw = this.#members.get(key);
    return raw === undefined ? undefined : parseCheckedJson(raw);
  }

  /** Returns the JSON text of a key's value; `undefined` if there is none. */
  raw(key: string): string | undefined {
    return this.#members.get(key);
  }

  /** Returns whether there is such a key. */
  has(key: string): boolean {
    return this.#members.has(key);
  }

  /** Iterates over the keys in Django's order. */
  keys(): IterableIterator<string> {
    return this.#members.keys();
  }

  /**
   * Returns a payload with some keys set to other JSON text, or deleted (`null`), in order.
   *
   * @throws {SyntaxError} if a value is not JSON
   */
  with(changes: Iterable<readonly [string, string | null]>): SessionPayload {
    const members = new Map(this.#members);
    for (const [key, text] of changes) {
      if (text === null) members.delete(key);
      else members.set(key, requirePythonJson(text));
    }
    return new SessionPayload(UNCHECKED, members);
  }

  #joined(): string {
    const pieces: string[] = [];
    for (const [key, text] of this.#members) pieces.push(`${pythonStringText(key)}:${text}`);
    return `{${pieces.join(",")}}`;
  }
}
