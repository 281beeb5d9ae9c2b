/**
 * The claims of a token as a value: an immutable dictionary from name to JSON text, in Python's order. What claims mean
 * is decided elsewhere.
 */

import { normalPythonJson } from "../../internal/python/json_normal.ts";
import { parseCheckedJson, scanPythonObject, stringifyPythonJson } from "../../internal/python/json.ts";
import { pythonStringText } from "../../internal/python/repr.ts";

// Not a member of any token, so that the constructor stays ours: raw texts are not checked again.
const UNCHECKED = Symbol("unchecked");

/** Whole seconds, as times are: exact as a number without a closer look. */
const TIME = /^[1-9][0-9]{0,14}$/;
/** A member as nearly all are: a name and a text without escapes, a whole number or a word; and what comes after it. */
// deno-lint-ignore no-control-regex -- JSON has no control characters in texts
const PLAIN_MEMBER = /"([^"\\\x00-\x1f]*)":("[^"\\\x00-\x1f]*"|0|[1-9][0-9]{0,14}|true|false|null)([,}])/y;

/** {@link scanPythonObject} for an object that holds nothing but plain members: three times as fast. */
function scanPlainObject(text: string): Map<string, string> | null {
  if (text[0] !== "{") return null;
  const members = new Map<string, string>();
  PLAIN_MEMBER.lastIndex = 1;
  for (;;) {
    const member = PLAIN_MEMBER.exec(text);
    if (member === null) return null;
    members.set(member[1]!, member[2]!);
    if (member[3] === "}") return PLAIN_MEMBER.lastIndex === text.length ? members : null;
  }
}

/**
 * The claims of a token, without loss: `1.0` stays a float and 2^70 keeps its digits.
 *
 * @example Read claims, and change one
 * ```ts
 * import { TokenClaims } from "@djauth/djauth";
 *
 * const claims = TokenClaims.fromText('{"user_id": "7", "price": 1.0}')!;
 * console.log(claims.get("user_id")); // 7
 * console.log(claims.with([["user_id", "8"]]).text); // {"user_id":"8","price":1.0}
 * ```
 */
export class TokenClaims {
  /** No claims. */
  static readonly EMPTY: TokenClaims = new TokenClaims(UNCHECKED, new Map());

  readonly #members: ReadonlyMap<string, string>;
  #text: string | undefined;
  /** What was parsed and cannot be changed: a token that comes again and again is asked the same each time. */
  #parsed: Map<string, unknown> | undefined;

  /** Not for use; see {@link TokenClaims.fromText}. */
  constructor(unchecked: symbol, members: ReadonlyMap<string, string>) {
    if (unchecked !== UNCHECKED) throw new TypeError("TokenClaims are made with fromText or with");
    this.#members = members;
  }

  /** Reads the JSON text of a payload; `null` when it is no JSON object by the rules of Python's `json.loads`. */
  static fromText(text: string): TokenClaims | null {
    const members = scanPlainObject(text) ?? scanPythonObject(text);
    return members === null ? null : new TokenClaims(UNCHECKED, members);
  }

  /** All claims as Python's `json.dumps` writes them: what is signed. */
  get text(): string {
    return this.#text ??= this.#joined();
  }

  /** The value of a claim, parsed anew, so that no caller changes it for others; `undefined` when there is none. */
  get(name: string): unknown {
    const known = this.#parsed?.get(name);
    if (known !== undefined) return known;
    const raw = this.#members.get(name);
    if (raw === undefined) return undefined;
    const value = TIME.test(raw) ? Number(raw) : parseCheckedJson(raw);
    if (typeof value !== "object") (this.#parsed ??= new Map()).set(name, value);
    return value;
  }

  /** Whether there is such a claim. */
  has(name: string): boolean {
    return this.#members.has(name);
  }

  /** The names of the claims in their order. */
  keys(): IterableIterator<string> {
    return this.#members.keys();
  }

  /** All claims as an object of their values; each call makes a new one. */
  toObject(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const name of this.#members.keys()) {
      // Assigned, `__proto__` would change the prototype instead.
      Object.defineProperty(object, name, {
        value: this.get(name),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return object;
  }

  /**
   * The claims with some of them set, one after the other; a claim that is there keeps its place.
   *
   * @throws {TypeError} for a value that JSON cannot hold
   */
  with(changes: Iterable<readonly [name: string, value: unknown]>): TokenClaims {
    const members = new Map(this.#members);
    for (const [name, value] of changes) members.set(name, stringifyPythonJson(value));
    return new TokenClaims(UNCHECKED, members);
  }

  /** The claims, and after them those of another token that are not named in `except`; values as they were read. */
  withAll(others: TokenClaims, except: ReadonlySet<string>): TokenClaims {
    const members = new Map(this.#members);
    for (const [name, raw] of others.#members) if (!except.has(name)) members.set(name, raw);
    return new TokenClaims(UNCHECKED, members);
  }

  #joined(): string {
    const pieces: string[] = [];
    for (const [name, raw] of this.#members) {
      pieces.push(`${pythonStringText(name)}:${normalPythonJson(raw)}`);
    }
    return `{${pieces.join(",")}}`;
  }
}
