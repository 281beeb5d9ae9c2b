/** Checks the options of `djangoAuth()` up front, so that no mistake waits for the first request. */

import { requireDatabase } from "../../databases/open_database.ts";
import { ImproperlyConfigured } from "../../errors.ts";
import { requireTrustedOrigins } from "../../origin/csrf_origin.ts";
import { splitDomainPort } from "../../origin/host.ts";
import { headerNameOf } from "../../origin/request_facts.ts";
import { DEADLINE_LIMIT_SECONDS } from "../../internal/deadline.ts";
import {
  areTexts,
  isObject,
  requireKnown,
  requireObject,
  requireOneOf,
  requireSeconds,
  requireSome,
  requireTexts,
  requireType,
  wrong,
  wrongKind,
} from "../../internal/option_checks.ts";
import { requirePostgresName, requireTableName } from "../../internal/postgres_name.ts";
import { requireAddress } from "./address_checks.ts";
import { cookieSettings, requireCookie, requireDifferentNames } from "./cookie_settings.ts";
import { GROUPED_OPTIONS, OPTIONS, OTHER_NAMES } from "./option_names.ts";
import { requireIdentityCache } from "./identity_cache_settings.ts";
import type { CsrfOptions, DjangoAuthOptions, SessionOptions } from "./options.ts";
import { requireSocketSettings } from "./socket_settings.ts";
import { requireTransport, tokenCookieSettings } from "./token_transport.ts";

/**
 * Requires valid options.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireOptions<Row extends object>(options: DjangoAuthOptions<Row>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    // Not quoted: a string here is a database URL or a key.
    throw new ImproperlyConfigured(
      "The options of djangoAuth() are not an object, expected options such as { secretKey, database }",
    );
  }
  requireKnown("", options, OPTIONS, OTHER_NAMES);
  requireKeys(options);
  requireDatabase("database", options.database);
  requireSeconds("databaseDeadline", options.databaseDeadline, { to: DEADLINE_LIMIT_SECONDS });
  requireUsers(options);
  requireSite(options);
  requireSession(options.session);
  requireCsrf(options.csrf);
  requireOwnNames(options);
  requireSocketOrigin(options.socketOrigin);
  requireJwt(options);
  requireSockets(options.sockets);
  requireCache(options);
  requireType("onEvent", options.onEvent, "function");
  requireType("randomBytes", options.randomBytes, "function");
  if (options.clock !== undefined && typeof options.clock?.now !== "function") {
    throw wrong("clock", options.clock, "an object with now()");
  }
  const { timers } = options;
  if (timers !== undefined && (typeof timers?.now !== "function" || typeof timers.after !== "function")) {
    throw wrong("timers", timers, "an object with now() and after()");
  }
}

/** Refuses unknown options of a group. */
function requireGroup(group: keyof typeof GROUPED_OPTIONS, value: object): void {
  requireKnown(`${group}.`, value, GROUPED_OPTIONS[group], OTHER_NAMES);
}

/** Checks the type only, and never quotes the value: whatever is given as a key may be one. */
function requireKeys(options: Pick<DjangoAuthOptions, "secretKey" | "secretKeyFallbacks">): void {
  const { secretKey, secretKeyFallbacks = [] } = options;
  if (typeof secretKey !== "string") {
    throw new ImproperlyConfigured("secretKey is missing, expected Django's SECRET_KEY");
  }
  if (secretKey === "") throw new ImproperlyConfigured("secretKey is empty, expected Django's SECRET_KEY");
  if (!areTexts(secretKeyFallbacks)) {
    throw new ImproperlyConfigured(
      "secretKeyFallbacks is not a list of strings, expected SECRET_KEY_FALLBACKS",
    );
  }
  // Anyone can sign with an empty key.
  if (secretKeyFallbacks.includes("")) {
    throw new ImproperlyConfigured("secretKeyFallbacks contains an empty key, expected SECRET_KEY_FALLBACKS");
  }
}

function requireUsers<Row extends object>(options: DjangoAuthOptions<Row>): void {
  const { users, passwords, authenticationBackends } = options;
  const isTable = typeof users === "object" && users !== null && typeof users.table === "string" &&
    typeof users.columns === "object" && typeof users.primaryKeyType === "string";
  if (users !== undefined && !isTable) throw wrong("users", users, "the result of userTable()");
  requireObject("passwords", passwords);
  requireGroup("passwords", passwords ?? {});
  const hashers = passwords?.hashers;
  if (hashers !== undefined && !Array.isArray(hashers)) {
    throw wrongKind("passwords.hashers", hashers, "a list");
  }
  requireType("django", options.django, "string");
  requireTexts("authenticationBackends", authenticationBackends);
  // Without a backend, no session would be accepted and no login could be stored.
  requireSome("authenticationBackends", authenticationBackends, "path");
}

