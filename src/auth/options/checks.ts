/** Checks of single values: each says which option, what was given and what is expected. No secret is ever quoted. */

import { ImproperlyConfigured } from "../../errors.ts";
import { hintOf, suggestionsFor } from "../../internal/suggestions.ts";

/** Refuses a value that is there and has another type. */
export function requireType<Type extends "string" | "boolean" | "number" | "function">(
  option: string,
  value: unknown,
  type: Type,
): void {
  if (value !== undefined && typeof value !== type) throw wrong(option, value, `a ${type}`);
}

/** Whether a value is a list of texts. */
export function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Refuses what is no list of texts. */
export function requireTexts(option: string, value: unknown): void {
  if (value !== undefined && !areTexts(value)) throw wrong(option, value, "a list of texts");
}

/** Refuses what is not one of a few values. */
export function requireOneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw wrong(option, value, `one of ${allowed.map((item) => JSON.stringify(item)).join(", ")}`);
}

/** Refuses what is no number of seconds above zero. */
export function requireSeconds(option: string, value: unknown, maximum: number = Infinity): void {
  const isSeconds = typeof value === "number" && Number.isFinite(value) && value > 0 && value <= maximum;
  if (value === undefined || isSeconds) return;
  const bound = maximum === Infinity ? "" : ` and at most ${maximum}`;
  throw wrong(option, value, `a number of seconds above 0${bound}`);
}

/**
 * Refuses options that do not exist: a misspelt `secureProxySslHeader` must not pass in silence.
 *
 * @param group what stands before the names in messages, such as `session.`
 * @param elsewhere further names that may have been meant, with their groups
 * @param others names of Django's that nobody would guess the option from
 */
export function requireKnown(
  group: string,
  value: object,
  known: readonly string[],
  elsewhere: readonly string[] = [],
  others: ReadonlyMap<string, string> = new Map(),
): void {
  const name = Object.keys(value).find((name) => !known.includes(name));
  if (name === undefined) return;
  const paths = [...new Set([...known.map((other) => group + other), ...elsewhere])];
  const other = others.get(name);
  const ways = [
    other === undefined ? [] : [other],
    suggestionsFor(group + name, paths),
    suggestionsFor(name, paths),
  ];
  const meant = ways.find(({ length }) => length > 0) ?? [];
  throw new ImproperlyConfigured(`${group}${name} is not an option, ${hintOf(meant, known)}`);
}

/** Refuses what no redirect can lead to: `login` would be looked for below whatever page was asked for. */
export function requireAddress(option: string, value: unknown): void {
  requireType(option, value, "string");
  if (typeof value !== "string") return;
  const isAddress = /^\//.test(value) || /^https?:\/\//i.test(value) && URL.canParse(value);
  // deno-lint-ignore no-control-regex -- no header can carry them
  if (isAddress && !/[\u0000-\u0020\u007f]/.test(value)) return;
  throw wrong(
    option,
    value,
    'a path such as "/accounts/login/" or an address such as "https://example.com/login/"',
  );
}

/** Refuses what the path of no request can be, as it is compared. */
export function requirePaths(option: string, value: unknown): void {
  if (typeof value !== "string") requireTexts(option, value);
  const paths = (typeof value === "string" ? [value] : value ?? []) as readonly string[];
  const wrongPath = paths.find((path) => !isPath(path));
  if (wrongPath !== undefined) throw wrong(option, wrongPath, 'a path as requests have it, such as "/live"');
}

function isPath(path: string): boolean {
  return path.startsWith("/") && new URL(`http://localhost${path}`).pathname === path;
}

/** Refuses what is no object of options. */
export function requireObject(option: string, value: unknown): void {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (value !== undefined && !isObject) throw wrong(option, value, "an object");
}

/** The error for an option. */
export function wrong(option: string, value: unknown, expected: string): ImproperlyConfigured {
  return new ImproperlyConfigured(`${option} is ${given(value)}, expected ${expected}`);
}

/** A text is quoted; of everything else that has parts, only its kind is said. */
function given(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
