/** The option names of `djangoAuth()`, group by group. Their meaning is in `options.ts`. */

import { namesOf } from "../../internal/names_of.ts";
import type { OtherNames } from "../../internal/option_checks.ts";
import type { CookieOptions } from "./cookie_options.ts";
import { COOKIE_OPTIONS } from "./cookie_settings.ts";
import type {
  CsrfOptions,
  DjangoAuthOptions,
  IdentityCacheOptions,
  PasswordAuthOptions,
  SessionOptions,
  SocketOriginOptions,
  SocketsOptions,
} from "./options.ts";
import { JWT_AUTH_OPTION_NAMES } from "./token_transport.ts";

const SOCKETS_OPTION_NAMES: readonly string[] = namesOf<SocketsOptions>({
  revalidateInterval: true,
  outageGrace: true,
  feed: true,
  max: true,
  maxPerAddress: true,
  maxPerSession: true,
  maxPerUser: true,
  whenFull: true,
  trustedProxies: true,
  authenticationDeadline: true,
  maxAuthenticating: true,
  maxWaiting: true,
});

/** The top-level options, including the groups. */
export const OPTIONS: readonly string[] = namesOf<DjangoAuthOptions>({
  secretKey: true,
  secretKeyFallbacks: true,
  database: true,
  databaseDeadline: true,
  django: true,
  useTz: true,
  timeZone: true,
  allowedHosts: true,
  debug: true,
  useXForwardedHost: true,
  useXForwardedPort: true,
  secureProxySslHeader: true,
  loginUrl: true,
  session: true,
  csrf: true,
  users: true,
  passwords: true,
  authenticationBackends: true,
  socketOrigin: true,
  jwt: true,
  defaultBackend: true,
  sockets: true,
  identityCache: true,
  onEvent: true,
  clock: true,
  timers: true,
  randomBytes: true,
  fetch: true,
});

/** The options of each group. */
export const GROUPED_OPTIONS: Readonly<
  Record<
    "session" | "csrf" | "passwords" | "socketOrigin" | "jwt" | "sockets" | "identityCache",
    readonly string[]
  >
> = {
  session: [
    ...COOKIE_OPTIONS,
    ...namesOf<Omit<SessionOptions, keyof CookieOptions>>({
      cookieAge: true,
      saveEveryRequest: true,
      expireAtBrowserClose: true,
      table: true,
      schema: true,
      keySalt: true,
      legacy: true,
    }),
  ],
  csrf: [
    ...COOKIE_OPTIONS,
    ...namesOf<Omit<CsrfOptions, keyof CookieOptions>>({
      cookieAge: true,
      headerName: true,
      trustedOrigins: true,
      useSessions: true,
    }),
  ],
  passwords: namesOf<PasswordAuthOptions>({ hashers: true, maxWaiting: true }),
  socketOrigin: namesOf<SocketOriginOptions>({ missing: true, null: true, allowedOrigins: true }),
  jwt: JWT_AUTH_OPTION_NAMES,
  sockets: SOCKETS_OPTION_NAMES,
  identityCache: namesOf<IdentityCacheOptions>({ maxAge: true, entries: true }),
};

/** Every option with its group, as written in messages. */
const OPTION_PATHS: readonly string[] = [
  ...OPTIONS,
  ...Object.entries(GROUPED_OPTIONS).flatMap(([group, names]) => names.map((name) => `${group}.${name}`)),
];

/** Names that people try, and Django settings whose option has an entirely different name, or that have none. */
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
    ["SESSION_ENGINE", "sessions are kept as by django.contrib.sessions.backends.db"],
    ["engine", "sessions are kept as by django.contrib.sessions.backends.db"],
    ["CACHES", "data are not cached, only identities, with identityCache"],
    ["SESSION_SERIALIZER", "sessions are read and written as by Django's own JSONSerializer"],
    [
      "AUTH_PASSWORD_VALIDATORS",
      "validate a new password before passing it to register() or changePassword()",
    ],
    ["LOGIN_REDIRECT_URL", "pass it to auth.safeNext(context, fallback) as the fallback"],
  ]),
};
