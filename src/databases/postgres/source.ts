/** Where connections of djauth's own go: a URL, or the address and settings of an instance of postgres.js. */

import { ImproperlyConfigured } from "../../errors.ts";
import { wrong } from "../../internal/option_checks.ts";
import type { PostgresClient } from "./client.ts";

/** A URL, or the options of an instance of postgres.js as that has parsed them. */
export type PostgresSource = string | Readonly<Record<string, unknown>>;

/**
 * What connections of djauth's own can be made of.
 *
 * @param option the name of the option, for the message
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireSource(option: string, source: PostgresClient | string): PostgresSource {
  if (typeof source === "string") return requireUrl(option, source);
  const settings = typeof source?.unsafe === "function" ? source.options : undefined;
  if (typeof settings === "object" && settings !== null) return settings as Record<string, unknown>;
  throw wrong(option, source, "a postgres:// URL or an instance of postgres.js that has its options");
}

/**
 * The URL, never quoted in a message: it may hold a password.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for what is no address of Postgres, and for a password that has to
 * be percent-encoded
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
      `${option} is a URL with a sign that means something else there, expected its password percent-encoded, as by ` +
        'encodeURIComponent(): "#" is %23, "/" %2F, "?" %3F, "@" %40 and "%" %25',
    );
  }
  if (scheme === undefined || !URL.canParse(single)) {
    throw new ImproperlyConfigured(`${option} is a text that is no URL, expected postgres://user@host/name`);
  }
  return url;
}

/**
 * Whether a piece of the password may be taken for something else: then a stranger's machine could be asked, and be told
 * what is left of the password.
 */
function isAmbiguous(url: string): boolean {
  const [, authority = "", path = "", query = ""] = /^[^:]*:\/\/([^/?]*)([^?]*)(.*)$/s.exec(url) ?? [];
  // No database has a fragment.
  if (url.includes("#") || !isDecodable(authority)) return true;
  // Of one host, the last `@` ends the password; of several, postgres.js takes the first.
  if (/@.*@.*,|@.*,.*@/s.test(authority)) return true;
  // A `/` or `?` came first, and the `@` that ends the password stands behind it.
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

/**
 * Where a client connects to, for messages: `db.internal:5432`. It is "" where a host may be a piece of the password, as
 * of one whose `@` or `/` was not encoded.
 *
 * @param source what the client was made of
 * @param parsed the options of the client, as postgres.js has parsed the source
 */
export function placeOf(source: unknown, parsed: unknown): string {
  const { path, host, port, pass, database } = Object(parsed) as Record<string, unknown>;
  if (typeof source === "string" && !UNMISTAKABLE.test(source)) return "";
  if (typeof path === "string") return path;
  if (!Array.isArray(host) || !Array.isArray(port)) return "";
  const texts = [...host, database].map(String);
  const password = typeof pass === "string" ? pass : "";
  const isDoubtful = texts.some((text) => text.includes("@")) ||
    host.some((name) => password.includes(String(name)));
  return isDoubtful ? "" : host.map((name, index) => `${name}:${port[index]}`).join(", ");
}

/** A URL whose only `@`, if any, ends the name and the password. */
const UNMISTAKABLE = /^[^@]*$|^[^:]*:\/\/[^/?#@]*@[^@]*$/;
