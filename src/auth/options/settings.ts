/**
 * The settings that follow from the options of `djangoAuth()`, with Django's defaults. The options are already checked.
 */

import { MODEL_BACKEND } from "../../internal/django_names.ts";
import { DEFAULT_SESSION_SETTINGS, type SessionSettings } from "../../session/expiry.ts";
import type { SecretKeys } from "../../types.ts";
import type { CsrfSettings } from "../../origin/csrf.ts";
import type { CookieSettings } from "./cookie_options.ts";
import { cookieSettings } from "./cookie_settings.ts";
import { type IdentityCacheSettings, identityCacheSettings } from "./identity_cache_settings.ts";
import type { LoginBackend } from "./login_backend.ts";
import { type SocketSettings, socketSettings } from "./socket_settings.ts";
import type { DjangoAuthOptions } from "./options.ts";

/** Every option that this level reads, with defaults applied. */
export interface Settings {
  readonly sessionCookie: CookieSettings;
  readonly saveEveryRequest: boolean;
  readonly csrfCookie: CookieSettings;
  readonly csrfCookieAge: number | null;
  /** The rules on hosts, origins and CSRF, as needed by the level below. */
  readonly origin: CsrfSettings;
  readonly socketOrigin: {
    readonly missing: "refuse" | "allow";
    readonly null: "refuse" | "allow";
    readonly allowedOrigins: readonly string[] | null;
  };
  readonly loginUrl: string;
  /** `null` for that of the process, see `setDefaultBackend()`. */
  readonly defaultBackend: LoginBackend | null;
  readonly sockets: SocketSettings;
  /** `null` for none. */
  readonly identityCache: IdentityCacheSettings | null;
}

const DEFAULT_BACKENDS: readonly string[] = [MODEL_BACKEND];
/** Django's default of `CSRF_COOKIE_AGE`: 52 weeks. */
const CSRF_COOKIE_AGE_SECONDS = 60 * 60 * 24 * 7 * 52;

/** Returns the options that this level reads, with defaults. */
export function settingsOf<Row extends object>(options: DjangoAuthOptions<Row>): Settings {
  const { session = {}, csrf = {}, socketOrigin = {} } = options;
  const sessionCookie = cookieSettings("session", session);
  const csrfCookie = cookieSettings("csrf", csrf);
  return {
    sessionCookie,
    saveEveryRequest: session.saveEveryRequest ?? false,
    csrfCookie,
    csrfCookieAge: csrf.cookieAge === undefined ? CSRF_COOKIE_AGE_SECONDS : csrf.cookieAge,
    origin: {
      // Copied, like the other lists: verifyHost() remembers a host that was allowed.
      allowedHosts: [...options.allowedHosts ?? []],
      // Without allowedHosts the site runs on the developer's machine, as with Django's DEBUG; an empty list allows no
      // host.
      debug: options.debug ?? options.allowedHosts === undefined,
      useXForwardedHost: options.useXForwardedHost ?? false,
      useXForwardedPort: options.useXForwardedPort ?? false,
      secureProxySslHeader: options.secureProxySslHeader ?? null,
      trustedOrigins: [...csrf.trustedOrigins ?? []],
      cookieName: csrfCookie.name,
      headerName: csrf.headerName ?? "HTTP_X_CSRFTOKEN",
      useSessions: csrf.useSessions ?? false,
      cookieDomain: csrfCookie.domain,
      sessionCookieDomain: sessionCookie.domain,
    },
    socketOrigin: {
      missing: socketOrigin.missing ?? "refuse",
      null: socketOrigin.null ?? "refuse",
      allowedOrigins: socketOrigin.allowedOrigins === undefined ? null : [...socketOrigin.allowedOrigins],
    },
    sockets: socketSettings(options.sockets ?? {}),
    identityCache: identityCacheSettings(options.identityCache),
    loginUrl: options.loginUrl ?? "/accounts/login/",
    defaultBackend: options.defaultBackend ?? null,
  };
}

/** Returns when sessions expire. */
export function sessionSettingsOf<Row extends object>(options: DjangoAuthOptions<Row>): SessionSettings {
  const { session = {} } = options;
  return {
    cookieAge: session.cookieAge ?? DEFAULT_SESSION_SETTINGS.cookieAge,
    expireAtBrowserClose: session.expireAtBrowserClose ?? DEFAULT_SESSION_SETTINGS.expireAtBrowserClose,
    useTz: options.useTz ?? DEFAULT_SESSION_SETTINGS.useTz,
    timeZone: options.timeZone ?? DEFAULT_SESSION_SETTINGS.timeZone,
  };
}

/** Returns `SECRET_KEY` and its fallbacks. */
export function keysOf<Row extends object>(options: DjangoAuthOptions<Row>): SecretKeys {
  return { current: options.secretKey, fallbacks: [...options.secretKeyFallbacks ?? []] };
}

/** Returns `AUTHENTICATION_BACKENDS`. */
export function backendsOf<Row extends object>(options: DjangoAuthOptions<Row>): readonly string[] {
  return [...options.authenticationBackends ?? DEFAULT_BACKENDS];
}