function requireSite<Row extends object>(options: DjangoAuthOptions<Row>): void {
  for (const name of ["debug", "useTz", "useXForwardedHost", "useXForwardedPort"] as const) {
    requireType(name, options[name], "boolean");
  }
  requireAddress("loginUrl", options.loginUrl);
  requireZone(options.timeZone);
  requireProxyHeader(options.secureProxySslHeader);
  requireTexts("allowedHosts", options.allowedHosts);
  const useless = options.allowedHosts?.find((pattern) => !canMatch(pattern));
  if (useless !== undefined) {
    throw new ImproperlyConfigured(
      `allowedHosts contains ${JSON.stringify(useless)}, expected hosts without scheme, port and path, ` +
        'such as "example.com", ".example.com" or "[::1]"',
    );
  }
}

/** Returns whether any host can match the pattern. Django accepts others, which silently allow no host. */
function canMatch(pattern: string): boolean {
  if (pattern === "*") return true;
  const bare = pattern.startsWith(".") ? pattern.slice(1) : pattern;
  const { domain, port } = splitDomainPort(bare);
  return domain !== "" && domain === bare.toLowerCase() && port === "";
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
  if (!areTexts(header) || header.length !== 2) {
    throw wrong("secureProxySslHeader", header, '["HTTP_X_FORWARDED_PROTO", "https"]');
  }
  const [name, value] = header as readonly [string, string];
  requireHeaderName("secureProxySslHeader", name);
  // An empty value would treat every request as HTTPS whose proxy sends an empty header.
  if (value === "" || /^\s|\s$|,/.test(value)) {
    throw new ImproperlyConfigured(
      `secureProxySslHeader has the value ${
        JSON.stringify(value)
      }, expected one that the proxy sends, such as "https"`,
    );
  }
}

function requireHeaderName(option: string, name: string): void {
  try {
    headerNameOf(name);
  } catch {
    throw wrong(option, name, 'a header name such as "HTTP_X_CSRFTOKEN" or "X-CSRFToken"');
  }
}

function requireSession(session: SessionOptions | undefined): void {
  requireObject("session", session);
  if (session === undefined) return;
  requireGroup("session", session);
  requireSeconds("session.cookieAge", session.cookieAge);
  for (const name of ["saveEveryRequest", "expireAtBrowserClose", "legacy"] as const) {
    requireType(`session.${name}`, session[name], "boolean");
  }
  for (const name of ["table", "schema", "keySalt"] as const) {
    requireType(`session.${name}`, session[name], "string");
  }
  if (session.table !== undefined) requireTableName("session.table", session.table);
  if (session.schema !== undefined) requirePostgresName("session.schema", session.schema);
  requireCookie("session", session);
}

function requireCsrf(csrf: CsrfOptions | undefined): void {
  requireObject("csrf", csrf);
  if (csrf === undefined) return;
  requireGroup("csrf", csrf);
  if (csrf.cookieAge !== null) requireSeconds("csrf.cookieAge", csrf.cookieAge);
  requireType("csrf.headerName", csrf.headerName, "string");
  if (csrf.headerName !== undefined) requireHeaderName("csrf.headerName", csrf.headerName);
  requireType("csrf.useSessions", csrf.useSessions, "boolean");
  requireTexts("csrf.trustedOrigins", csrf.trustedOrigins);
  requireTrustedOrigins(csrf.trustedOrigins ?? []);
  requireCookie("csrf", csrf);
}

function requireJwt<Row extends object>({ jwt, defaultBackend, fetch }: DjangoAuthOptions<Row>): void {
  requireType("fetch", fetch, "function");
  requireOneOf("defaultBackend", defaultBackend, ["session", "jwt"]);
  if (defaultBackend === "jwt" && jwt === undefined) {
    throw wrongKind("jwt", jwt, 'an object, since defaultBackend is "jwt"');
  }
  requireObject("jwt", jwt);
  if (jwt === undefined) return;
  requireGroup("jwt", jwt);
  requireTransport(jwt);
}

/** Requires different names for all cookies: those with the same name would overwrite each other. */
function requireOwnNames<Row extends object>({ session, csrf, jwt }: DjangoAuthOptions<Row>): void {
  const tokens = tokenCookieSettings(jwt ?? {});
  requireDifferentNames({
    "session.cookieName": cookieSettings("session", session ?? {}),
    "csrf.cookieName": cookieSettings("csrf", csrf ?? {}),
    ...(tokens === null ? {} : {
      "jwt.cookies.access.cookieName": tokens.access,
      "jwt.cookies.refresh.cookieName": tokens.refresh,
    }),
  });
}

function requireSockets(sockets: DjangoAuthOptions["sockets"]): void {
  if (sockets === undefined) return;
  requireObject("sockets", sockets);
  requireGroup("sockets", sockets);
  requireSocketSettings(sockets, DEADLINE_LIMIT_SECONDS);
}

function requireCache<Row extends object>(options: DjangoAuthOptions<Row>): void {
  const { identityCache } = options;
  if (isObject(identityCache)) requireGroup("identityCache", identityCache);
  requireIdentityCache(options);
}

function requireSocketOrigin(origin: DjangoAuthOptions["socketOrigin"]): void {
  requireObject("socketOrigin", origin);
  if (origin === undefined) return;
  requireGroup("socketOrigin", origin);
  requireOneOf("socketOrigin.missing", origin.missing, ["refuse", "allow"]);
  requireOneOf("socketOrigin.null", origin.null, ["refuse", "allow"]);
  requireTexts("socketOrigin.allowedOrigins", origin.allowedOrigins);
}
