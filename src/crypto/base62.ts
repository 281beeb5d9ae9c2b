/** Django's base62, the encoding of timestamps (`b62_encode`, `b62_decode` in `django/core/signing.py`). */

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SHAPE = /^-?[0-9A-Za-z]+$/;
/** Values of up to this many characters are below 2^53. */
const SAFE_LENGTH = 8;

/**
 * Encodes an integer.
 *
 * @throws {RangeError} for a `number` that is not a safe integer
 */
export function encodeBase62(value: number | bigint): string {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new RangeError(`The number for base62 is ${value}, expected a safe integer`);
  }
  let rest = BigInt(value);
  if (rest === 0n) return "0";
  const sign = rest < 0n ? "-" : "";
  if (rest < 0n) rest = -rest;
  let text = "";
  for (; rest > 0n; rest /= 62n) text = ALPHABET[Number(rest % 62n)] + text;
  return sign + text;
}

/**
 * Decodes an integer, or returns `null`. Leading zeros are accepted, as by Django; `""` and `"-"`, for which Django
 * crashes or returns 0, are rejected.
 */
export function decodeBase62(text: string): bigint | null {
  if (!SHAPE.test(text)) return null;
  const isNegative = text.startsWith("-");
  if (text.length <= SAFE_LENGTH) return BigInt(isNegative ? -smallValue(text, 1) : smallValue(text, 0));
  let value = 0n;
  for (let index = isNegative ? 1 : 0; index < text.length; index++) {
    value = value * 62n + BigInt(ALPHABET.indexOf(text[index]!));
  }
  return isNegative ? -value : value;
}

/** Decodes without bigints what fits in a `number`, as every timestamp does for ages to come. */
function smallValue(text: string, start: number): number {
  let value = 0;
  for (let index = start; index < text.length; index++) value = value * 62 + ALPHABET.indexOf(text[index]!);
  return value;
}
