/**
 * The data of a session as a value: an immutable dictionary from key to the raw JSON text that Django wrote. Reading
 * parses one member; writing keeps all others byte for byte. What changes over time lives in `session.ts`.
 */

import { parseCheckedJson, requirePythonJson, scanPythonObject } from "../internal/python/json.ts";
import { asciiJson, pythonStringText } from "../internal/python/repr.ts";

// Not a member of any session, so that the constructor stays ours: raw texts are not checked again.
const UNCHECKED = Symbol("unchecked");

/**
 * The data of a session, without loss.
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
  /** A session without data. */
  static readonly EMPTY: SessionPayload = new SessionPayload(UNCHECKED, new Map(), "{}");

  readonly #members: ReadonlyMap<string, string>;
  #text: string | undefined;

  /** Not for use; see {@link SessionPayload.fromText}. */
  constructor(unchecked: symbol, members: ReadonlyMap<string, string>, text?: string) {
    if (unchecked !== UNCHECKED) throw new TypeError("A SessionPayload is made with fromText or fromEntries");
    this.#members = members;
    this.#text = text;
  }

  /** Reads the JSON text of a session; `null` when it is not a JSON object by the rules of Python's `json.loads`. */
  static fromText(text: string): SessionPayload | null {
    const ascii = asciiJson(text);
    // A backslash before what is not ASCII is no escape; made ASCII it would be one.
    if (ascii !== text && scanPythonObject(text) === null) return null;
    const members = scanPythonObject(ascii);
    return members === null ? null : new SessionPayload(UNCHECKED, members, ascii);
  }

  /**
   * Makes a payload of keys and the JSON texts of their values.
   *
   * @throws {SyntaxError} when a text is not JSON
   */
  static fromEntries(entries: Iterable<readonly [string, string]>): SessionPayload {
    return SessionPayload.EMPTY.with(entries);
  }

  /** How many keys there are. */
  get size(): number {
    return this.#members.size;
  }

  /** The whole payload as JSON text; the very text it was read from if it was. */
  get text(): string {
    return this.#text ??= this.#joined();
  }

  /** The value of a key, parsed anew, so that no caller changes it for others; `undefined` when there is none. */
  get(key: string): unknown {
    const raw = this.#members.get(key);
    return raw === undefined ? undefined : parseCheckedJson(raw);
  }

  /** The JSON text of a key's value; `undefined` when there is none. */
  raw(key: string): string | undefined {
    return this.#members.get(key);
  }

  /** Whether there is such a key. */
  has(key: string): boolean {
    return this.#members.has(key);
  }

  /** The keys in Django's order. */
  keys(): IterableIterator<string> {
    return this.#members.keys();
  }

  /**
   * A payload with some keys set to other JSON texts, or deleted (`null`), one after the other.
   *
   * @throws {SyntaxError} when a text is not JSON
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
