/**
 * All cookies of a header at once, as Django's suites ask for them; requests are read one cookie at a time. It is the
 * measure for `cookieValue`, whose reading of a value it shares.
 */

import { cookieValue } from "../../src/internal/cookies.ts";
import { pythonStrip } from "../../src/internal/python/strip.ts";

/** `parse_cookie` of `django/http/cookie.py`: of two with one name the last one counts, and one without `=` has the name `""`. */
export function parseCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const chunk of header.split(";")) {
    const equals = chunk.indexOf("=");
    const name = equals === -1 ? "" : pythonStrip(chunk.slice(0, equals));
    const value = cookieValue(`value=${chunk.slice(equals + 1)}`, "value")!;
    // Only what is not quoted can be nothing at all: `""` is a value.
    if (name !== "" || pythonStrip(chunk.slice(equals + 1)) !== "") cookies.set(name, value);
  }
  return cookies;
}
