/** The names of the options of `djangoAuth()`, group by group. What they mean is in `options.ts`. */

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
  "onEvent",
  "clock",
  "timers",
  "randomBytes",
  "fetch",
];

/** The options of each group whose members are options of their own. */
export const GROUPED_OPTIONS: Readonly<
  Record<"session" | "csrf" | "passwords" | "socketOrigin" | "jwt" | "sockets", readonly string[]>
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
};

/** Every option with its group, as it is written in messages. */
export const OPTION_PATHS: readonly string[] = [
  ...OPTIONS,
  ...Object.entries(GROUPED_OPTIONS).flatMap(([group, names]) => names.map((name) => `${group}.${name}`)),
];

/** Settings of Django whose option has quite another name. */
export const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["AUTH_USER_MODEL", "users"],
  ["SIMPLE_JWT", "jwt"],
]);
