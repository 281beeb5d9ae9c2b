/**
 * Strings and bytes: UTF-8, Latin-1, hex, base64url, and comparison in constant time. None of the conversions throws on
 * hostile input.
 */

import { constantTimeEqual as equalBytes } from "@oslojs/crypto/subtle";

/** Methods that newer runtimes have on `Uint8Array` and TypeScript's library does not declare yet. */
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

/**
 * Encodes UTF-8. A lone surrogate becomes U+FFFD: check {@link isWellFormed} where different strings must not collide.
 */
export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** Returns whether a string is longer than this in UTF-8; it is encoded only if its length does not decide. */
export function isLongerInUtf8(text: string, bytes: number): boolean {
  // A UTF-16 code unit takes one to three bytes.
  if (text.length * 3 <= bytes) return false;
  return text.length > bytes || ENCODER.encode(text).length > bytes;
}

/** Copies a string, so that it does not keep alive the longer one it was sliced from, such as a Cookie header. */
export function detached(text: string): string {
  // Engines share the characters of a slice; JSON.parse allocates new ones.
  return JSON.parse(JSON.stringify(text));
}

/** Decodes UTF-8; returns `null` if the bytes are not valid. A byte order mark is kept. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return STRICT_DECODER.decode(bytes);
  } catch {
    return null;
  }
}

/** Returns whether a string has no lone surrogates, so that UTF-8 (and Python's `str.encode()`) can represent it. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/**
 * Returns whether a database stores a string unchanged: NUL is an error, and lone surrogates would all become U+FFFD.
 */
export function isStorableText(text: string): boolean {
  return !text.includes("\0") && isWellFormed(text);
}

/** Encodes Latin-1; returns `null` if the string contains a character above U+00FF. */
export function latin1(text: string): Uint8Array | null {
  if (!NOT_ASCII.test(text)) return ENCODER.encode(text);
  if (NOT_LATIN1.test(text)) return null;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Decodes Latin-1: every byte is one character. (`TextDecoder("latin1")` would be Windows-1252.) */
export function fromLatin1(bytes: Uint8Array): string {
  // Data signed by Django is ASCII, for which the decoder is several times as fast.
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

/** Encodes lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  const native = (bytes as NativeEncoder).toHex;
  if (native !== undefined) return native.call(bytes);
  let text = "";
  for (const byte of bytes) text += (byte + 0x100).toString(16).slice(1);
  return text;
}

/** Encodes base64url without padding, like Django's `signing.b64_encode`. */
export function toBase64Url(bytes: Uint8Array): string {
  const native = (bytes as NativeEncoder).toBase64;
  if (native !== undefined) return native.call(bytes, { alphabet: "base64url", omitPadding: true });
  return btoa(fromLatin1(bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Decodes base64url without padding; returns `null` for anything else. Stricter than Python's `urlsafe_b64decode`,
 * which skips foreign characters, accepts `+`, `/` and padding, and ignores surplus bits: here every value has exactly
 * one encoding. Everything Django writes passes.
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

/** Decodes base64url to a UTF-8 string, or `null`: {@link fromUtf8} of {@link fromBase64Url}. */
export function textFromBase64Url(text: string): string | null {
  return BASE64URL.test(text) ? textFromBase64UrlLetters(text) : null;
}

/** Decodes as {@link textFromBase64Url} does, for a string known to use the base64url alphabet only. */
export function textFromBase64UrlLetters(text: string): string | null {
  if (!hasCleanEnd(text)) return null;
  // Nearly all such strings are ASCII, which is its own UTF-8: skipping the bytes takes a quarter of the time on Deno.
  const binary = binaryOf(text);
  return NOT_ASCII.test(binary) ? fromUtf8(fromBase64Url(text)!) : binary;
}

function isBase64Url(text: string): boolean {
  return BASE64URL.test(text) && hasCleanEnd(text);
}

/** Returns whether a base64url string ends on a byte: the bits of its last letter beyond that must be 0. */
function hasCleanEnd(text: string): boolean {
  const surplus = text.length % 4;
  if (surplus < 2) return surplus === 0;
  const last = BASE64URL_ALPHABET.indexOf(text[text.length - 1]!);
  return (last & (surplus === 2 ? 0b1111 : 0b11)) === 0;
}

/** Returns one character for each byte. */
function binaryOf(base64Url: string): string {
  return atob(base64Url.replaceAll("-", "+").replaceAll("_", "/"));
}

/**
 * Compares secrets in constant time, which reveals only whether their lengths differ. Two strings are compared by
 * UTF-16 code unit, so that those which merely share their UTF-8 form (lone surrogates) still differ.
 */
export function constantTimeEqual(a: Uint8Array | string, b: Uint8Array | string): boolean {
  if (typeof a === "string" && typeof b === "string") return equalFrom(a, b, 0);
  return equalBytes(typeof a === "string" ? utf8(a) : a, typeof b === "string" ? utf8(b) : b);
}

/** Compares two strings from the code unit `start` on, in constant time; `false` if their lengths differ. */
export function equalFrom(a: string, b: string, start: number): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = start; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}

/** Concatenates byte arrays. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Returns a Buffer as a plain Uint8Array, so that callers see the same class on every runtime. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
