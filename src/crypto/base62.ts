/** Django's base62, which writes the seconds of a timestamp (`b62_encode`, `b62_decode` in `django/core/signing.py`). */

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SHAPE = /^-?[0-9A-Za-z]+$/;
/** Texts of this length hold less than 2^53. */
const SAFE_LENGTH = 8;

/**
 * Writes an integer.
 *
 * @throws {RangeError} where a `number` is no safe integer
 */
export function encodeBase62(value: number | bigint): string {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new RangeError(`Base62 needs an integer, not ${value}`);
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
 * Reads an integer, or gives `null`. Leading zeros are read as Django reads them; `""` and `"-"`, on which Django
 * crashes or answers 0, are refused.
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

/** What fits a `number`, and that is every timestamp for ages, needs no bigints on its way. */
function smallValue(text: string, start: number): number {
  let value = 0;
  for (let index = start; index < text.length; index++) value = value * 62 + ALPHABET.indexOf(text[index]!);
  return value;
}
