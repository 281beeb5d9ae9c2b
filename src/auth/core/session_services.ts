/** The sessions of one `djangoAuth()`: Django's own, and the one-time logins kept in the same table. */

import type { Database } from "../../database.ts";
import { createSessionCodec } from "../../session/codec.ts";
import { Session } from "../../session/session.ts";
import type { SessionStore, StoredSession } from "../../session/store.ts";
import { createDatabaseSessions } from "../../stores/db_sessions.ts";
import type { Clock, RandomBytes } from "../../types.ts";
import type { EventListener, SessionTroubleCode } from "../events/events.ts";
import { throttled } from "../events/listeners.ts";
import type { DjangoAuthOptions } from "../options/options.ts";
import { keysOf, sessionSettingsOf } from "../options/settings.ts";
import { createOneTimeLogins, type OneTimeLogins } from "./one_time_logins.ts";
import { observedSessions, type OwnChangesListener } from "./own_changes.ts";

/** The services on the session table. */
export interface SessionServices {
  readonly sessions: SessionStore;
  /** Returns the store on another database, such as a transaction; its changes are not announced. */
  readonly sessionsOn: (database: Database) => SessionStore;
  /** Returns the session with this key; `stored` if it was already loaded, `undefined` to load it on demand. */
  openSession(sessionKey: string | null, stored: StoredSession | null | undefined): Session;
  /** Carry logins from sockets to their pages. */
  readonly loginClaims: OneTimeLogins;
  /** Carry logins from requests to upgrades. */
  readonly tickets: OneTimeLogins;
  /** Called for a live session that is not accepted because of its data. */
  readonly onSessionTrouble: (code: SessionTroubleCode) => void;
}

/** The dependencies of {@link createSessionServices}. */
export interface SessionServicesParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly emit: EventListener;
  /** Called for sessions that are changed here. */
  readonly announce: OwnChangesListener;
}

/** Creates the sessions of these options. */
export function createSessionServices<Row extends object>(
  options: DjangoAuthOptions<Row>,
  { database, clock, randomBytes, emit, announce }: SessionServicesParts,
): SessionServices {
  const { session = {}, databaseDeadline: deadline, timers } = options;
  const keys = keysOf(options);
  const settings = sessionSettingsOf(options);
  const storage = { database, clock, table: session.table, schema: session.schema, deadline, timers };
  const tellTrouble = throttled<SessionTroubleCode>(
    (code) => emit({ type: "session.trouble", code }),
    clock,
  );
  const codec = createSessionCodec({ keys, salt: session.keySalt, legacy: session.legacy, clock });
  const sessionsOn = (database: Database): SessionStore =>
    createDatabaseSessions({ ...storage, database, codec, onUnreadable: tellTrouble });
  const sessions = observedSessions(sessionsOn(database), announce);
  const oneTime = {
    keys,
    clock,
    randomBytes,
    sessionsWith: (salt: string) =>
      createDatabaseSessions({ ...storage, codec: createSessionCodec({ keys, salt, clock }) }),
  };
  return {
    sessions,
    sessionsOn,
    openSession: (sessionKey, stored) =>
      new Session({ store: sessions, sessionKey, stored, settings, clock, randomBytes }),
    loginClaims: createOneTimeLogins("login_claim", oneTime),
    tickets: createOneTimeLogins("ticket", oneTime),
    onSessionTrouble: tellTrouble,
  };
}
