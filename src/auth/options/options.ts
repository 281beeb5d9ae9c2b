/**
 * The options of `djangoAuth()`: Django's settings without their prefix, in camelCase. What they mean together is
 * decided in `settings.ts`.
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
  /** `SESSION_COOKIE_AGE` in seconds, by default two weeks. */
  cookieAge?: number;
  /** `SESSION_SAVE_EVERY_REQUEST`, by default `false`. */
  saveEveryRequest?: boolean;
  /** `SESSION_EXPIRE_AT_BROWSER_CLOSE`, by default `false`. */
  expireAtBrowserClose?: boolean;
  /** The table of the engine `db`, by default `django_session`. */
  table?: string;
  /** The schema of that table; the search path decides when it is not given. */
  schema?: string;
  /** The salt of the signature, which Django derives from the class name of the engine. */
  keySalt?: string;
  /** Reads the SHA-1 forms of Django 2.2 and 3.0 as well (session data and session hash). */
  legacy?: boolean;
}

/** `CSRF_*`. */
export interface CsrfOptions extends CookieOptions {
  /** `CSRF_COOKIE_AGE` in seconds, by default a year; `null` for a cookie of the browser's session. */
  cookieAge?: number | null;
  /** `CSRF_HEADER_NAME`, as Django writes it (`HTTP_X_CSRFTOKEN`) or as HTTP does (`X-CSRFToken`). */
  headerName?: string;
  /** `CSRF_TRUSTED_ORIGINS`: `https://example.com` or `https://*.example.com`. They count for sockets as well. */
  trustedOrigins?: readonly string[];
  /** `CSRF_USE_SESSIONS`, by default `false`. */
  useSessions?: boolean;
}

/** What an upgrade whose Origin is absent or `null` gets when it rests on a cookie. */
export interface SocketOriginOptions {
  /** No Origin header, as from clients that are no browsers: refused by default. */
  missing?: "refuse" | "allow";
  /** `Origin: null`, as from sandboxed frames: refused by default. */
  null?: "refuse" | "allow";
  /**
   * Takes the place of Django's CSRF rule with the list and grammar of Channels' `OriginValidator`:
   * `https://example.com:443`, `.example.com`, `*`. Origins that no browser sends are refused all the same.
   */
  allowedOrigins?: readonly string[];
}

/** What keeps live sockets true to the site, and how many there may be. */
export interface SocketsOptions {
  /**
   * Seconds between two looks at all live sockets, by one query for each table; 30 if not given, at most 10 % less by
   * chance. 0 for none: then only the feed and the end of a session close a socket.
   */
  revalidateInterval?: number;
  /**
   * Seconds that sockets live on while the database is away, 300 if not given; then they close with 1013. A socket whose own
   * rows cannot be read lives on for as long, and closes with 1011.
   */
  outageGrace?: number;
  /**
   * Whether Postgres is listened to, so that what ends a login closes its sockets at once; `true` if not given. It takes
   * a connection of its own, and the triggers of `auth.triggers` to have something to hear. An address, where `database`
   * leads through PgBouncer in transaction mode, which knows no LISTEN. A function opens a feed of your own, as for a driver
   * of your own, which has none otherwise; `createPostgresFeed` makes one. It passes on all that comes over the channel: the
   * identity cache says a word there, and believes no feed that does not tell of it.
   */
  feed?: boolean | string | ((handlers: FeedHandlers) => Feed);
  /**
   * How many sockets there may be on this node, upgrades that are under way and sockets that were told to close and have
   * not ended among them; no limit if not given. One more is closed with 4429 `too_many_connections`.
   */
  max?: number;
  /**
   * How many sockets from one address, of IPv6 from one /64, there may be on this node; no limit if not given. Behind a
   * proxy everybody has its address: see `trustedProxies`. Visitors whose address is not known, as over a Unix socket, count
   * as one, `unknown`.
   */
  maxPerAddress?: number;
  /** How many sockets of one session there may be on this node; no limit if not given. */
  maxPerSession?: number;
  /** How many sockets of one user there may be on this node, over all sessions; no limit if not given. */
  maxPerUser?: number;
  /**
   * What happens where there are as many as may be: `"refuse"` (the default) refuses the newest, `"replace"` closes the
   * oldest with 4409 `replaced`, once it is known that the newest may open. Connections that were told to close and have
   * not ended may then be as many again, and at least eight.
   */
  whenFull?: "refuse" | "replace";
  /**
   * Whose `X-Forwarded-For` is believed: the addresses and networks of your proxies (`["127.0.0.1", "10.0.0.0/8"]`), or
   * how many proxies every request comes through. Nobody's if not given: anybody can send that header.
   */
  trustedProxies?: readonly string[] | number;
  /**
   * Seconds for the decision about an upgrade, from its request on; 10 if not given, at most a twentieth late. Then it is
   * closed with 4408 `authentication_timeout`. A first message has as long, where `firstMessage` says nothing else.
   */
  authenticationDeadline?: number;
  /** How many upgrades are decided about at a time, 2,000 if not given. */
  maxAuthenticating?: number;
  /**
   * How many more upgrades may wait for that, as many as `maxAuthenticating` if not given. One more is closed with 1013
   * `try_again_later` at once.
   */
  maxWaiting?: number;
}

