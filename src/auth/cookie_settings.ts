/** The cookies of the options, held against what browsers take. A cookie that none takes would sign nobody in. */

import { ImproperlyConfigured } from "../errors.ts";
import { serializeCookie, type SetCookie } from "../internal/cookies.ts";
import { requireOneOf, requireType, wrong } from "./checks.ts";
import type { CookieSettings } from "./core.ts";
import type { CookieOptions } from "./options.ts";

/** The group of options that a cookie stands in. */
export type CookieGroup = "session" | "csrf";

const DEFAULTS: Readonly<Record<CookieGroup, { readonly name: string; readonly httpOnly: boolean }>> = {
  session: { name: "sessionid", httpOnly: true },
  csrf: { name: "csrftoken", httpOnly: false },
};

/** The attributes of a cookie with Django's defaults. */
export function cookieSettings(group: CookieGroup, options: CookieOptions): CookieSettings {
  return {
    name: options.cookieName ?? DEFAULTS[group].name,
    domain: options.cookieDomain ?? null,
    path: options.cookiePath ?? "/",
    secure: options.cookieSecure ?? false,
    httpOnly: options.cookieHttpOnly ?? DEFAULTS[group].httpOnly,
    sameSite: options.cookieSameSite ?? "Lax",
  };
}

/** Refuses attributes that cannot be sent, and combinations that no browser keeps. */
export function checkCookie(group: CookieGroup, options: CookieOptions): void {
  requireType(`${group}.cookieName`, options.cookieName, "string");
  requireType(`${group}.cookiePath`, options.cookiePath, "string");
  requireType(`${group}.cookieSecure`, options.cookieSecure, "boolean");
  requireType(`${group}.cookieHttpOnly`, options.cookieHttpOnly, "boolean");
  requireOneOf(`${group}.cookieSameSite`, options.cookieSameSite, ["Lax", "Strict", "None", false]);
  if (options.cookieDomain !== null) requireType(`${group}.cookieDomain`, options.cookieDomain, "string");
  const { name, domain, path } = cookieSettings(group, options);
  requireSendable(`${group}.cookieName`, name, { name }, "a name for a cookie");
  requireSendable(`${group}.cookieDomain`, domain, { name, domain }, "a domain such as example.com");
  requireSendable(`${group}.cookiePath`, path, { name, path }, 'a path such as "/"');
  requirePossible(group, cookieSettings(group, options));
}

/** Refuses one name for both cookies: each would overwrite the other. */
export function requireTwoNames(session: CookieSettings, csrf: CookieSettings): void {
  if (session.name === csrf.name) {
    throw wrong("csrf.cookieName", csrf.name, "another name than session.cookieName");
  }
}

function requireSendable(option: string, value: unknown, cookie: Partial<SetCookie>, expected: string): void {
  try {
    serializeCookie({ name: "name", value: "", ...cookie });
  } catch (cause) {
    throw new ImproperlyConfigured(wrong(option, value, expected).message, { cause });
  }
}

/** Browsers drop these without a word; RFC 6265bis, 4.1.3 and 5.7, which has the prefixes in any case. */
function requirePossible(group: CookieGroup, cookie: CookieSettings): void {
  const isHost = /^__Host-/i.test(cookie.name);
  const name = `${group}.cookieName is ${JSON.stringify(cookie.name)}`;
  if (isHost && cookie.domain) {
    throw new ImproperlyConfigured(`${name}, expected no ${group}.cookieDomain with this prefix`);
  }
  if (isHost && cookie.path !== "/") {
    throw new ImproperlyConfigured(`${name}, expected ${group}.cookiePath "/" with this prefix`);
  }
  if (cookie.secure) return;
  if (isHost || /^__Secure-/i.test(cookie.name)) {
    throw new ImproperlyConfigured(`${name}, expected ${group}.cookieSecure with this prefix`);
  }
  if (cookie.sameSite === "None") {
    throw new ImproperlyConfigured(
      `${group}.cookieSameSite is "None", expected ${group}.cookieSecure with it`,
    );
  }
}
