/**
 * How Django's signers make a string URL-safe: Latin-1, compressed if that is shorter, base64url (`Signer.sign_object`
 * and `unsign_object` of `django/core/signing.py`). Nothing is signed here.
 */

import { fromBase64Url, fromLatin1, latin1, toBase64Url } from "../internal/bytes.ts";
import { deflate, inflate } from "./inflate.ts";

/** The default limit of a decompressed value: 4 MiB. */
export const DEFAULT_CEILING_BYTES: number = 4 * 1024 * 1024;

/** Marks a compressed value, and is signed with the rest. */
const COMPRESSED = ".";

/**
 * Packs a string.
 *
 * @throws {RangeError} if it contains a character above U+00FF; JSON escapes those
 */
export function packText(text: string, compress: boolean): string {
  const bytes = latin1(text);
  if (bytes === null) {
    throw new RangeError(
      "The string to be signed contains a character above U+00FF, expected Latin-1; escape it as JSON does",
    );
  }
  if (compress) {
    const compressed = deflate(bytes);
    // Django's condition: the mark costs a character.
    if (compressed.length < bytes.length - 1) return COMPRESSED + toBase64Url(compressed);
  }
  return toBase64Url(bytes);
}

/** Unpacks a string; returns `null` if it is malformed or exceeds `ceiling` bytes when decompressed. */
export function unpackText(packed: string, ceiling: number): string | null {
  const isCompressed = packed.startsWith(COMPRESSED);
  const bytes = fromBase64Url(isCompressed ? packed.slice(COMPRESSED.length) : packed);
  if (bytes === null) return null;
  if (!isCompressed) return fromLatin1(bytes);
  const inflated = inflate(bytes, ceiling);
  return inflated === null ? null : fromLatin1(inflated);
}
