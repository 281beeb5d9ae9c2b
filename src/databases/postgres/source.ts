/** What djauth's own connections are opened from: a URL, or the address and settings of an instance of postgres.js. */

import { ImproperlyConfigured } from "../../errors.ts";
import { wrong } from "../../internal/option_checks.ts";
import type { PostgresClient } from "./client.ts";

/** A URL, or the parsed options of an instance of postgres.js. */
export type PostgresSource = string | Readonly<Record<string, unknown>>;

/**
 * Requires a source of which djauth can open connections of its own.
 *
 * @param option the name of the option, for messages
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireSource(option: string, source: PostgresClient | string): PostgresSource {
  if (typeof source === "string") return requireUrl(option, source);
  const settings = typeof source?.unsafe === "function" ? source.options : undefined;
  if (typeof settings === "object" && settings !== null) return settings as Record<string, unknown>;
  throw wrong(option, source, "a postgres:// URL or an instance of postgres.js that has its options");
}

/** What libpq takes from the query of a URL as well; postgres.js would connect to another server without a word. */
const ELSEWHERE: ReadonlySet<string> = new Set(["host", "hostaddr", "port", "dbname"]);

/**
 * Requires a URL of Postgres. It is never quoted in a message: it may contain a password.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for any other URL, and for a password that must be
 *   percent-encoded
 */
export function requireUrl(option: string, url: string): string {
  // Several hosts are allowed (`host1:5432,host2:5432`), which `URL` does not know.
  const single = url.replace(/^([^/?]*\/\/(?:[^/?]*@)?[^/?@,]*),[^/?@]*(?=[/?]|$)/, "$1");
  const [, scheme] = /^([a-z][a-z0-9+.-]{0,30}):\/\//i.exec(url) ?? [];
  if (scheme !== undefined && !/^postgres(?:ql)?$/.test(scheme)) {
    throw new ImproperlyConfigured(
      `${option} is a URL with the scheme "${scheme}", expected postgres://user@host/name`,
    );
  }
  if (scheme !== undefined && isAmbiguous(url)) {
    throw new ImproperlyConfigured(
      `${option} is a URL with a delimiter in its user name or password, expected them percent-encoded, as by ` +
        'encodeURIComponent(): "#" is %23, "/" %2F, "?" %3F, "@" %40 and "%" %25',
    );
  }
  if (scheme === undefined || !URL.canParse(single)) {
    throw new ImproperlyConfigured(
      `${option} is a string that is not a URL, expected postgres://user@host/name`,
    );
  }
  const misplaced = [...new URL(single).searchParams.keys()].find((name) => ELSEWHERE.has(name));
  if (misplaced !== undefined) {
    throw new ImproperlyConfigured(
      `${option} is a URL with "${misplaced}" in its query, which postgres.js ignores, expected ` +
        "postgres://user@host:port/name, or for a Unix socket an instance of postgres.js",
    );
  }
  return url;
}

/**
 * Whether a part of the password may be taken for something else: the connection could then go to a stranger's machine,
 * with the rest of the password.
 */
function isAmbiguous(url: string): boolean {
  const [, authority = "", path = "", query = ""] = /^[^:]*:\/\/([^/?]*)([^?]*)(.*)$/s.exec(url) ?? [];
  // The URL of a database has no fragment.
  if (url.includes("#") || !isDecodable(authority)) return true;
  // With one host, the last `@` ends the password; with several, postgres.js takes the first.
  if (/@.*@.*,|@.*,.*@/s.test(authority)) return true;
  // A `/` or `?` in the password precedes the `@` that ends it.
  return (path.includes("@") && (!authority.includes("@") || /@.*\//s.test(path))) || /^\?[^=]*@/.test(query);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
