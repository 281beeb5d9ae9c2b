/**
 * Text and bytes: UTF-8, Latin-1, hex, base64url, and comparison in constant time. Only conversions live here; none of
 * them throws on a stranger's bytes.
 */

import { constantTimeEqual as equalBytes } from "@oslojs/crypto/subtle";

/** What newer runtimes have on `Uint8Array`; TypeScript's library does not know it yet. */
interface NativeDecoder {
  fromBase64?: (text: string, options: { alphabet: "base64url" }) => Uint8Array;
}
interface NativeEncoder {
  toBase64?: (options: { alphabet: "base64url"; omitPadding: boolean }) => string;
  toHex?: () => string;
}

const ENCODER = new TextEncoder();
const STRICT_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LENIENT_DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const NATIVE_DECODER = Uint8Array as unknown as NativeDecoder;

const BASE64URL = /^[A-Za-z0-9_-]*$/;
const BASE64URL_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
// deno-lint-ignore no-control-regex -- the range of ASCII is meant
const NOT_ASCII = /[^\x00-\x7f]/;
// deno-lint-ignore no-control-regex -- the range of Latin-1 is meant
const NOT_LATIN1 = /[^\x00-\xff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** UTF-8 of a text. A lone surrogate becomes U+FFFD: see {@link isWellFormed} where two texts must not look alike. */
export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** Whether the UTF-8 of a text has more bytes; it is only encoded where its length leaves that open. */
export function isLongerInUtf8(text: string, bytes: number): boolean {
  // A unit of UTF-16 is at least one byte, and at most three.
  if (text.length * 3 <= bytes) return false;
  return text.length > bytes || ENCODER.encode(text).length > bytes;
}

/** A copy of a text, which does not keep the longer one alive that it was cut from, as a key from a Cookie header. */
export function detached(text: string): string {
  // Engines share the characters of what is cut; what JSON is read into is its own.
  return JSON.parse(JSON.stringify(text));
}

/** The text of UTF-8 bytes, or `null` if they are not UTF-8. A byte order mark stays. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return STRICT_DECODER.decode(bytes);
  } catch {
    return null;
  }
}

/** Whether a text has no lone surrogates, so that UTF-8 (and Python's `str.encode()`) can hold it. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** Whether a database keeps a text as it is: of a NUL it makes an error, of half a character U+FFFD, and two texts would be one. */
export function isStorableText(text: string): boolean {
  return !text.includes("\0") && isWellFormed(text);
}

/** Latin-1 of a text, or `null` if it holds a character above U+00FF. */
export function latin1(text: string): Uint8Array | null {
  if (!NOT_ASCII.test(text)) return ENCODER.encode(text);
  if (NOT_LATIN1.test(text)) return null;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The text of Latin-1 bytes: every byte is a character. (`TextDecoder("latin1")` would be Windows-1252.) */
export function fromLatin1(bytes: Uint8Array): string {
  // What Django signs is ASCII, for which the decoder is several times as fast.
  const ascii = LENIENT_DECODER.decode(bytes);
  if (!NOT_ASCII.test(ascii)) return ascii;
  let text = "";
  // In pieces: arguments live on the stack.
  for (let start = 0; start < bytes.length; start += 8192) {
    const piece = bytes.subarray(start, start + 8192) as unknown as number[];
    text += String.fromCharCode.apply(null, piece);
  }
  return text;
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  const native = (bytes as NativeEncoder).toHex;
  if (native !== undefined) return native.call(bytes);
  let text = "";
  for (const byte of bytes) text += (byte + 0x100).toString(16).slice(1);
  return text;
}

/** Base64url without padding, as Django's `signing.b64_encode`. */
export function toBase64Url(bytes: Uint8Array): string {
  const native = (bytes as NativeEncoder).toBase64;
  if (native !== undefined) return native.call(bytes, { alphabet: "base64url", omitPadding: true });
  return btoa(fromLatin1(bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * The bytes of base64url without padding, or `null`. Stricter than Python's `urlsafe_b64decode`, which skips foreign
 * characters, takes `+`, `/` and padding, and ignores surplus bits: here every value has one text only. What Django
 * writes always passes.
 */
export function fromBase64Url(text: string): Uint8Array | null {
  if (!isBase64Url(text)) return null;
  if (NATIVE_DECODER.fromBase64 !== undefined) {
    return NATIVE_DECODER.fromBase64(text, { alphabet: "base64url" });
  }
  const binary = binaryOf(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

/** The text whose UTF-8 is in base64url, or `null`: {@link fromUtf8} of {@link fromBase64Url}. */
export function textFromBase64Url(text: string): string | null {
  return BASE64URL.test(text) ? textFromLetters(text) : null;
}

/** {@link textFromBase64Url} of a text that is known to have no letters but those of base64url. */
export function textFromLetters(text: string): string | null {
  if (!endsRightly(text)) return null;
  // Nearly all such texts are ASCII, which is its own UTF-8: without the bytes, Deno takes a quarter of the time.
  const binary = binaryOf(text);
  return NOT_ASCII.test(binary) ? fromUtf8(fromBase64Url(text)!) : binary;
}

function isBase64Url(text: string): boolean {
  return BASE64URL.test(text) && endsRightly(text);
}

/** Whether a text of these letters ends as bytes do: its last letter must leave the bits at 0 that belong to no byte. */
function endsRightly(text: string): boolean {
  const surplus = text.length % 4;
  if (surplus < 2) return surplus === 0;
  const last = BASE64URL_ALPHABET.indexOf(text[text.length - 1]!);
  return (last & (surplus === 2 ? 0b1111 : 0b11)) === 0;
}

/** A character for each byte. */
function binaryOf(base64Url: string): string {
  return atob(base64Url.replaceAll("-", "+").replaceAll("_", "/"));
}

/**
 * Compares secrets, so that the time tells nothing about where they differ (only whether their lengths do). Two texts
 * are compared by UTF-16 code unit, so texts that merely look alike in UTF-8 differ.
 */
export function constantTimeEqual(a: Uint8Array | string, b: Uint8Array | string): boolean {
  if (typeof a === "string" && typeof b === "string") return endEqually(a, b, 0);
  return equalBytes(typeof a === "string" ? utf8(a) : a, typeof b === "string" ? utf8(b) : b);
}

/** Whether two texts of one length are equal from this unit on, compared in constant time; what is before is not looked at. */
export function endEqually(a: string, b: string, start: number): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = start; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}

/** One array of all the parts. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** A Buffer as the Uint8Array that it is, so that callers see the same class on every runtime. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
