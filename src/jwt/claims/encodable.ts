/** Prepares custom claims for JSON, as a project's `JSON_ENCODER` does. */

/**
 * Replaces everything in a value that JSON has no type for by what `encoder` returns for it. Mirrors
 * `JSONEncoder.default`. Without an encoder, the value stays as it is, and writing it may throw.
 */
export function encodable(value: unknown, encoder: ((value: unknown) => unknown) | null): unknown {
  return encoder === null ? value : converted(value, encoder, MAX_DEPTH);
}

/** Only a circular value or an encoder that never ends goes deeper. */
const MAX_DEPTH = 100;

function converted(value: unknown, encoder: (value: unknown) => unknown, depth: number): unknown {
  if (depth === 0) throw new TypeError(`A claim is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return value.map((item) => converted(item, encoder, depth - 1));
  if (isPlainObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, converted(member, encoder, depth - 1)]),
    );
  }
  return isScalar(value) ? value : converted(encoder(value), encoder, depth - 1);
}

function isScalar(value: unknown): boolean {
  return value === null || ["string", "number", "bigint", "boolean"].includes(typeof value);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
