/** The names of the options of `djangoAuth()`, group by group. What they mean is in `options.ts`. */

import type { OtherNames } from "../../internal/option_checks.ts";
import { COOKIE_OPTIONS } from "./cookie_settings.ts";
import { JWT_AUTH_OPTION_NAMES } from "./token_transport.ts";

const SOCKETS_OPTION_NAMES: readonly string[] = [
  "revalidateInterval",
  "outageGrace",
  "feed",
  "max",
  "maxPerAddress",
  "maxPerSession",
  "maxPerUser",
  "whenFull",
  "trustedProxies",
  "authenticationDeadline",
  "maxAuthenticating",
  "maxWaiting",
];

/** The options that stand in no group, and the groups. */
export const OPTIONS: readonly string[] = [
  "secretKey",
  "secretKeyFallbacks",
  "database",
  "databaseDeadline",
  "django",
  "useTz",
  "timeZone",
  "allowedHosts",
  "debug",
  "useXForwardedHost",
  "useXForwardedPort",
  "secureProxySslHeader",
  "loginUrl",
  "session",
  "csrf",
  "users",
  "passwords",
  "authenticationBackends",
  "socketOrigin",
  "jwt",
  "defaultBackend",
  "sockets",
  "identityCache",
  "onEvent",
  "clock",
  "timers",
  "randomBytes",
  "fetch",
];

/** The options of each group whose members are options of their own. */
export const GROUPED_OPTIONS: Readonly<
  Record<
    "session" | "csrf" | "passwords" | "socketOrigin" | "jwt" | "sockets" | "identityCache",
    readonly string[]
  >
> = {
  session: [
    ...COOKIE_OPTIONS,
    "cookieAge",
    "saveEveryRequest",
    "expireAtBrowserClose",
    "table",
    "schema",
    "keySalt",
    "legacy",
  ],
  csrf: [...COOKIE_OPTIONS, "cookieAge", "headerName", "trustedOrigins", "useSessions"],
  passwords: ["hashers", "maxWaiting"],
  socketOrigin: ["missing", "null", "allowedOrigins"],
  jwt: JWT_AUTH_OPTION_NAMES,
  sockets: SOCKETS_OPTION_NAMES,
  identityCache: ["maxAge", "entries"],
};

/** Every option with its group, as it is written in messages. */
const OPTION_PATHS: readonly string[] = [
  ...OPTIONS,
  ...Object.entries(GROUPED_OPTIONS).flatMap(([group, names]) => names.map((name) => `${group}.${name}`)),
];

/** Names that people try, and settings of Django whose option has quite another name, or that have none. */
export const OTHER_NAMES: OtherNames = {
  elsewhere: OPTION_PATHS,
  others: new Map([
    ["AUTH_USER_MODEL", "users"],
    ["SIMPLE_JWT", "jwt"],
    ["simpleJwt", "jwt"],
    ["jwtOptions", "jwt"],
    ["DATABASE_URL", "database"],
    ["databaseUrl", "database"],
    ["hosts", "allowedHosts"],
    ["cache", "identityCache"],
    ["ttl", "identityCache.maxAge"],
    ["size", "identityCache.entries"],
  ]),
  reasons: new Map([
    ["SESSION_ENGINE", "sessions are where django.contrib.sessions.backends.db keeps them"],
    ["engine", "sessions are where django.contrib.sessions.backends.db keeps them"],
    ["CACHES", "no data are cached, only who somebody is, with identityCache"],
    ["SESSION_SERIALIZER", "sessions are read and written as by Django's own JSONSerializer"],
    [
      "AUTH_PASSWORD_VALIDATORS",
      "validate a new password before it is given to register() or changePassword()",
    ],
    ["LOGIN_REDIRECT_URL", "give it to auth.safeNext(context, fallback) as the fallback"],
  ]),
};
