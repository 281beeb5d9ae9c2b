/**
 * The claims of a token: an immutable dictionary from names to JSON, in Python's order. What claims mean is decided
 * elsewhere.
 */

import { normalPythonJson } from "../../internal/python/json_normal.ts";
import { parseCheckedJson, scanPythonObject, stringifyPythonJson } from "../../internal/python/json.ts";
import { pythonStringText } from "../../internal/python/repr.ts";

// Not exported, so that only this file can create claims of raw JSON, which is not checked again.
const UNCHECKED = Symbol("unchecked");

/** A member that may be a float, which JavaScript could turn into an integer. A match in a string is harmless. */
const FLOAT_MEMBER = /:[\t\n\r ]*-?[0-9]+[.eE]/;
/** Tells a float, `NaN` or `Infinity` from an integer, in the JSON of a number. */
const FLOAT = /[.eENI]/;

/**
 * Parses an object that JavaScript reads as Python does: a flat one, so that depth limits do not matter, whose only
 * numbers are safe integers. Returns `null` if Python's own rules must decide, such as for `NaN`.
 */
function readFlatObject(text: string): Readonly<Record<string, unknown>> | null {
  if (text[0] !== "{" || text.includes("{", 1) || text.includes("[") || FLOAT_MEMBER.test(text)) return null;
  try {
    const object: Record<string, unknown> = JSON.parse(text);
    // Allocates no list of values: this runs for each token.
    for (const name in object) if (!isExact(object[name])) return null;
    return object;
  } catch {
    return null;
  }
}

function isExact(value: unknown): boolean {
  return typeof value !== "number" || Number.isSafeInteger(value) && !Object.is(value, -0);
}

interface ClaimsParts {
  readonly members?: ReadonlyMap<string, string>;
  readonly source?: string;
  readonly flat?: Readonly<Record<string, unknown>> | null;
}

/**
 * Returns the claim that names a user: the value of `get()`, but for a float the string that Python writes. JavaScript
 * cannot tell `1.0` from `1`, and each user must have a single name.
 */
export let idIn: (claims: TokenClaims, name: string) => unknown;

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
  static {
    idIn = (claims, name) => claims.#id(name);
  }

  /** No claims. */
  static readonly EMPTY: TokenClaims = new TokenClaims(UNCHECKED, { members: new Map() });

  #members: ReadonlyMap<string, string> | undefined;
  /** The JSON that the members were read from, which is scanned once their own JSON is needed. */
  readonly #source: string;
  readonly #flat: Readonly<Record<string, unknown>> | null;
  #text: string | undefined;

  /** Internal; use {@link TokenClaims.fromText}. */
  constructor(unchecked: symbol, { members, source = "", flat = null }: ClaimsParts) {
    if (unchecked !== UNCHECKED) {
      throw new TypeError("TokenClaims cannot be constructed directly, expected fromText() or with()");
    }
    this.#members = members;
    this.#source = source;
    this.#flat = flat;
  }

  /** Reads the JSON of a payload; `null` if it is not a JSON object by the rules of Python's `json.loads`. */
  static fromText(text: string): TokenClaims | null {
    const flat = readFlatObject(text);
    if (flat !== null) return new TokenClaims(UNCHECKED, { source: text, flat });
    const members = scanPythonObject(text);
    return members === null ? null : new TokenClaims(UNCHECKED, { members });
  }

  /** All claims as Python's `json.dumps` writes them, which is what gets signed. */
  get text(): string {
    return this.#text ??= this.#joined();
  }

  /** Returns the value of a claim, parsed anew so that no caller can change it for others; `undefined` if absent. */
  get(name: string): unknown {
    if (this.#flat !== null) return Object.hasOwn(this.#flat, name) ? this.#flat[name] : undefined;
    const raw = this.#all().get(name);
    return raw === undefined ? undefined : parseCheckedJson(raw);
  }

  /** Whether a claim is present. */
  has(name: string): boolean {
    return this.#flat === null ? this.#all().has(name) : Object.hasOwn(this.#flat, name);
  }

  /** Returns the names of the claims in order. */
  keys(): IterableIterator<string> {
    return this.#all().keys();
  }

  /** Returns a new object with the values of all claims. */
  toObject(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const name of this.keys()) {
      // An assignment to `__proto__` would change the prototype instead.
      Object.defineProperty(object, name, {
        value: this.get(name),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return object;
  }

  /** Returns all claims for `JSON.stringify`, which cannot write a bigint, however deep: it becomes a string. */
  toJSON(): Record<string, unknown> {
    const text = JSON.stringify(
      this.toObject(),
      (_, value) => typeof value === "bigint" ? String(value) : value,
    );
    return JSON.parse(text);
  }

  /**
   * Returns the claims with some of them set, one after another; a claim that is present keeps its position.
   *
   * @throws {TypeError} for a value that JSON cannot hold
   */
  with(changes: Iterable<readonly [name: string, value: unknown]>): TokenClaims {
    const members = new Map(this.#all());
    for (const [name, value] of changes) members.set(name, stringifyPythonJson(value));
    return new TokenClaims(UNCHECKED, { members });
  }

  /** Returns the claims, followed by those of another token that are not in `except`, with unchanged values. */
  withAll(others: TokenClaims, except: ReadonlySet<string>): TokenClaims {
    const members = new Map(this.#all());
    for (const [name, raw] of others.#all()) if (!except.has(name)) members.set(name, raw);
    return new TokenClaims(UNCHECKED, { members });
  }

  #id(name: string): unknown {
    const value = this.get(name);
    if (typeof value !== "number" || this.#flat !== null) return value;
    const raw = this.#all().get(name)!;
    return FLOAT.test(raw) ? normalPythonJson(raw) : value;
  }

  /** Returns all members with their JSON as it was read. */
  #all(): ReadonlyMap<string, string> {
    // Python can read whatever JavaScript reads as a flat object.
    return this.#members ??= scanPythonObject(this.#source) ?? new Map();
  }

  #joined(): string {
    const pieces: string[] = [];
    for (const [name, raw] of this.#all()) {
      pieces.push(`${pythonStringText(name)}:${normalPythonJson(raw)}`);
    }
    return `{${pieces.join(",")}}`;
  }
}
