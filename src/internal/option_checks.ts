/**
 * Checks of single options: each error names the option, the given value and what is expected. Values that may be
 * secret are checked elsewhere and never passed here, except to {@link wrongKind} and {@link kindOf}, which do not
 * quote them.
 */

import { ImproperlyConfigured } from "../errors.ts";
import { hintOf, suggestionsFor } from "./suggestions.ts";

/** Creates the error for an option. */
export function wrong(option: string, value: unknown, expected: string): ImproperlyConfigured {
  return new ImproperlyConfigured(`${option} is ${quoted(value)}, expected ${expected}`);
}

/** Rejects a value of another type, unless it is `undefined`, as all checks here do. */
export function requireType(
  option: string,
  value: unknown,
  type: "string" | "boolean" | "number" | "function",
): void {
  if (value !== undefined && typeof value !== type) throw wrong(option, value, `a ${type}`);
}

/** Returns whether a value is an object of options, such as `{ … }`. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Creates the error for an option some of whose parts are secret: a string given in its place may be one, too. */
export function wrongKind(option: string, value: unknown, expected: string): ImproperlyConfigured {
  return new ImproperlyConfigured(`${option} is ${kindOf(value)}, expected ${expected}`);
}

/** Rejects anything but an object of options. */
export function requireObject(option: string, value: unknown): void {
  if (value !== undefined && !isObject(value)) throw wrongKind(option, value, "an object");
}

/** Returns whether a value is a list of strings. */
export function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Rejects anything but a list of strings. */
export function requireTexts(option: string, value: unknown): void {
  if (value !== undefined && !areTexts(value)) throw wrong(option, value, "a list of strings");
}

/** Rejects anything but a non-empty string. */
export function requireName(option: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value !== "")) return;
  throw wrong(option, value, "a non-empty string");
}

/** Rejects anything but a non-empty list of non-empty strings. */
export function requireNames(option: string, value: unknown): void {
  requireSome(option, value, "string");
  if (value === undefined || (areTexts(value) && value.length > 0 && !value.includes(""))) return;
  throw wrong(option, value, "a list of non-empty strings");
}

/**
 * Rejects an empty list.
 *
 * @param item what it should contain at least one of, for the message
 */
export function requireSome(option: string, value: unknown, item: string): void {
  if (!Array.isArray(value) || value.length > 0) return;
  throw new ImproperlyConfigured(`${option} is empty, expected at least one ${item}`);
}

/** Rejects anything but one of a few values. */
export function requireOneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw wrong(option, value, `one of ${allowed.map((item) => JSON.stringify(item)).join(", ")}`);
}

/** The bounds of a number of seconds. */
export interface SecondsRange {
  /** The minimum, inclusive; anything above 0 if not given. */
  readonly from?: number;
  /** The maximum, inclusive; no maximum if not given. */
  readonly to?: number;
}

/** Rejects anything but a number of seconds in the range. */
export function requireSeconds(
  option: string,
  value: unknown,
  { from, to = Infinity }: SecondsRange = {},
): void {
  const isSeconds = typeof value === "number" && Number.isFinite(value) && value <= to &&
    (from === undefined ? value > 0 : value >= from);
  if (value === undefined || isSeconds) return;
  const least = from === undefined ? "above 0" : `of ${from} or more`;
  throw wrong(option, value, `a number of seconds ${least}${to === Infinity ? "" : `, at most ${to}`}`);
}

/** Rejects anything but an integer from `least` to `most`; if `most` is not given, `Infinity` is allowed as well. */
export function requireCount(option: string, value: unknown, least: number, most: number = Infinity): void {
  const isWhole = Number.isSafeInteger(value) || value === Infinity;
  if (value === undefined || isWhole && (value as number) >= least && (value as number) <= most) return;
  const range = most === Infinity ? `of ${least} or more, or Infinity` : `from ${least} to ${most}`;
  throw wrong(option, value, `an integer ${range}`);
}

/** What is known about names that are not options. */
export interface OtherNames {
  /** Other names that may have been meant, with their groups. */
  readonly elsewhere?: readonly string[];
  /** The options meant by names that look nothing like them. */
  readonly others?: ReadonlyMap<string, string>;
  /** Why there is no option for a name. */
  readonly reasons?: ReadonlyMap<string, string>;
}

/**
 * Rejects options that do not exist: a misspelt `secureProxySslHeader` must not pass silently.
 *
 * @param group the prefix of the names in messages, such as `session.`
 */
export function requireKnown(
  group: string,
  value: object,
  known: readonly string[],
  { elsewhere = [], others, reasons }: OtherNames = {},
): void {
  const name = Object.keys(value).find((name) => !known.includes(name));
  if (name === undefined) return;
  const reason = reasons?.get(name);
  if (reason !== undefined) throw new ImproperlyConfigured(`${group}${name} is not an option: ${reason}`);
  const paths = [...new Set([...known.map((other) => group + other), ...elsewhere])];
  const other = others?.get(name);
  const ways = [
    other === undefined ? [] : [other],
    suggestionsFor(group + name, paths),
    suggestionsFor(name, paths),
  ];
  const meant = ways.find(({ length }) => length > 0) ?? [];
  throw new ImproperlyConfigured(`${group}${name} is not an option, ${hintOf(meant, known)}`);
}

/**
 * Rejects options that a method does not take: a misspelt one that narrows it down must not pass silently.
 *
 * @param method its name, such as `drain()`
 * @throws {TypeError} for anything but an object, and for an unknown name, with a suggestion
 */
export function requireMethodOptions(method: string, given: object, known: readonly string[]): void {
  if (!isObject(given)) {
    throw new TypeError(`${method} got ${kindOf(given)} as its options, expected { ${known.join(", ")} }`);
  }
  const name = Object.keys(given).find((name) => !known.includes(name));
  if (name === undefined) return;
  throw new TypeError(`${method} does not take "${name}", ${hintOf(suggestionsFor(name, known), known)}`);
}

/** Describes a value for a message if a string may be a secret: of a string, only the kind is given. */
export function kindOf(value: unknown): string {
  return typeof value === "string" ? "a string" : quoted(value);
}

/** Describes a value for a message: a string is quoted; of lists, functions and objects, only the kind is given. */
export function quoted(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  // Its digits alone would look like a number, which is often what is expected.
  if (typeof value === "bigint") return `the bigint ${value}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
