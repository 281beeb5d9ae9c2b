/**
 * The claims of a token as a value: an immutable dictionary from name to JSON text, in Python's order. What claims mean
 * is decided elsewhere.
 */

import { normalPythonJson } from "../../internal/python/json_normal.ts";
import { parseCheckedJson, scanPythonObject, stringifyPythonJson } from "../../internal/python/json.ts";
import { pythonStringText } from "../../internal/python/repr.ts";

// Nobody else has this symbol: only this file makes claims of raw texts, which are not checked again.
const UNCHECKED = Symbol("unchecked");

/** A member whose value may be a float, of which JavaScript makes an integer; in a text, it does no harm. */
const FLOAT_MEMBER = /:[\t\n\r ]*-?[0-9]+[.eE]/;
/** In the text of a number: a float, `NaN` or `Infinity`. */
const FLOAT = /[.eENI]/;

/**
 * The object in a text that JavaScript reads as Python does: flat, so that no depth matters, and with no number but safe
 * integers. `null` where Python's own rules are to be asked, as for `NaN`.
 */
function readFlatObject(text: string): Readonly<Record<string, unknown>> | null {
  if (text[0] !== "{" || text.includes("{", 1) || text.includes("[") || FLOAT_MEMBER.test(text)) return null;
  try {
    const object: Record<string, unknown> = JSON.parse(text);
    // Without a list of the values: each token comes along here.
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
 * The value of a claim that names a user: as `get()` says, but of a float its text, as Python writes it. JavaScript cannot tell
 * `1.0` from `1`, and each user has one name only.
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
  /** What the members were read from, and are taken apart of when their texts are asked for. */
  readonly #source: string;
  readonly #flat: Readonly<Record<string, unknown>> | null;
  #text: string | undefined;

  /** Not for use; see {@link TokenClaims.fromText}. */
  constructor(unchecked: symbol, { members, source = "", flat = null }: ClaimsParts) {
    if (unchecked !== UNCHECKED) throw new TypeError("TokenClaims are made with fromText or with");
    this.#members = members;
    this.#source = source;
    this.#flat = flat;
  }

  /** Reads the JSON text of a payload; `null` when it is not a JSON object by the rules of Python's `json.loads`. */
  static fromText(text: string): TokenClaims | null {
    const flat = readFlatObject(text);
    if (flat !== null) return new TokenClaims(UNCHECKED, { source: text, flat });
    const members = scanPythonObject(text);
    return members === null ? null : new TokenClaims(UNCHECKED, { members });
  }

  /** All claims as Python's `json.dumps` writes them: what is signed. */
  get text(): string {
    return this.#text ??= this.#joined();
  }

  /** The value of a claim, parsed anew, so that no caller changes it for others; `undefined` when there is none. */
  get(name: string): unknown {
    if (this.#flat !== null) return Object.hasOwn(this.#flat, name) ? this.#flat[name] : undefined;
    const raw = this.#all().get(name);
    return raw === undefined ? undefined : parseCheckedJson(raw);
  }

  /** Whether there is such a claim. */
  has(name: string): boolean {
    return this.#flat === null ? this.#all().has(name) : Object.hasOwn(this.#flat, name);
  }

  /** The names of the claims in their order. */
  keys(): IterableIterator<string> {
    return this.#all().keys();
  }

  /** All claims as an object of their values; each call makes a new one. */
  toObject(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const name of this.keys()) {
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
    const members = new Map(this.#all());
    for (const [name, value] of changes) members.set(name, stringifyPythonJson(value));
    return new TokenClaims(UNCHECKED, { members });
  }

  /** The claims, and after them those of another token that are not named in `except`; values as they were read. */
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

  /** All members as they stand in the text. */
  #all(): ReadonlyMap<string, string> {
    // Whatever JavaScript reads as a flat object, Python reads as well.
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
