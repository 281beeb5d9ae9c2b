/** Checks of single values: each says which option, what was given and what is expected. No secret is ever quoted. */

import { ImproperlyConfigured } from "../errors.ts";

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

/** Refuses options that do not exist: a misspelt `secureProxySslHeader` must not pass in silence. */
export function requireKnown(option: string, value: object, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      throw new ImproperlyConfigured(
        `${option}${name} is not an option, expected one of ${known.join(", ")}`,
      );
    }
  }
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
