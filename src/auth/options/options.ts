/**
 * The options of `djangoAuth()`: Django's settings in camelCase, without their prefix. They are resolved in
 * `settings.ts`.
 */

import type { Database } from "../../database.ts";
import type { PostgresClient } from "../../databases/postgres/client.ts";
import type { Feed, FeedHandlers } from "../../feed.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { HasherOptions } from "../../passwords/hashers.ts";
import type { Clock, DjangoVersion, RandomBytes } from "../../types.ts";
import type { DjangoUserRow, UserTable } from "../../users/user_table.ts";
import type { LoginBackend } from "./login_backend.ts";
import type { CookieOptions } from "./cookie_options.ts";
import type { EventListener } from "../events/events.ts";
import type { JwtAuthOptions } from "./jwt_options.ts";

/** `SESSION_*`. */
export interface SessionOptions extends CookieOptions {
  /** `SESSION_COOKIE_AGE` in seconds, two weeks by default. */
  cookieAge?: number;
  /** `SESSION_SAVE_EVERY_REQUEST`, `false` by default. */
  saveEveryRequest?: boolean;
  /** `SESSION_EXPIRE_AT_BROWSER_CLOSE`, `false` by default. */
  expireAtBrowserClose?: boolean;
  /** The table of the `db` session engine, `django_session` by default. */
  table?: string;
  /** The schema of that table; if not given, the search path decides. */
  schema?: string;
  /** The salt of the signature, which Django derives from the class name of the session engine. */
  keySalt?: string;
  /** Also accepts the SHA-1 formats of Django 2.2 and 3.0 (session data and session hash). */
  legacy?: boolean;
}

/** `CSRF_*`. */
export interface CsrfOptions extends CookieOptions {
  /** `CSRF_COOKIE_AGE` in seconds, 52 weeks by default; `null` for a browser-session cookie. */
  cookieAge?: number | null;
  /** `CSRF_HEADER_NAME`, in Django's spelling (`HTTP_X_CSRFTOKEN`) or in HTTP's (`X-CSRFToken`). */
  headerName?: string;
  /** `CSRF_TRUSTED_ORIGINS`: `https://example.com` or `https://*.example.com`. Also applies to sockets. */
  trustedOrigins?: readonly string[];
  /** `CSRF_USE_SESSIONS`, `false` by default. */
  useSessions?: boolean;
}

/** The Origin check of upgrades that are authenticated by a cookie. */
export interface SocketOriginOptions {
  /** For upgrades without an Origin header, as from clients other than browsers: `"refuse"` by default. */
  missing?: "refuse" | "allow";
  /** For `Origin: null`, as from sandboxed frames: `"refuse"` by default. */
  null?: "refuse" | "allow";
  /**
   * Replaces Django's CSRF rule by the list and grammar of Channels' `OriginValidator`: `https://example.com:443`,
   * `.example.com`, `*`. Origins that no browser sends are still refused.
   */
  allowedOrigins?: readonly string[];
}

/** How live sockets are re-validated, and how many are allowed. */
export interface SocketsOptions {
  /**
   * Seconds between two re-validations of all live sockets, which take one query per table; 30 by default, randomly up
   * to 10 % less. 0 disables them: then only the feed and the expiry of a session close a socket.
   */
  revalidateInterval?: number;
  /**
   * Seconds that sockets stay open while the database is unavailable, 300 by default; then they close with 1013. A
   * socket whose own rows cannot be read stays open for the same time and then closes with 1011.
   */
  outageGrace?: number;
  /**
   * Whether to listen to Postgres notifications, so that the end of a login closes its sockets immediately; `true` by
   * default. This takes a separate connection, and needs the triggers of `auth.triggers`. Give a URL if `database` goes
   * through PgBouncer in transaction mode, which does not support LISTEN. Give a function to open a feed of your own,
   * as for a custom driver, which otherwise has none; `createPostgresFeed` creates one. It must pass on every message
   * of the channel: the identity cache sends a probe over it, and does not trust a feed that does not deliver the
   * probe.
   */
  feed?: boolean | string | ((handlers: FeedHandlers) => Feed);
  /**
   * The maximum number of sockets on this node, including upgrades in progress and sockets that are closing; no limit
   * by default. One more is closed with 4429 `too_many_connections`.
   */
  max?: number;
  /**
   * The maximum number of sockets from one address (for IPv6, from one /64) on this node; no limit by default. Behind a
   * proxy all visitors have its address: see `trustedProxies`. Visitors without a known address, as over a Unix socket,
   * count together as `unknown`.
   */
  maxPerAddress?: number;
  /** The maximum number of sockets of one session on this node; no limit by default. */
  maxPerSession?: number;
  /** The maximum number of sockets of one user on this node, over all sessions; no limit by default. */
  maxPerUser?: number;
  /**
   * What happens when a limit is reached: `"refuse"` (the default) refuses the newest socket, `"replace"` closes the
   * oldest with 4409 `replaced`, once it is known that the newest may open. With `"replace"`, the closing sockets may
   * number as many again, and at least eight.
   */
  whenFull?: "refuse" | "replace";
  /**
   * The proxies whose `X-Forwarded-For` is trusted: their addresses and networks (`["127.0.0.1", "10.0.0.0/8"]`), or
   * the number of proxies that every request passes through. None by default, since any client can send that header.
   */
  trustedProxies?: readonly string[] | number;
  /**
   * Seconds for the decision about an upgrade, counted from its request; 10 by default, enforced at most 5 % late. Then
   * it is closed with 4408 `authentication_timeout`. Also the default deadline of a first message, see `firstMessage`.
   */
  authenticationDeadline?: number;
  /** The number of upgrades that are decided concurrently, 2,000 by default. */
  maxAuthenticating?: number;
  /**
   * The number of further upgrades that may wait for a decision, by default the same as `maxAuthenticating`. One more
   * is closed with 1013 `try_again_later` immediately.
   */
  maxWaiting?: number;
}

