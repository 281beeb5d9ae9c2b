/**
 * Cookie headers as Django reads them (`django/http/cookie.py`) and Set-Cookie lines as Python's `http.cookies` writes
 * them for `HttpResponse.set_cookie` and `delete_cookie`. What a cookie means is not known here.
 */

import type { SameSite } from "../types.ts";
import { latin1 } from "./bytes.ts";
import { pythonStrip } from "./python/strip.ts";

/** One Set-Cookie line. */
export interface SetCookie {
  /** The name. */
  name: string;
  /** The value; quoted where Python quotes it. */
  value: string;
  /** Seconds; a fraction is cut off. */
  maxAge?: number | null | undefined;
  /** The same moment once more; Django always sends both. */
  expires?: Date | null | undefined;
  /** The domain. */
  domain?: string | null | undefined;
  /** The path; `"/"` if not given, none if `null`. */
  path?: string | null | undefined;
  /** Only over HTTPS. */
  secure?: boolean | undefined;
  /** Not for scripts. */
  httpOnly?: boolean | undefined;
  /** When it is sent with requests from other sites; `false` leaves it to the browser. */
  sameSite?: SameSite | undefined;
}

/** An escaped character inside quotes: three octal digits, or any character but a line feed. */
const ESCAPE = /\\(?:([0-3][0-7][0-7])|([^\n]))/gu;

/** `_LegalChars` of `http.cookies`: names, and values that need no quotes. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`|~:]+$/;

/** What is escaped inside quotes: Latin-1 without `_UnescapedChars` of `http.cookies`. */
// deno-lint-ignore no-control-regex -- control characters are among them
const QUOTED = /[\x00-\x1f",;\\\x7f-\xff]/g;

/** What would end an attribute, or a header line. */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const UNSAFE_ATTRIBUTE = /[\x00-\x1f;\x7f]|[^\x00-\xff]/;

/** Names that `http.cookies` refuses, since they are attributes. */
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
 * One cookie of a header, as `parse_cookie` of `django/http/cookie.py` reads it: of two with one name the last one counts,
 * a cookie without `=` has the name `""`, quoted values are unquoted, and nothing is percent-decoded.
 *
 * Stricter than Python in one point: only spaces and tabs are taken away around the name. Python also strips bytes such as
 * 0xA0, and browsers let other hosts' pages set a cookie whose name is such a byte and then `__Host-`.
 */
export function cookieValue(header: string, name: string): string | undefined {
  // From the end, as the last one counts.
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

/** Whether this name stands before `end`, with spaces and tabs around it at most. */
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
 * The text of a Set-Cookie header: byte for byte what Python writes, attributes in its order.
 *
 * @throws {RangeError} where name, value, path or domain cannot stand in a header; Python raises or writes it broken
 */
export function serializeCookie(cookie: SetCookie): string {
  const { name, value, maxAge, expires, domain, path = "/", secure, httpOnly, sameSite } = cookie;
  if (!TOKEN.test(name) || RESERVED.has(name.toLowerCase())) {
    throw new RangeError(`"${name}" cannot be the name of a cookie`);
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
 * The cookie that deletes another one: `HttpResponse.delete_cookie`. It is `Secure` where browsers would ignore it
 * otherwise: with the prefixes `__Secure-` and `__Host-` and with `SameSite=None`.
 */
export function expiredCookie(
  name: string,
  { path, domain, sameSite }: Pick<SetCookie, "path" | "domain" | "sameSite"> = {},
): SetCookie {
  const secure = name.startsWith("__Secure-") || name.startsWith("__Host-") || sameSite === "None";
  return { name, value: "", path, domain, sameSite, maxAge: 0, expires: new Date(0), secure };
}

/** `_unquote` of `http.cookies`. */
function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replace(
    ESCAPE,
    (_, octal: string | undefined, character: string) =>
      octal === undefined ? character : String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** `_quote` of `http.cookies`, which quotes the empty text as well. */
function quote(name: string, value: string): string {
  if (TOKEN.test(value)) return value;
  // Python leaves these as they are, and then the server cannot send the header.
  if (latin1(value) === null) {
    throw new RangeError(`The value of the cookie "${name}" holds a character above U+00FF`);
  }
  return `"${value.replace(QUOTED, escape)}"`;
}

function escape(character: string): string {
  if (character === '"' || character === "\\") return "\\" + character;
  return "\\" + character.charCodeAt(0).toString(8).padStart(3, "0");
}

/** An attribute, which Python does not escape: a `;` in it would begin another attribute, a line end another header. */
function attribute(option: string, value: string): string {
  if (UNSAFE_ATTRIBUTE.test(value)) {
    throw new RangeError(`${option} "${value}" cannot stand in a Set-Cookie header`);
  }
  return value;
}

function wholeSeconds(maxAge: number): number {
  const seconds = Math.trunc(maxAge);
  if (!Number.isSafeInteger(seconds)) {
    throw new RangeError(`maxAge must be a number of seconds, not ${maxAge}`);
  }
  return seconds;
}

/** `http_date` of `django/utils/http.py`. */
function httpDate(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new RangeError("expires must be a valid date");
  return date.toUTCString();
}
