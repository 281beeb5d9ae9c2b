/** Checks of single options of `jwt`: each names the option and says what is expected. No key is ever quoted. */

import { ImproperlyConfigured } from "../../errors.ts";

/** The error for an option; a text is quoted, of everything else that has parts only its kind is said. */
export function wrong(name: string, value: unknown, expected: string): ImproperlyConfigured {
  return new ImproperlyConfigured(`jwt.${name} is ${given(value)}, expected ${expected}`);
}

/** Refuses a value that is there and has another type. */
export function requireType(name: string, value: unknown, type: "boolean" | "function"): void {
  if (value !== undefined && typeof value !== type) throw wrong(name, value, `a ${type}`);
}

/** Refuses what is no number of seconds; `least` itself is allowed. */
export function requireSeconds(name: string, value: unknown, least: number): void {
  const isSeconds = typeof value === "number" && Number.isFinite(value) && value >= least;
  if (value !== undefined && !isSeconds) throw wrong(name, value, `a number of seconds from ${least}`);
}

/** Refuses what is no text with something in it. */
export function requireName(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value !== "")) return;
  throw wrong(name, value, "a text that is not empty");
}

/** Refuses what is no list of texts, or an empty one. */
export function requireNames(name: string, value: unknown): void {
  if (value === undefined) return;
  const areNames = Array.isArray(value) && value.length > 0 &&
    value.every((item) => typeof item === "string" && item !== "");
  if (!areNames) throw wrong(name, value, "a list of texts that are not empty");
}

/** Refuses what is no object. */
export function requireObject(name: string, value: unknown): asserts value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(name, value, "an object");
  }
}

/** Refuses members that do not exist: a misspelt `audience` must not pass in silence. */
export function requireKnown(prefix: string, value: object, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      throw new ImproperlyConfigured(
        `${prefix}${name} is not an option, expected one of ${known.join(", ")}`,
      );
    }
  }
}

function given(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
