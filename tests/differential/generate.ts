/**
 * Random values that are easily corrupted between Python and JavaScript: numbers, texts, keys, nesting; as JSON text in
 * any spelling, and as JavaScript values.
 */

import type { Random } from "./random.ts";

const ASCII =
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.:;,=+/'\"\\!?@#$%&*(){}[]<>|~^`";
const HARD_PIECES = [
  ...["\u0000", "\u001f", "\u007f", "\u0080", "\u00a0", "\u00ff", "\u2028", "\ufeff", "\uffff"],
  ...["\b", "\f", "\n", "\r", "\t", "é", "ß", "中文", "😀", "𝒳", "\u{10ffff}", "e\u0301"],
];
const LONE_SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff", "\ude00\ud83d"];
const HARD_KEYS = [
  ...[
    "10",
    "2",
    "0",
    "-1",
    "01",
    "4294967295",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "length",
    "",
  ],
  ...[
    "_auth_user_id",
    "_auth_user_backend",
    "_auth_user_hash",
    "_session_expiry",
    "_csrftoken",
    "toJSON",
    "then",
  ],
];
const NUMBER_TEXTS = [
  ...[
    "0",
    "-0",
    "1",
    "-1",
    "1.0",
    "0.0",
    "-0.0",
    "10.50",
    "1e5",
    "1E+22",
    "1e22",
    "1e21",
    "1e16",
    "1e15",
    "123e-9",
  ],
  ...[
    "1e-07",
    "0.0001",
    "0.00001",
    "5e-324",
    "1.7976931348623157e308",
    "1e400",
    "-1e400",
    "0.1",
    "NaN",
    "Infinity",
  ],
  ...[
    "-Infinity",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "18446744073709551616",
  ],
  ...["9007199254740993.0", "123456789012345678901234567890.5", "2.5E-3", "1e0"],
];
const NUMBERS = [
  ...[
    0,
    -0,
    1,
    -1,
    0.1,
    1e-7,
    1e-5,
    1e-4,
    1e15,
    1e16,
    1e21,
    1e22,
    5e-324,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
  ],
  ...[NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 2 ** 53 - 1, 2 ** 64, 123456789.125, 100, 1e3, 4.35],
];
const BIG_INTEGERS = [2n ** 53n, -(2n ** 53n) - 1n, 2n ** 63n, 2n ** 64n, -(2n ** 70n), 10n ** 40n, 7n];

/** Maximum nesting depth. */
const MAX_DEPTH = 4;

/** Text; `isUnicode` leaves lone surrogates out. */
export function text(random: Random, isUnicode: boolean = false, most: number = 12): string {
  if (random.oneIn(12)) return "";
  const pieces = random.many(random.between(1, most), () => {
    if (random.oneIn(5)) return random.pick(HARD_PIECES);
    if (!isUnicode && random.oneIn(20)) return random.pick(LONE_SURROGATES);
    return random.letters(ASCII, 4, 1);
  });
  const joined = pieces.join("");
  // Long and repetitive, so that compression pays off.
  return random.oneIn(15) ? joined.repeat(random.between(5, 60)) : joined;
}

/** The key of a member. */
export function memberKey(random: Random): string {
  return random.oneIn(3) ? random.pick(HARD_KEYS) : text(random, false, 2);
}

/** JSON text of any value, in any spelling that Python accepts. */
export function jsonText(random: Random, depth: number = 0): string {
  const shape = random.below(depth >= MAX_DEPTH ? 6 : 9);
  if (shape < 3) return stringText(random, text(random));
  if (shape < 5) return numberText(random);
  if (shape === 5) return random.pick(["null", "true", "false"]);
  if (shape === 6) return list(random, "[", "]", () => jsonText(random, depth + 1));
  return objectText(random, depth);
}

/** JSON text of an object, like session data; keys may be repeated. */
export function objectText(random: Random, depth: number = 0): string {
  return list(
    random,
    "{",
    "}",
    () =>
      `${stringText(random, memberKey(random))}${space(random)}:${space(random)}${
        jsonText(random, depth + 1)
      }`,
  );
}

/** A JavaScript value that JSON can represent. */
export function jsonValue(random: Random, depth: number = 0): unknown {
  const shape = random.below(depth >= MAX_DEPTH ? 6 : 9);
  if (shape < 3) return text(random);
  if (shape === 3) return random.oneIn(2) ? random.pick(NUMBERS) : random.double();
  if (shape === 4) return random.oneIn(2) ? random.pick(BIG_INTEGERS) : random.integer(45);
  if (shape === 5) return random.pick([null, true, false]);
  if (shape === 6) return random.many(random.below(5), () => jsonValue(random, depth + 1));
  return jsonObject(random, depth);
}

/** A JavaScript object; `__proto__` is an ordinary member. */
export function jsonObject(random: Random, depth: number = 0): Record<string, unknown> {
  return Object.fromEntries(
    random.many(random.below(6), () => [memberKey(random), jsonValue(random, depth + 1)]),
  );
}

/** A tampered text: one character is changed, added or removed. */
export function tampered(random: Random, original: string, alphabet: string = ASCII): string {
  const place = random.below(original.length + 1);
  const inserted = random.oneIn(3) ? "" : random.letters(alphabet, 1, 1);
  return original.slice(0, place) + inserted + original.slice(place + random.below(2));
}

function list(random: Random, open: string, close: string, item: () => string): string {
  const items = random.many(random.below(6), () => `${space(random)}${item()}${space(random)}`);
  return `${open}${items.join(",") || space(random)}${close}`;
}

function space(random: Random): string {
  return random.oneIn(10) ? random.pick([" ", "\n", "\t", "\r", "  "]) : "";
}

function numberText(random: Random): string {
  if (random.oneIn(2)) return random.pick(NUMBER_TEXTS);
  if (random.oneIn(2)) return String(random.integer(45));
  const value = random.double();
  return random.pick([String(value), value.toExponential(), value.toPrecision(random.between(1, 21))]);
}

/** Writes a string as other programs might: characters raw or escaped, hex digits in either case. */
function stringText(random: Random, value: string): string {
  let written = "";
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    const mustEscape = unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit >= 0xd800 && unit <= 0xdfff);
    if (!mustEscape && !random.oneIn(30)) written += value[i];
    else if (unit === 0x22 || unit === 0x5c) written += `\\${value[i]}`;
    else if (value[i] === "/") written += "\\/";
    else {
      const hex = unit.toString(16).padStart(4, "0");
      written += `\\u${random.oneIn(2) ? hex : hex.toUpperCase()}`;
    }
  }
  return `"${written}"`;
}
