/** What the parts of this level share: the settings and the services below them, put together once. */

import type { Feed, FeedHandlers } from "../../feed.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { Passwords } from "../../passwords/passwords.ts";
import type { Session } from "../../session/session.ts";
import type { SessionStore, StoredSession } from "../../session/store.ts";
import type { Clock, RandomBytes } from "../../types.ts";
import type { SessionHash } from "../../users/session_hash.ts";
import type { UserRecord, UserStore } from "../../users/store.ts";
import type { User } from "../../users/user.ts";
import type { UserTable } from "../../users/user_table.ts";
import type { EventCounters } from "../events/counters.ts";
import type { EventListener } from "../events/events.ts";
import type { OptionalWrites } from "./optional_writes.ts";
import type { OneTimeLogins } from "./one_time_logins.ts";
import type { OriginHints } from "../events/origin_hints.ts";
import type { Settings } from "../options/settings.ts";
import type { OwnChanges } from "./own_changes.ts";
import type { TokenService } from "./token_service.ts";
import type { Seal } from "./seal.ts";

/** What it takes to say whom a session or a token names. */
export interface IdentityServices<Row extends object> {
  readonly users: Pick<UserStore<Row>, "findById">;
  readonly table: UserTable<Row>;
  readonly sessionHash: SessionHash;
  /** `AUTHENTICATION_BACKENDS`. */
  readonly backends: readonly string[];
  /** Told of a living session whose user id is text that no key of this table can be. */
  readonly onMalformedUserId: () => void;
  /** Makes the user object of a record. */
  readonly userOf: (record: UserRecord<Row>) => User<Row>;
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
  readonly loginClaims: OneTimeLogins;
  /** Bring logins from requests to upgrades. */
  readonly tickets: OneTimeLogins;
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
  /** Runs what Django writes into sessions while it reads them. */
  readonly optionalWrites: OptionalWrites;
  /** A session with this key; what was loaded already is not loaded again. */
  openSession(sessionKey: string | null, stored: StoredSession | null): Session;
}
