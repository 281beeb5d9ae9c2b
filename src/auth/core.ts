/** What the parts of this level share: the settings and the services below them, put together once. */

import type { Feed, FeedHandlers } from "../feed.ts";
import type { IpNetwork } from "../internal/ip_address.ts";
import type { Timers } from "../internal/timers.ts";
import type { CsrfSettings } from "../origin/csrf.ts";
import type { Passwords } from "../passwords/passwords.ts";
import type { Session } from "../session/session.ts";
import type { SessionStore, StoredSession } from "../session/store.ts";
import type { Clock, RandomBytes } from "../types.ts";
import type { UserStore } from "../users/store.ts";
import type { CookieSettings } from "./cookie_options.ts";
import type { EventCounters } from "./counters.ts";
import type { EventListener, SocketLimit } from "./events.ts";
import type { LoginBackend } from "./login_backend.ts";
import type { LoginClaims } from "./login_claims.ts";
import type { OriginHints } from "./origin_hints.ts";
import type { OwnChanges } from "./own_changes.ts";
import type { IdentityServices } from "./identity.ts";
import type { TokenService } from "./token_service.ts";
import type { Tickets } from "./tickets.ts";
import type { Seal } from "./seal.ts";

/** Every option that this level reads, checked, with its default filled in. */
export interface Settings {
  readonly sessionCookie: CookieSettings;
  readonly saveEveryRequest: boolean;
  readonly csrfCookie: CookieSettings;
  readonly csrfCookieAge: number | null;
  /** `CSRF_HEADER_NAME` as HTTP has it, in lower case. */
  readonly csrfHeaderName: string;
  /** The rules on hosts, origins and CSRF, as the level below takes them. */
  readonly origin: CsrfSettings;
  readonly socketOrigin: {
    readonly missing: "refuse" | "allow";
    readonly null: "refuse" | "allow";
    readonly allowedOrigins: readonly string[] | null;
  };
  readonly loginUrl: string;
  /** `null` where the process says. */
  readonly defaultBackend: LoginBackend | null;
  readonly sockets: SocketSettings;
}

/** When live sockets are looked at again, and how many there may be. */
export interface SocketSettings {
  /** Seconds between two rounds; 0 for none. */
  readonly revalidateInterval: number;
  /** Seconds that sockets live on while the database is away. */
  readonly outageGrace: number;
  /** How many there may be; what has no limit is not there. */
  readonly limits: ReadonlyMap<SocketLimit, number>;
  readonly whenFull: "refuse" | "replace";
  /** How many proxies there are, or where. */
  readonly trustedProxies: number | readonly IpNetwork[];
  /** Seconds for the decision about an upgrade. */
  readonly authenticationDeadline: number;
  /** Decisions at a time. */
  readonly maxAuthenticating: number;
  /** Decisions that may wait for their turn. */
  readonly maxWaiting: number;
}

/** The settings and services of one `djangoAuth()`. */
export interface AuthCore<Row extends object> extends IdentityServices<Row> {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly sessions: SessionStore;
  readonly users: UserStore<Row>;
  readonly passwords: Passwords;
  /** Bring logins from sockets to their pages. */
  readonly loginClaims: LoginClaims;
  /** Bring logins from requests to upgrades. */
  readonly tickets: Tickets;
  /** Who hears of what this process itself does to logins. */
  readonly ownChanges: OwnChanges;
  /** simplejwt's tokens; `null` where they are not in use. */
  readonly jwt: TokenService<Row> | null;
  readonly emit: EventListener;
  readonly counters: EventCounters;
  readonly timers: Timers;
  readonly seal: Seal;
  /** Opens the feed of the database; `null` where there is none to listen to. */
  readonly openFeed: ((handlers: FeedHandlers) => Feed) | null;
  /** Told of requests whose Origin was refused; for those who configure a site. */
  readonly hintOrigin: OriginHints;
  /** What is found out on the way, so that it is tried once and not with every request. */
  readonly found: {
    /** Whether the role may not write sessions. */
    areSessionsReadOnly: boolean;
  };
  /** A session with this key; what was loaded already is not loaded again. */
  openSession(sessionKey: string | null, stored: StoredSession | null): Session;
}
