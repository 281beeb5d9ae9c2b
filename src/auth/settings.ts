/** The options of `djangoAuth()`, checked at once, with Django's defaults. Nothing wrong waits for the first request. */

import { ImproperlyConfigured } from "../errors.ts";
import { serializeCookie } from "../internal/cookies.ts";
import { requireTrustedOrigins } from "../origin/csrf_origin.ts";
import { headerNameOf } from "../origin/request_facts.ts";
import type { SessionSettings } from "../session/expiry.ts";
import type { SecretKeys } from "../types.ts";
import {
  requireKnown,
  requireObject,
  requireOneOf,
  requireSeconds,
  requireTexts,
  requireType,
  wrong,
} from "./checks.ts";
import type { CookieSettings, Settings } from "./core.ts";
import type { CookieOptions, CsrfOptions, DjangoAuthOptions, SessionOptions } from "./options.ts";

const DEFAULT_BACKENDS: readonly string[] = ["django.contrib.auth.backends.ModelBackend"];
/** Django's default of `CSRF_COOKIE_AGE`: a year less a day. */
const CSRF_COOKIE_AGE = 60 * 60 * 24 * 7 * 52;

const COOKIE_OPTIONS: readonly string[] = [
  ...["cookieName", "cookieDomain", "cookiePath"],
  ...["cookieSecure", "cookieHttpOnly", "cookieSameSite"],
];
const OPTIONS: readonly string[] = [
  ...["secretKey", "secretKeyFallbacks", "database", "databaseDeadline", "django", "useTz", "timeZone"],
  ...["allowedHosts", "debug", "useXForwardedHost", "useXForwardedPort", "secureProxySslHeader", "loginUrl"],
  ...["session", "csrf", "users", "passwords", "authenticationBackends", "socketOrigin"],
  ...["onEvent", "clock", "randomBytes"],
];
const SESSION_OPTIONS: readonly string[] = [
  ...COOKIE_OPTIONS,
  ...["cookieAge", "saveEveryRequest", "expireAtBrowserClose", "table", "schema", "keySalt", "legacy"],
];
const CSRF_OPTIONS: readonly string[] = [
  ...COOKIE_OPTIONS,
  ...["cookieAge", "headerName", "trustedOrigins", "useSessions"],
];

/** Refuses options that cannot be. */
export function checkOptions<Row extends object>(options: DjangoAuthOptions<Row>): void {
  if (typeof options !== "object" || options === null) {
    throw wrong("djangoAuth(options)", options, "an object");
  }
  const { session = {}, csrf = {}, socketOrigin = {} } = options;
  requireObject("session", session);
  requireObject("csrf", csrf);
  requireObject("socketOrigin", socketOrigin);
  requireKnown("", options, OPTIONS);
  requireKnown("session.", session, SESSION_OPTIONS);
  requireKnown("csrf.", csrf, CSRF_OPTIONS);
  requireKnown("socketOrigin.", socketOrigin, ["missing", "null", "allowedOrigins"]);
  requireSecret(options.secretKey);
  if (options.database === undefined) {
    throw new ImproperlyConfigured("database is missing, expected a postgres:// URL");
  }
  for (const name of ["allowedHosts", "secretKeyFallbacks", "authenticationBackends"] as const) {
    requireTexts(name, options[name]);
  }
  for (const name of ["debug", "useTz", "useXForwardedHost", "useXForwardedPort"] as const) {
    requireType(name, options[name], "boolean");
  }
  requireType("loginUrl", options.loginUrl, "string");
  requireType("onEvent", options.onEvent, "function");
  requireZone(options.timeZone);
  requireProxyHeader(options.secureProxySslHeader);
  checkSession(session);
  checkCsrf(csrf);
  requireOneOf("socketOrigin.missing", socketOrigin.missing, ["refuse", "allow"]);
  requireOneOf("socketOrigin.null", socketOrigin.null, ["refuse", "allow"]);
  requireTexts("socketOrigin.allowedOrigins", socketOrigin.allowedOrigins);
}

/** What this level reads of the options, with defaults. */
export function settingsOf<Row extends object>(options: DjangoAuthOptions<Row>): Settings {
  const { session = {}, csrf = {}, socketOrigin = {} } = options;
  const sessionCookie = cookieSettings("session", session, { name: "sessionid", httpOnly: true });
  const csrfCookie = cookieSettings("csrf", csrf, { name: "csrftoken", httpOnly: false });
  const csrfHeaderName = headerNameOf(csrf.headerName ?? "HTTP_X_CSRFTOKEN");
  return {
    sessionCookie,
    saveEveryRequest: session.saveEveryRequest ?? false,
    csrfCookie,
    csrfCookieAge: csrf.cookieAge === undefined ? CSRF_COOKIE_AGE : csrf.cookieAge,
    csrfHeaderName,
    origin: {
      allowedHosts: options.allowedHosts ?? [],
      // Whoever says nothing about hosts is at the own machine, as with Django's DEBUG; an empty list allows none.
      debug: options.debug ?? options.allowedHosts === undefined,
      useXForwardedHost: options.useXForwardedHost ?? false,
      useXForwardedPort: options.useXForwardedPort ?? false,
      secureProxySslHeader: options.secureProxySslHeader ?? null,
      trustedOrigins: csrf.trustedOrigins ?? [],
      cookieName: csrfCookie.name,
      headerName: csrfHeaderName,
      useSessions: csrf.useSessions ?? false,
      cookieDomain: csrfCookie.domain,
      sessionCookieDomain: sessionCookie.domain,
    },
    socketOrigin: {
      missing: socketOrigin.missing ?? "refuse",
      null: socketOrigin.null ?? "refuse",
      allowedOrigins: socketOrigin.allowedOrigins ?? null,
    },
    loginUrl: options.loginUrl ?? "/accounts/login/",
  };
}

