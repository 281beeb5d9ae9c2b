/**
 * Python's `json.loads` and `json.dumps(separators=(",", ":"))` without loss: values that were read and not changed are
 * written back exactly, although JavaScript has no `1.0`, no order of numeric keys and no NaN in JSON.
 */

import {
  type ContainerBuilder,
  MAX_DEPTH,
  type PythonJsonOptions,
  PythonJsonScanner,
} from "./json_scanner.ts";
import { asciiJson, pythonNumberText, pythonStringText } from "./repr.ts";

/** A member as it was read: its value and its raw text. */
interface Member {
  readonly value: unknown;
  readonly text: string;
}

/** The source of a container: its raw text, and its members as they were read. */
interface Origin<Members> {
  readonly text: string;
  readonly members: Members;
}

// Weak, so that an origin lives no longer than its container.
const RECORDS = new WeakMap<object, Origin<ReadonlyMap<string, Member>>>();
const ARRAYS = new WeakMap<object, Origin<readonly Member[]>>();

const BUILDER: ContainerBuilder = { object: buildObject, array: buildArray };

/**
 * Parses JSON text as Python does.
 *
 * Integers beyond 2^53 become bigints, floats become numbers (`1.0` is 1), a repeated key takes its last value, and
 * `__proto__` is a key like any other.
 *
 * @throws {SyntaxError} where Python's `json.loads` raises, and beyond 1000 levels
 */
export function parsePythonJson(text: string, options?: PythonJsonOptions): unknown {
  return new PythonJsonScanner(text, options).document(BUILDER);
}

/** Parses JSON text that was validated before: plain strings, the usual case, cost next to nothing. */
export function parseCheckedJson(text: string): unknown {
  if (text.startsWith('"') && !text.includes("\\") && text.endsWith('"')) return text.slice(1, -1);
  return parsePythonJson(text);
}

/**
 * Serialises a value as `json.dumps(value, separators=(",", ":"))` does: ASCII only, floats by their `repr`.
 *
 * Values that came from {@link parsePythonJson} and were not changed are written as they were read, even beside a
 * member that was changed. `previous`, the text being replaced, does the same for copies such as
 * `{ ...old, changed: 1 }`. Like `JSON.stringify`, it omits members that are `undefined` and honours `toJSON`.
 *
 * @throws {TypeError} for values JSON cannot represent: functions, symbols, `undefined`, a Map or Set, circular
 * references
 */
export function stringifyPythonJson(value: unknown, previous?: string): string {
  const member = previous === undefined ? undefined : { value: parsePythonJson(previous), text: previous };
  return write(value, member, new Set());
}

/** Returns the members of a JSON object as keys and raw text, all validated; `null` for anything else. Never throws. */
export function scanPythonObject(text: string, options?: PythonJsonOptions): Map<string, string> | null {
  const members = new Map<string, string>();
  const scanner = new PythonJsonScanner(text, options);
  try {
    scanner.space();
    scanner.members((key) => void members.set(key, scanner.skip(1)));
    scanner.end();
  } catch {
    return null;
  }
  return members;
}

/** Returns the raw text of the one JSON value in a string, validated; `null` for anything else. Never throws. */
export function scanPythonJson(text: string, options?: PythonJsonOptions): string | null {
  try {
    return skipDocument(new PythonJsonScanner(text, options), 0);
  } catch {
    return null;
  }
}

/**
 * Requires that a string is one JSON value by Python's rules, and returns it in ASCII.
 *
 * @throws {SyntaxError} if it is not
 */
export function requirePythonJson(text: string): string {
  // Before the conversion to ASCII, which would turn a backslash and "é" into a backslash and "u00e9".
  skipDocument(new PythonJsonScanner(text), 1);
  return asciiJson(text);
}

/** @param depth the levels that will be around the value */
function skipDocument(scanner: PythonJsonScanner, depth: number): string {
  scanner.space();
  const raw = scanner.skip(depth);
  scanner.end();
  return raw;
}

function buildObject(keys: string[], values: unknown[], texts: string[], text: string): unknown {
  const object: Record<string, unknown> = {};
  const members = new Map<string, Member>();
  for (const [index, key] of keys.entries()) {
    const value = values[index];
    members.set(key, { value, text: texts[index]! });
    // Assigning `__proto__` would change the prototype.
    if (key === "__proto__") define(object, key, value);
    else object[key] = value;
  }
  RECORDS.set(object, { text, members });
  return object;
}

