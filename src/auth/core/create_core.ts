/** Creates the services of a `djangoAuth()` from its options, in order of dependency. */

import type { Database } from "../../database.ts";
import { openDatabase } from "../../databases/open_database.ts";
import { SYSTEM_CLOCK } from "../../internal/time/clock.ts";
import { SYSTEM_RANDOM } from "../../internal/random.ts";
import { SYSTEM_TIMERS } from "../../internal/time/timers.ts";
import type { TokenBlacklistOptions } from "../../jwt/options/options.ts";
import { createTriggers, type Triggers } from "../../stores/triggers/triggers.ts";
import { createSessionHash } from "../../users/session_hash.ts";
import { requireOptions } from "../options/check_options.ts";
import type { DjangoAuthOptions } from "../options/options.ts";
import { backendsOf, keysOf, settingsOf } from "../options/settings.ts";
import { createCacheServices } from "./cache_services.ts";
import type { AuthCore } from "./core.ts";
import { createEventServices } from "./event_services.ts";
import { createJointReplace } from "./joint_replace.ts";
import { createOptionalWrites } from "./optional_writes.ts";
import { createOwnChanges } from "./own_changes.ts";
import { createSessionServices } from "./session_services.ts";
import { createSiteFeed } from "./site_feed.ts";
import { createSocketServices, type SocketServices } from "./socket_services.ts";
import { varyingBy } from "../options/token_transport.ts";
import { createTokenService, type TokenService } from "./token_service.ts";
import { createUserServices } from "./user_services.ts";

/** The parts of a `djangoAuth()`. */
export interface CoreParts<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly socketServices: SocketServices;
  readonly database: Database;
  readonly triggers: Triggers;
}

/**
 * Creates the core of a `djangoAuth()`, the services of its sockets, and the database and triggers below them.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for an invalid option
 */
export function createCore<Row extends object>(options: DjangoAuthOptions<Row>): CoreParts<Row> {
  requireOptions(options);
  const { session = {}, clock = SYSTEM_CLOCK, timers = SYSTEM_TIMERS, randomBytes = SYSTEM_RANDOM } = options;
  const settings = settingsOf(options);
  const events = createEventServices(options, settings);
  const ownChanges = createOwnChanges();
  const database = openDatabase(options.database, options.databaseDeadline, options.timers);
  const { announce } = ownChanges;
  const base = { database, clock, randomBytes, emit: events.emit, hints: events.hints, announce };
  const sessions = createSessionServices(options, base);
  const users = createUserServices<Row>(options, base);
  const jwt = createTokenService(options, { ...base, table: users.table });
  const triggers = createTriggers({
    database,
    users: users.table,
    sessions: session,
    tokens: blacklistOf(jwt),
  });
  const feed = createSiteFeed(options, { channel: () => triggers.channel(), emit: events.emit });
  const cache = createCacheServices(settings, { ...base, ...users, ownChanges, feed, triggers, timers });
  const core: AuthCore<Row> = {
    settings,
    clock,
    randomBytes,
    timers,
    ...events,
    ...sessions,
    ...users,
    ...cache,
    jointReplace: createJointReplace({ ...base, ...sessions, ...users }),
    jwt,
    varying: varyingBy(jwt?.transport ?? null),
    sessionHash: createSessionHash({ keys: keysOf(options), legacy: session.legacy }),
    backends: backendsOf(options),
    optionalWrites: createOptionalWrites(events.emit, options.timers),
  };
  const socketServices = createSocketServices(options, { feed, ownChanges, clock });
  return { core, socketServices, database, triggers };
}

/** Returns the blacklist tables for the triggers: the default ones even if the option `jwt` is not given. */
function blacklistOf<Row extends object>(jwt: TokenService<Row> | null): TokenBlacklistOptions | null {
  if (jwt === null) return {};
  const { blacklist, blacklistTables } = jwt.tokens.settings;
  return blacklist === false ? null : blacklistTables;
}