/** When sessions end. */
export function sessionSettingsOf<Row extends object>(options: DjangoAuthOptions<Row>): SessionSettings {
  const { session = {} } = options;
  return {
    cookieAge: session.cookieAge ?? 1_209_600,
    expireAtBrowserClose: session.expireAtBrowserClose ?? false,
    useTz: options.useTz ?? true,
    timeZone: options.timeZone ?? "UTC",
  };
}

/** `SECRET_KEY` and its fallbacks. */
export function keysOf<Row extends object>(options: DjangoAuthOptions<Row>): SecretKeys {
  return { current: options.secretKey, fallbacks: [...options.secretKeyFallbacks ?? []] };
}

/** `AUTHENTICATION_BACKENDS`. */
export function backendsOf<Row extends object>(options: DjangoAuthOptions<Row>): readonly string[] {
  return [...options.authenticationBackends ?? DEFAULT_BACKENDS];
}

function requireSecret(key: unknown): void {
  // The value is never quoted, whatever it is.
  if (typeof key !== "string") {
    throw new ImproperlyConfigured(`secretKey is missing, expected Django's SECRET_KEY`);
  }
  if (key === "") throw new ImproperlyConfigured("secretKey is empty, expected Django's SECRET_KEY");
}

function requireZone(zone: unknown): void {
  requireType("timeZone", zone, "string");
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone as string ?? "UTC" });
  } catch {
    throw wrong("timeZone", zone, 'an IANA zone such as "Europe/Paris"');
  }
}

function requireProxyHeader(header: unknown): void {
  if (header === undefined || header === null) return;
  const isPair = Array.isArray(header) && header.length === 2 &&
    header.every((item) => typeof item === "string");
  if (!isPair) throw wrong("secureProxySslHeader", header, '["HTTP_X_FORWARDED_PROTO", "https"]');
  headerNameOf(String(header[0]));
}

function checkSession(session: SessionOptions): void {
  requireSeconds("session.cookieAge", session.cookieAge);
  for (const name of ["saveEveryRequest", "expireAtBrowserClose", "legacy"] as const) {
    requireType(`session.${name}`, session[name], "boolean");
  }
  for (const name of ["table", "schema", "keySalt"] as const) {
    requireType(`session.${name}`, session[name], "string");
  }
}

function checkCsrf(csrf: CsrfOptions): void {
  if (csrf.cookieAge !== null) requireSeconds("csrf.cookieAge", csrf.cookieAge);
  requireType("csrf.headerName", csrf.headerName, "string");
  requireType("csrf.useSessions", csrf.useSessions, "boolean");
  requireTexts("csrf.trustedOrigins", csrf.trustedOrigins);
  requireTrustedOrigins(csrf.trustedOrigins ?? []);
}

function cookieSettings(
  group: string,
  options: CookieOptions,
  defaults: { readonly name: string; readonly httpOnly: boolean },
): CookieSettings {
  requireType(`${group}.cookieName`, options.cookieName, "string");
  requireType(`${group}.cookiePath`, options.cookiePath, "string");
  requireType(`${group}.cookieSecure`, options.cookieSecure, "boolean");
  requireType(`${group}.cookieHttpOnly`, options.cookieHttpOnly, "boolean");
  requireOneOf(`${group}.cookieSameSite`, options.cookieSameSite, ["Lax", "Strict", "None", false]);
  if (options.cookieDomain !== null) requireType(`${group}.cookieDomain`, options.cookieDomain, "string");
  const settings: CookieSettings = {
    name: options.cookieName ?? defaults.name,
    domain: options.cookieDomain ?? null,
    path: options.cookiePath ?? "/",
    secure: options.cookieSecure ?? false,
    httpOnly: options.cookieHttpOnly ?? defaults.httpOnly,
    sameSite: options.cookieSameSite ?? "Lax",
  };
  try {
    serializeCookie({ ...settings, value: "" });
  } catch (error) {
    throw new ImproperlyConfigured(
      `${group}.cookieName, cookieDomain or cookiePath cannot stand in a header`,
      {
        cause: error,
      },
    );
  }
  return settings;
}