/** `PASSWORD_HASHERS` and what goes with it. */
export interface PasswordOptions {
  /**
   * The algorithms in use, the preferred one first, such as `["pbkdf2_sha256"]`. Given explicitly, a password of
   * another algorithm is hashed anew at login; otherwise only the same algorithm with less work is.
   */
  hashers?: readonly HasherOptions[];
  /**
   * How many passwords may wait to be hashed, by default 32 for each core of the machine. Whoever comes then gets 503
   * `server_busy`, so that a flood of logins neither fills the memory nor makes everybody wait for minutes.
   */
  maxWaiting?: number;
}

/** For how long, and of how many, it is remembered who they are. */
export interface IdentityCacheOptions {
  /**
   * Seconds after which a session and its user are looked up again, whatever was heard; 30 if not given, at most an hour. As old
   * at most are the columns of a user that no trigger tells of (a changed name, an address), and an `expire_date` that was brought forward.
   */
  maxAge?: number;
  /** How many sessions, and how many users, are remembered at least, 10,000 if not given, up to 10,000,000; at most twice as many. */
  entries?: number;
}

/** What `djangoAuth()` takes. */
export interface DjangoAuthOptions<Row extends object = DjangoUserRow> {
  /** `SECRET_KEY`. */
  secretKey: string;
  /** `SECRET_KEY_FALLBACKS`. */
  secretKeyFallbacks?: readonly string[];
  /**
   * Where Django's tables are: an address (`postgres://…`), an instance of postgres.js, or a driver of your own. With an
   * address or an instance, djauth opens connections of its own to it, with the same settings: one for look-ups, which
   * are gathered, and up to four for what writes.
   */
  database: string | PostgresClient | Database;
  /** Seconds within which every query must be answered, by default 5. */
  databaseDeadline?: number;
  /** The release of Django on the other side, by default `"5.2"`: its work factors for passwords are used. */
  django?: DjangoVersion;
  /** `USE_TZ`, by default `true`: without it, dates in sessions are local. */
  useTz?: boolean;
  /** `TIME_ZONE`, by default `"UTC"`. */
  timeZone?: string;
  /**
   * `ALLOWED_HOSTS`: the hosts whose own pages may open sockets and send forms. Not given, only the names of this
   * machine are allowed (`localhost`, `127.0.0.1`, `[::1]`).
   */
  allowedHosts?: readonly string[];
  /** `DEBUG`: an empty `allowedHosts` then means this machine; nothing else follows from it here. */
  debug?: boolean;
  /** `USE_X_FORWARDED_HOST`, by default `false`. */
  useXForwardedHost?: boolean;
  /** `USE_X_FORWARDED_PORT`, by default `false`. */
  useXForwardedPort?: boolean;
  /** `SECURE_PROXY_SSL_HEADER`: `["HTTP_X_FORWARDED_PROTO", "https"]`. Headers of a proxy are never believed without it. */
  secureProxySslHeader?: readonly [header: string, value: string] | null;
  /** `LOGIN_URL`, by default `/accounts/login/`. */
  loginUrl?: string;
  /** `SESSION_*`. */
  session?: SessionOptions;
  /** `CSRF_*`. */
  csrf?: CsrfOptions;
  /** The user table, from `userTable()`; Django's `auth_user` by default. */
  users?: UserTable<Row>;
  /** `PASSWORD_HASHERS`. */
  passwords?: PasswordOptions;
  /** `AUTHENTICATION_BACKENDS`, by default Django's `ModelBackend` alone: sessions of other backends are not believed. */
  authenticationBackends?: readonly string[];
  /** `SIMPLE_JWT`: the tokens of djangorestframework-simplejwt, and how they travel. Not given, no token is believed. */
  jwt?: JwtAuthOptions<Row>;
  /**
   * Where a login is kept that does not say: `"session"` or `"jwt"`. It goes before what `setDefaultBackend()` said for the
   * process.
   */
  defaultBackend?: LoginBackend;
  /** What keeps live sockets true, and how many there may be. */
  sockets?: SocketsOptions;
  /** The Origin of WebSocket upgrades. */
  socketOrigin?: SocketOriginOptions;
  /**
   * Remembers who was there a moment ago: their next requests and upgrades need no query. What ends a login (logout, a change
   * of the password, deactivation, deletion) is heard over the feed and forgotten at once; while the feed is down or tells of
   * another database, or the triggers are not installed, nothing is remembered. A socket then has not read its session when
   * it opens, unless `data` or `condition` has called `context.session()`: `await socket.session.load()`. `true` for the defaults; off if not given.
   */
  identityCache?: boolean | IdentityCacheOptions;
  /** Called for every event; without it, errors go to the console. */
  onEvent?: EventListener;
  /** The present moment, for tests. */
  clock?: Clock;
  /** Timers, for tests. */
  timers?: Timers;
  /** A source of randomness, for tests. */
  randomBytes?: RandomBytes;
  /** Gets the keys of `jwt.jwkUrl`, for tests. */
  fetch?: typeof fetch;
}
