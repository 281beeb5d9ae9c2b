/** Hostile text for property tests: any UTF-16 code units, and fragments that parsers react to. */

import fc from "fast-check";

/** Any code units, including lone surrogates and NUL. */
export function hostileText(maxLength: number = 60): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength })
    .map((units) => String.fromCharCode(...units));
}

/** The given fragments in any order, with hostile text between them. */
export function hostileMix(...pieces: string[]): fc.Arbitrary<string> {
  return fc.array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, hostileText(3)), {
    maxLength: 25,
  })
    .map((parts) => parts.join(""));
}
