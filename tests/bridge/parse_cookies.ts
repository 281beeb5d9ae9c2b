/**
 * Parses all cookies of a header, as Django's suites require; djauth itself reads one cookie at a time. Used to check
 * `cookieValue`, with which it shares the parsing of values.
 */

import { cookieValue } from "../../src/internal/cookies.ts";
import { pythonStrip } from "../../src/internal/python/strip.ts";

/**
 * `parse_cookie` of `django/http/cookie.py`: the last of two with the same name wins, and one without `=` has the name
 * `""`.
 */
export function parseCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const chunk of header.split(";")) {
    const equals = chunk.indexOf("=");
    const name = equals === -1 ? "" : pythonStrip(chunk.slice(0, equals));
    const value = cookieValue(`value=${chunk.slice(equals + 1)}`, "value")!;
    // Only an unquoted value counts as missing: `""` is a value.
    if (name !== "" || pythonStrip(chunk.slice(equals + 1)) !== "") cookies.set(name, value);
  }
  return cookies;
}
