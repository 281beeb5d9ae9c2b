/**
 * Checks of single options: each says which option, what was given and what is expected. No secret is ever quoted: what
 * may be one is checked where it is known, and never passed here.
 */

import { ImproperlyConfigured } from "../errors.ts";
import { hintOf, suggestionsFor } from "./suggestions.ts";

/** The error for an option. */
export function wrong(option: string, value: unknown, expected: string): ImproperlyConfigured {
  return new ImproperlyConfigured(`${option} is ${quoted(value)}, expected ${expected}`);
}

/** Refuses a value that is there and has another type. */
export function requireType(
  option: string,
  value: unknown,
  type: "string" | "boolean" | "number" | "function",
): void {
  if (value !== undefined && typeof value !== type) throw wrong(option, value, `a ${type}`);
}

/** Whether a value is an object of options, as `{ … }` makes one. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The error for an option that has parts, which are secrets among others: what was given in their place may be one. */
export function wrongKind(option: string, value: unknown, expected: string): ImproperlyConfigured {
  return new ImproperlyConfigured(`${option} is ${kindOf(value)}, expected ${expected}`);
}

/** Refuses a value that is there and is not an object of options. */
export function requireObject(option: string, value: unknown): void {
  if (value !== undefined && !isObject(value)) throw wrongKind(option, value, "an object");
}

/** Whether a value is a list of texts. */
export function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Refuses what is not a list of texts. */
export function requireTexts(option: string, value: unknown): void {
  if (value !== undefined && !areTexts(value)) throw wrong(option, value, "a list of texts");
}

/** Refuses what is not a text with something in it. */
export function requireName(option: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value !== "")) return;
  throw wrong(option, value, "a text that is not empty");
}

/** Refuses what is not a list of such texts, and an empty list. */
export function requireNames(option: string, value: unknown): void {
  requireSome(option, value, "text");
  if (value === undefined || (areTexts(value) && value.length > 0 && !value.includes(""))) return;
  throw wrong(option, value, "a list of texts that are not empty");
}

/**
 * Refuses an empty list.
 *
 * @param item what it should have one of
 */
export function requireSome(option: string, value: unknown, item: string): void {
  if (!Array.isArray(value) || value.length > 0) return;
  throw new ImproperlyConfigured(`${option} is empty, expected at least one ${item}`);
}

/** Refuses what is not one of a few values. */
export function requireOneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw wrong(option, value, `one of ${allowed.map((item) => JSON.stringify(item)).join(", ")}`);
}

/** Between which bounds a number of seconds lies. */
export interface SecondsRange {
  /** The least, which is allowed itself; anything above 0 if not given. */
  readonly from?: number;
  /** The most, which is allowed itself; any number if not given. */
  readonly to?: number;
}

/** Refuses what is not a number of seconds in the range. */
export function requireSeconds(
  option: string,
  value: unknown,
  { from, to = Infinity }: SecondsRange = {},
): void {
  const isSeconds = typeof value === "number" && Number.isFinite(value) && value <= to &&
    (from === undefined ? value > 0 : value >= from);
  if (value === undefined || isSeconds) return;
  const least = from === undefined ? "above 0" : `from ${from}`;
  throw wrong(option, value, `a number of seconds ${least}${to === Infinity ? "" : ` and at most ${to}`}`);
}

/** Refuses what is not a whole number from `least` on, to `most`; where that is not given, `Infinity` is one as well. */
export function requireCount(option: string, value: unknown, least: number, most: number = Infinity): void {
  const isWhole = Number.isSafeInteger(value) || value === Infinity;
  if (value === undefined || isWhole && (value as number) >= least && (value as number) <= most) return;
  const range = most === Infinity ? `of ${least} or more, or Infinity` : `from ${least} to ${most}`;
  throw wrong(option, value, `an integer ${range}`);
}

/** What is known of names that are no options. */
export interface OtherNames {
  /** Further names that may have been meant, with their groups. */
  readonly elsewhere?: readonly string[];
  /** The options that are meant by names which look nothing like them. */
  readonly others?: ReadonlyMap<string, string>;
  /** Why there is no option for a name. */
  readonly reasons?: ReadonlyMap<string, string>;
}

/**
 * Refuses options that do not exist: a misspelt `secureProxySslHeader` must not pass in silence.
 *
 * @param group what stands before the names in messages, such as `session.`
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
 * Refuses what a method does not take, as options that do not exist: nothing that narrows it down may pass in silence.
 *
 * @param method as it is called, such as `drain()`
 * @throws {TypeError} for what is no object, and with what was probably meant
 */
export function requireTaken(method: string, given: object, known: readonly string[]): void {
  if (!isObject(given)) {
    throw new TypeError(`${method} got ${kindOf(given)} as its options, expected { ${known.join(", ")} }`);
  }
  const name = Object.keys(given).find((name) => !known.includes(name));
  if (name === undefined) return;
  throw new TypeError(`${method} does not take "${name}", ${hintOf(suggestionsFor(name, known), known)}`);
}

/** A value as messages show it that may be a secret, if it is a text: of that, only the kind is said. */
export function kindOf(value: unknown): string {
  return typeof value === "string" ? "a text" : quoted(value);
}

/** A value as messages show it: a text is quoted; of everything else that has parts, only its kind is said. */
export function quoted(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  // Its digits alone would be a number, which is often what should be there.
  if (typeof value === "bigint") return `the bigint ${value}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