function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}

function buildArray(values: unknown[], texts: string[], text: string): unknown {
  ARRAYS.set(values, { text, members: values.map((value, index) => ({ value, text: texts[index]! })) });
  return values;
}

/**
 * Writes a value.
 *
 * @param before the member that was read at this place
 */
function write(value: unknown, before: Member | undefined, ancestors: Set<object>): string {
  switch (typeof value) {
    case "string":
      return before !== undefined && before.value === value ? before.text : pythonStringText(value);
    case "number":
    case "bigint":
      return before !== undefined && Object.is(before.value, value) ? before.text : pythonNumberText(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : writeObject(value, before, ancestors);
    default:
      throw new TypeError(`A value of type ${typeof value} cannot be written as JSON`);
  }
}

function writeObject(value: object, before: Member | undefined, ancestors: Set<object>): string {
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return write(value.toJSON(), before, ancestors);
  }
  if (ancestors.has(value)) throw new TypeError("A circular reference cannot be written as JSON");
  // The scanner's limit: nothing is written that could not be read back.
  if (ancestors.size >= MAX_DEPTH) throw new TypeError(`JSON is limited to ${MAX_DEPTH} levels`);
  ancestors.add(value);
  const text = Array.isArray(value)
    ? writeArray(value, before?.value, ancestors)
    : writeRecord(requireRecord(value), before?.value, ancestors);
  ancestors.delete(value);
  return text;
}

function requireRecord(value: object): Record<string, unknown> {
  const tag = Object.prototype.toString.call(value);
  // A Map or a Set would silently become {}.
  if (tag !== "[object Object]") {
    throw new TypeError(`A value of class ${tag.slice(8, -1)} cannot be written as JSON`);
  }
  return value as Record<string, unknown>;
}

/**
 * Writes the members of an object.
 *
 * @param before the container that a copy replaces, used only if `record` has no origin of its own
 */
function writeRecord(record: Record<string, unknown>, before: unknown, ancestors: Set<object>): string {
  const origin = RECORDS.get(record) ?? RECORDS.get(before as object);
  const pieces: string[] = [];
  let unchanged = origin !== undefined;
  const add = (key: string, member: Member | undefined): void => {
    const text = write(record[key], member, ancestors);
    unchanged &&= text === member?.text;
    pieces.push(`${pythonStringText(key)}:${text}`);
  };
  for (const [key, member] of origin?.members ?? []) {
    // In source order first: JavaScript sorts "2" before "10".
    if (isPresent(record, key)) add(key, member);
    else unchanged = false;
  }
  for (const key of Object.keys(record)) {
    if (!origin?.members.has(key) && record[key] !== undefined) add(key, undefined);
  }
  return unchanged ? origin!.text : `{${pieces.join(",")}}`;
}

function isPresent(record: Record<string, unknown>, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(record, key) && record[key] !== undefined;
}

function writeArray(array: readonly unknown[], before: unknown, ancestors: Set<object>): string {
  const origin = ARRAYS.get(array) ?? ARRAYS.get(before as object);
  const members = origin?.members ?? [];
  const memberOf = matching(array, members);
  const pieces: string[] = [];
  let unchanged = origin !== undefined && members.length === array.length;
  // By index, so that a hole is rejected like any other undefined.
  for (let index = 0; index < array.length; index++) {
    const text = write(array[index], memberOf(index), ancestors);
    unchanged &&= text === members[index]!.text;
    pieces.push(text);
  }
  return unchanged ? origin!.text : `[${pieces.join(",")}]`;
}

/**
 * Finds the member that an item was. Numbers are found wherever they moved: JavaScript loses the text of these only.
 */
function matching(
  array: readonly unknown[],
  members: readonly Member[],
): (index: number) => Member | undefined {
  let moved: Map<unknown, Member> | undefined;
  return (index) => {
    const member = members[index];
    const value = array[index];
    if (member !== undefined && Object.is(member.value, value)) return member;
    if (typeof value !== "number") return array.length === members.length ? member : undefined;
    moved ??= new Map(members.map((candidate) => [candidate.value, candidate]));
    return moved.get(value);
  };
}
