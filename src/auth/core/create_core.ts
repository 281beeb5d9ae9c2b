/** Makes the services that `djangoAuth()` stands on out of its options. */

import { type Database, isDatabase } from "../../database.ts";
import { openDatabase } from "../../databases/open_database.ts";
import { createPostgresFeed } from "../../databases/postgres/feed.ts";
import { requireUrl } from "../../databases/postgres/source.ts";
import { SYSTEM_CLOCK } from "../../internal/time/clock.ts";
import { SYSTEM_RANDOM } from "../../internal/random.ts";
import { SYSTEM_TIMERS } from "../../internal/time/timers.ts";
import type { TokenBlacklistOptions } from "../../jwt/options/options.ts";
import { createPasswords } from "../../passwords/passwords.ts";
import { createSessionCodec } from "../../session/codec.ts";
import { Session } from "../../session/session.ts";
import { createDatabaseSessions } from "../../stores/db_sessions.ts";
import { createDatabaseUsers } from "../../stores/db_users.ts";
import { createTriggers, type Triggers } from "../../stores/triggers/triggers.ts";
import { createSessionHash } from "../../users/session_hash.ts";
import { createUserFactory } from "../../users/user.ts";
import { type DjangoUserRow, type UserTable, userTable } from "../../users/user_table.ts";
import { requireOptions } from "../options/check_options.ts";
import type { AuthCore } from "./core.ts";
import { EventCounters } from "../events/counters.ts";
import {
  createConsoleListener,
  createSparseTeller,
  type EventListener,
  safeListener,
  type SessionTroubleCode,
} from "../events/events.ts";
import { createOptionalWrites } from "./optional_writes.ts";
import { createOneTimeLogins } from "./one_time_logins.ts";
import type { DjangoAuthOptions } from "../options/options.ts";
import { createOriginHints } from "../events/origin_hints.ts";
import { type OwnChanges, toldSessions, toldUsers } from "./own_changes.ts";
import { createSeal } from "./seal.ts";
import { backendsOf, keysOf, sessionSettingsOf, settingsOf } from "../options/settings.ts";
import { createTokenService, type TokenService } from "./token_service.ts";

/** What a `djangoAuth()` is made of. */
export interface CoreParts<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly database: Database;
  readonly triggers: Triggers;
}

/**
 * The core of a `djangoAuth()`, and the database and the triggers under it.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for an option that cannot be
 */
export function createCore<Row extends object>(
  options: DjangoAuthOptions<Row>,
): CoreParts<Row> {
  requireOptions(options);
  const { session = {}, clock = SYSTEM_CLOCK, randomBytes = SYSTEM_RANDOM } = options;
  const keys = keysOf(options);
  const settings = settingsOf(options);
  const sessionSettings = sessionSettingsOf(options);
  const counters = new EventCounters();
  const listen = safeListener(options.onEvent ?? createConsoleListener());
  const emit: EventListener = (event) => {
    counters.add(event);
    listen(event);
  };
  const passwords = createPasswords({
    django: options.django,
    random: randomBytes,
    hashers: options.passwords?.hashers,
    maxWaiting: options.passwords?.maxWaiting,
    onBusy: () => emit({ type: "auth.limited", code: "server_busy" }),
  });
  // Without `users`, djangoAuth() lets Row be nothing but DjangoUserRow.
  const djangoTable: UserTable<DjangoUserRow> = userTable();
  const table = options.users ?? djangoTable as unknown as UserTable<Row>;
  const codec = createSessionCodec({ keys, salt: session.keySalt, legacy: session.legacy, clock });
  const database = openDatabase(options.database, options.databaseDeadline);
  const ownChanges: OwnChanges = { listener: null };
  const storage = {
    database,
    clock,
    table: session.table,
    schema: session.schema,
    deadline: options.databaseDeadline,
  };
  const tellUnreadable = createSparseTeller<SessionTroubleCode>(
    (code) => emit({ type: "session.unreadable", code }),
    clock,
  );
  const storedSessions = createDatabaseSessions({ ...storage, codec, onUnreadable: tellUnreadable });
  const sessions = toldSessions(storedSessions, ownChanges);
  const oneTime = {
    ...{ keys, clock, random: randomBytes },
    sessionsWith: (salt: string) =>
      createDatabaseSessions({ ...storage, codec: createSessionCodec({ keys, salt, clock }) }),
  };
  const jwt = createTokenService(options, {
    database,
    table,
    clock,
    random: randomBytes,
    changes: ownChanges,
  });
  const triggers = createTriggers({
    database,
    users: table,
    sessions: session,
    tokens: blacklistOf(jwt),
  });
  const storedUsers = createDatabaseUsers<Row>({ database, table, deadline: options.databaseDeadline });
  const users = toldUsers(storedUsers, ownChanges);
  const core: AuthCore<Row> = {
    settings,
    clock,
    randomBytes,
    sessions,
    users,
    table,
    passwords,
    loginClaims: createOneTimeLogins("login_claim", oneTime),
    tickets: createOneTimeLogins("ticket", oneTime),
    ownChanges,
    jwt,
    sessionHash: createSessionHash({ keys, legacy: session.legacy }),
    backends: backendsOf(options),
    onMalformedUserId: () => tellUnreadable("user_id_malformed"),
    userOf: createUserFactory({ table, store: users, passwords }),
    emit,
    counters,
    timers: options.timers ?? SYSTEM_TIMERS,
    seal: createSeal(keys, clock),
    openFeed: feedOf(options, triggers),
    hintOrigin: options.onEvent === undefined
      ? createOriginHints(settings.origin, (hint) => console.warn(hint))
      : () => {},
    optionalWrites: createOptionalWrites(emit),
    openSession: (sessionKey, stored) =>
      new Session({
        store: sessions,
        sessionKey,
        stored,
        settings: sessionSettings,
        clock,
        random: randomBytes,
      }),
  };
  return { core, database, triggers };
}

/** Where the triggers look for the blacklist: in its usual tables also for a site that says nothing of tokens. */
function blacklistOf<Row extends object>(jwt: TokenService<Row> | null): TokenBlacklistOptions | null {
  if (jwt === null) return {};
  const { blacklist, blacklistTables } = jwt.tokens.settings;
  return blacklist === false ? null : blacklistTables;
}

/** How the feed is opened, where there is one: a driver of one's own has none, unless an address is given. */
function feedOf<Row extends object>(
  { database, sockets: { feed = true } = {}, timers, randomBytes }: DjangoAuthOptions<Row>,
  triggers: Triggers,
): AuthCore<Row>["openFeed"] {
  const source = typeof feed === "string" ? feed : feed && !isDatabase(database) ? database : null;
  if (source === null) return null;
  // Here and not when it is opened: by then somebody's socket would have to bear it.
  if (typeof feed === "string") requireUrl("sockets.feed", feed);
  return (handlers) =>
    createPostgresFeed(source, {
      ...handlers,
      channel: () => triggers.channel(),
      timers,
      random: randomBytes,
    });
}
