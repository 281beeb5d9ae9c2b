/** The cookie options and their defaults, checked: a cookie that cannot be sent would sign nobody in. */

import { ImproperlyConfigured } from "../../errors.ts";
import { serializeCookie, type SetCookie } from "../../internal/cookies.ts";
import { namesOf } from "../../internal/names_of.ts";
import { requireOneOf, requireType, wrong } from "../../internal/option_checks.ts";
import type { CookieOptions, CookieSettings } from "./cookie_options.ts";

/** The option names of every cookie. */
export const COOKIE_OPTIONS: readonly string[] = namesOf<CookieOptions>({
  cookieName: true,
  cookieDomain: true,
  cookiePath: true,
  cookieSecure: true,
  cookieHttpOnly: true,
  cookieSameSite: true,
});

/** The option group of a cookie. */
export type CookieGroup = "session" | "csrf" | "jwt.cookies.access" | "jwt.cookies.refresh";

const DEFAULTS: Readonly<Record<CookieGroup, Pick<CookieSettings, "name" | "httpOnly" | "secure">>> = {
  session: { name: "sessionid", httpOnly: true, secure: false },
  csrf: { name: "csrftoken", httpOnly: false, secure: false },
  // There is no Django setting to agree with, and a token outlives what a logout can end.
  "jwt.cookies.access": { name: "access_token", httpOnly: true, secure: true },
  "jwt.cookies.refresh": { name: "refresh_token", httpOnly: true, secure: true },
};

/** Returns the attributes of a cookie with Django's defaults. */
export function cookieSettings(group: CookieGroup, options: CookieOptions): CookieSettings {
  return {
    name: options.cookieName ?? DEFAULTS[group].name,
    domain: options.cookieDomain ?? null,
    path: options.cookiePath ?? "/",
    secure: options.cookieSecure ?? DEFAULTS[group].secure,
    httpOnly: options.cookieHttpOnly ?? DEFAULTS[group].httpOnly,
    sameSite: options.cookieSameSite ?? "Lax",
  };
}

/** Requires attributes that can be sent. Those that no browser accepts are sent anyway, as by Django. */
export function requireCookie(group: CookieGroup, options: CookieOptions): void {
  requireType(`${group}.cookieName`, options.cookieName, "string");
  requireType(`${group}.cookiePath`, options.cookiePath, "string");
  requireType(`${group}.cookieSecure`, options.cookieSecure, "boolean");
  requireType(`${group}.cookieHttpOnly`, options.cookieHttpOnly, "boolean");
  requireOneOf(`${group}.cookieSameSite`, options.cookieSameSite, ["Lax", "Strict", "None", false]);
  if (options.cookieDomain !== null) requireType(`${group}.cookieDomain`, options.cookieDomain, "string");
  const { name, domain, path } = cookieSettings(group, options);
  requireSendable(`${group}.cookieName`, name, { name }, "a cookie name");
  requireSendable(`${group}.cookieDomain`, domain, { name, domain }, "a domain such as example.com");
  requireSendable(`${group}.cookiePath`, path, { name, path }, 'a path such as "/"');
}

/** Requires different names for all of these cookies, which are keyed by the options that name them. */
export function requireDifferentNames(cookies: Readonly<Record<string, CookieSettings>>): void {
  const seen = new Map<string, string>();
  for (const [option, { name }] of Object.entries(cookies)) {
    const other = seen.get(name);
    if (other !== undefined) throw wrong(option, name, `a different name than ${other}`);
    seen.set(name, option);
  }
}

function requireSendable(option: string, value: unknown, cookie: Partial<SetCookie>, expected: string): void {
  try {
    serializeCookie({ name: "name", value: "", ...cookie });
  } catch (cause) {
    throw new ImproperlyConfigured(wrong(option, value, expected).message, { cause });
  }
}
