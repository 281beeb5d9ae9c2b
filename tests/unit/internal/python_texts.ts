/**
 * JSON texts as Python writes them, for property tests: numbers that JavaScript would change, difficult keys, any
 * nesting.
 */

import fc from "fast-check";
import { pythonStringText } from "../../../src/internal/python/repr.ts";

const NUMBERS = ["0", "-1", "1.0", "2.0", "-0.0", "1e-07", "1e+16", "5e-324", "NaN", "Infinity", "-Infinity"];
const BIG_NUMBERS = ["9007199254740992", "-9007199254740993", String(2n ** 70n), `-${10n ** 40n}`];
const HARD_KEYS = ["10", "2", "__proto__", "constructor", "toString", "", "a", "\ud800", "\u2028", "é"];

const key = fc.oneof(fc.constantFrom(...HARD_KEYS), fc.string({ unit: "binary", maxLength: 4 }));

const scalarText = fc.oneof(
  fc.constantFrom(...NUMBERS, ...BIG_NUMBERS, "null", "true", "false"),
  fc.string({ unit: "binary", maxLength: 6 }).map(pythonStringText),
  fc.constantFrom('"\\ud800"', '"\\udfff\\ud800"', '"\\u2028\\u007f"'),
);

/** Any value as `json.dumps` would write it; keys are unique. */
export const pythonText: fc.Arbitrary<string> =
  fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
    value: fc.oneof({ depthSize: "small" }, scalarText, tie("object"), tie("array")),
    object: fc.uniqueArray(fc.tuple(key, tie("value")), { selector: ([name]) => name, maxLength: 5 }).map(
      objectText,
    ),
    array: fc.array(tie("value"), { maxLength: 5 }).map((items) => `[${items.join(",")}]`),
  })).value;

/** Members of an object. */
export const pythonMembers: fc.Arbitrary<[string, string][]> = fc.uniqueArray(fc.tuple(key, pythonText), {
  selector: ([name]) => name,
  maxLength: 8,
});

/** An object's text. */
export function objectText(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, text]) => `${pythonStringText(name)}:${text}`).join(",")}}`;
}
