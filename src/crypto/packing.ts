/**
 * How Django's signers put a text into URL-safe characters: Latin-1, compressed where that is shorter, base64url
 * (`Signer.sign_object` and `unsign_object` of `django/core/signing.py`). No signature here.
 */

import { fromBase64Url, fromLatin1, latin1, toBase64Url } from "../internal/bytes.ts";
import { deflate, inflate } from "./inflate.ts";

/** The bytes that a compressed value may have when decompressed, where no other ceiling is given: 4 MiB. */
export const DEFAULT_CEILING: number = 4 * 1024 * 1024;

/** What marks a compressed value. It is signed with the rest. */
const COMPRESSED = ".";

/**
 * Packs a text.
 *
 * @throws {RangeError} where it holds a character above U+00FF; JSON escapes those
 */
export function packText(text: string, compress: boolean): string {
  const bytes = latin1(text);
  if (bytes === null) {
    throw new RangeError("The text to be signed holds a character above U+00FF; escape it as JSON does");
  }
  if (compress) {
    const compressed = deflate(bytes);
    // Django's condition: the mark costs a character.
    if (compressed.length < bytes.length - 1) return COMPRESSED + toBase64Url(compressed);
  }
  return toBase64Url(bytes);
}

/** The text, or `null` where it is no such packing or has more than `ceiling` bytes when decompressed. */
export function unpackText(packed: string, ceiling: number): string | null {
  const isCompressed = packed.startsWith(COMPRESSED);
  const bytes = fromBase64Url(isCompressed ? packed.slice(COMPRESSED.length) : packed);
  if (bytes === null) return null;
  if (!isCompressed) return fromLatin1(bytes);
  const inflated = inflate(bytes, ceiling);
  return inflated === null ? null : fromLatin1(inflated);
}
