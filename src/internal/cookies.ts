/**
 * Cookie headers as Django reads them (`django/http/cookie.py`) and Set-Cookie headers as Python's `http.cookies`
 * writes them for `HttpResponse.set_cookie` and `delete_cookie`, whatever the cookies mean.
 */

import type { SameSite } from "../types.ts";
import { latin1 } from "./bytes.ts";
import { pythonStrip } from "./python/strip.ts";

/** One Set-Cookie header. */
export interface SetCookie {
  /** The name. */
  name: string;
  /** The value; quoted if Python quotes it. */
  value: string;
  /** The lifetime in seconds, truncated. */
  maxAge?: number | null | undefined;
  /** The same expiry as a date; Django always sends both. */
  expires?: Date | null | undefined;
  /** The domain. */
  domain?: string | null | undefined;
  /** The path; `"/"` if not given, omitted if `null`. */
  path?: string | null | undefined;
  /** Whether it is sent over HTTPS only. */
  secure?: boolean | undefined;
  /** Whether it is hidden from scripts. */
  httpOnly?: boolean | undefined;
  /** Whether it is sent with requests from other sites; `false` leaves that to the browser. */
  sameSite?: SameSite | undefined;
}

/** An escaped character inside quotes: three octal digits, or any character but a line feed. */
const ESCAPE = /\\(?:([0-3][0-7][0-7])|([^\n]))/gu;

/** `_LegalChars` of `http.cookies`: names, and values that do not need quotes. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`|~:]+$/;

/** The characters escaped inside quotes: Latin-1 without `_UnescapedChars` of `http.cookies`. */
// deno-lint-ignore no-control-regex -- they include control characters
const QUOTED = /[\x00-\x1f",;\\\x7f-\xff]/g;

/** The characters that would end an attribute or a header line. */
// deno-lint-ignore no-control-regex -- control characters are searched for
const UNSAFE_ATTRIBUTE = /[\x00-\x1f;\x7f]|[^\x00-\xff]/;

/** Names that `http.cookies` rejects, since they are attributes. */
const RESERVED = new Set([
  "expires",
  "path",
  "comment",
  "domain",
  "max-age",
  "secure",
  "httponly",
  "version",
  "samesite",
]);

/**
 * Returns one cookie of a header, as `parse_cookie` of `django/http/cookie.py` reads it: of two with the same name the
 * last one counts, a cookie without `=` has the name `""`, quoted values are unquoted, and nothing is percent-decoded.
 *
 * Stricter than Python in one respect: only spaces and tabs are stripped from the name. Python also strips bytes such
 * as 0xA0, and browsers let pages on other hosts set a cookie whose name is such a byte followed by `__Host-`.
 */
export function cookieValue(header: string, name: string): string | undefined {
  // From the end, since the last one counts.
  let end = header.length;
  while (end >= 0) {
    const start = end === 0 ? 0 : header.lastIndexOf(";", end - 1) + 1;
    const chunk = header.slice(start, end);
    const equals = chunk.indexOf("=");
    if (hasName(chunk, Math.max(equals, 0), name)) {
      const value = pythonStrip(chunk.slice(equals + 1));
      if (name !== "" || value !== "") return unquote(value);
    }
    end = start - 1;
  }
  return undefined;
}

/** Returns whether the chunk up to `end` is this name, with nothing but spaces and tabs around it. */
function hasName(chunk: string, end: number, name: string): boolean {
  let start = 0;
  while (start < end && isBlank(chunk, start)) start++;
  while (end > start && isBlank(chunk, end - 1)) end--;
  return end - start === name.length && chunk.startsWith(name, start);
}

function isBlank(text: string, index: number): boolean {
  return text[index] === " " || text[index] === "\t";
}

/**
 * Serialises a Set-Cookie header, byte for byte as Python does, with its order of attributes.
 *
 * @throws {RangeError} if a part cannot be in a header, where Python raises or writes a broken header
 */
export function serializeCookie(cookie: SetCookie): string {
  const { name, value, maxAge, expires, domain, path = "/", secure, httpOnly, sameSite } = cookie;
  if (!TOKEN.test(name) || RESERVED.has(name.toLowerCase())) {
    throw new RangeError(
      `The cookie name is "${name}", expected a token that is not the name of an attribute`,
    );
  }
  let line = `${name}=${quote(name, value)}`;
  if (domain) line += `; Domain=${attribute("domain", domain)}`;
  if (expires) line += `; expires=${httpDate(expires)}`;
  if (httpOnly) line += "; HttpOnly";
  if (maxAge !== undefined && maxAge !== null) line += `; Max-Age=${wholeSeconds(maxAge)}`;
  if (path) line += `; Path=${attribute("path", path)}`;
  if (sameSite) line += `; SameSite=${attribute("sameSite", sameSite)}`;
  if (secure) line += "; Secure";
  return line;
}

/**
 * Returns the cookie that deletes another one. Mirrors `HttpResponse.delete_cookie`. It is `Secure` where browsers
 * would otherwise ignore it: with the prefixes `__Secure-` and `__Host-` and with `SameSite=None`.
 */
export function expiredCookie(
  name: string,
  { path, domain, sameSite }: Pick<SetCookie, "path" | "domain" | "sameSite"> = {},
): SetCookie {
  const secure = name.startsWith("__Secure-") || name.startsWith("__Host-") || sameSite === "None";
  return { name, value: "", path, domain, sameSite, maxAge: 0, expires: new Date(0), secure };
}

/** Mirrors `_unquote` of `http.cookies`. */
function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replace(
    ESCAPE,
    (_, octal: string | undefined, character: string) =>
      octal === undefined ? character : String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Mirrors `_quote` of `http.cookies`, which quotes the empty string as well. */
function quote(name: string, value: string): string {
  if (TOKEN.test(value)) return value;
  // Python leaves these unchanged, and then the server cannot send the header.
  if (latin1(value) === null) {
    throw new RangeError(
      `The value of the cookie "${name}" contains a character above U+00FF, expected Latin-1`,
    );
  }
  return `"${value.replace(QUOTED, escape)}"`;
}

function escape(character: string): string {
  if (character === '"' || character === "\\") return "\\" + character;
  return "\\" + character.charCodeAt(0).toString(8).padStart(3, "0");
}

/**
 * Validates an attribute, which Python does not escape: `;` would start another attribute, a line end another header.
 */
function attribute(option: string, value: string): string {
  if (UNSAFE_ATTRIBUTE.test(value)) {
    throw new RangeError(`${option} is "${value}", expected Latin-1 without ";" and control characters`);
  }
  return value;
}

function wholeSeconds(maxAge: number): number {
  const seconds = Math.trunc(maxAge);
  if (!Number.isSafeInteger(seconds)) {
    throw new RangeError(`maxAge is ${maxAge}, expected a number of seconds`);
  }
  return seconds;
}

/** Mirrors `http_date` of `django/utils/http.py`. */
function httpDate(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new RangeError("expires is an invalid date, expected a valid one");
  return date.toUTCString();
}