/** `PASSWORD_HASHERS` and related options. */
export interface PasswordAuthOptions {
  /**
   * The algorithms in use, the preferred one first, such as `["pbkdf2_sha256"]`. If given, a password hashed with any
   * other than the preferred algorithm is rehashed at login; otherwise only one of the same algorithm with a lower work
   * factor.
   */
  hashers?: readonly HasherOptions[];
  /**
   * The number of passwords that may wait to be hashed, by default 32 per CPU core. Any more get 503 `server_busy`, so
   * that a flood of logins neither fills the memory nor makes everybody wait for minutes.
   */
  maxWaiting?: number;
}

/** How long identities are cached, and how many. */
export interface IdentityCacheOptions {
  /**
   * Seconds after which a session and its user are looked up again in any case; 30 by default, at most an hour. This
   * bounds how stale data can be whose changes no trigger reports: a user's name or address, and an `expire_date` that
   * was made earlier.
   */
  maxAge?: number;
  /**
   * The number of sessions, and of users, that are cached at least, 10,000 by default and up to 10,000,000; at most
   * twice as many are kept.
   */
  entries?: number;
}

/** The options of `djangoAuth()`. */
export interface DjangoAuthOptions<Row extends object = DjangoUserRow> {
  /** `SECRET_KEY`. */
  secretKey: string;
  /** `SECRET_KEY_FALLBACKS`. */
  secretKeyFallbacks?: readonly string[];
  /**
   * The database with Django's tables: a URL (`postgres://…`), an instance of postgres.js, or a driver of your own.
   * With a URL or an instance, djauth opens its own connections with the same settings: one for look-ups, which are
   * batched, and up to four for writes.
   */
  database: string | PostgresClient | Database;
  /** Seconds within which every query must be answered, 5 by default. */
  databaseDeadline?: number;
  /** The release of Django that the site runs, `"5.2"` by default: its work factors for passwords are used. */
  django?: DjangoVersion;
  /** `USE_TZ`, `true` by default: if `false`, dates in sessions are in local time. */
  useTz?: boolean;
  /** `TIME_ZONE`, `"UTC"` by default. */
  timeZone?: string;
  /**
   * `ALLOWED_HOSTS`: the hosts whose pages may open sockets and submit forms. If not given, only the names of the local
   * machine are allowed (`localhost`, `127.0.0.1`, `[::1]`). Copied: later changes of the list have no effect.
   */
  allowedHosts?: readonly string[];
  /** `DEBUG`: an empty `allowedHosts` then allows the local machine; it has no other effect here. */
  debug?: boolean;
  /** `USE_X_FORWARDED_HOST`, `false` by default. */
  useXForwardedHost?: boolean;
  /** `USE_X_FORWARDED_PORT`, `false` by default. */
  useXForwardedPort?: boolean;
  /** `SECURE_PROXY_SSL_HEADER`: `["HTTP_X_FORWARDED_PROTO", "https"]`. Without it, such a header is never trusted. */
  secureProxySslHeader?: readonly [header: string, value: string] | null;
  /** `LOGIN_URL`, `/accounts/login/` by default. */
  loginUrl?: string;
  /** `SESSION_*`. */
  session?: SessionOptions;
  /** `CSRF_*`. */
  csrf?: CsrfOptions;
  /** The user table, created by `userTable()`; Django's `auth_user` by default. */
  users?: UserTable<Row>;
  /** `PASSWORD_HASHERS`. */
  passwords?: PasswordAuthOptions;
  /**
   * `AUTHENTICATION_BACKENDS`, by default only Django's `ModelBackend`: sessions of other backends are not accepted.
   */
  authenticationBackends?: readonly string[];
  /**
   * `SIMPLE_JWT`: the tokens of djangorestframework-simplejwt and their transport. If not given, no token is accepted.
   */
  jwt?: JwtAuthOptions<Row>;
  /**
   * Where a login is kept if `login()` gets no `backend`: `"session"` or `"jwt"`. Overrides the default of the process,
   * see `setDefaultBackend()`.
   */
  defaultBackend?: LoginBackend;
  /** How live sockets are re-validated, and how many are allowed. */
  sockets?: SocketsOptions;
  /** The Origin check of WebSocket upgrades. */
  socketOrigin?: SocketOriginOptions;
  /**
   * Caches who sent recent requests, so that their next requests and upgrades need no query. The end of a login
   * (logout, password change, deactivation, deletion) is notified over the feed and takes effect immediately; nothing
   * is cached while the feed is down or belongs to another database, or the triggers are not installed. With the cache,
   * a socket has not loaded its session when it opens, unless `data` or `condition` has called `context.session()`:
   * call `await socket.session.load()` first. `true` for the defaults; off by default.
   */
  identityCache?: boolean | IdentityCacheOptions;
  /** Called for every event; if not given, errors and hints go to the console. */
  onEvent?: EventListener;
  /** The clock, for tests. */
  clock?: Clock;
  /** Timers, for tests. */
  timers?: Timers;
  /** A source of randomness, for tests. */
  randomBytes?: RandomBytes;
  /** Fetches the keys of `jwt.jwkUrl`, for tests. */
  fetch?: typeof fetch;
}
