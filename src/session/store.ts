/**
 * The port between a {@link Session} and the engine that keeps it. Engines live in `src/stores/`; what Django's
 * `SessionBase` does above them lives in `session.ts`.
 */

import type { Clock } from "../types.ts";
import type { SessionPayload } from "./payload.ts";

/** What an update of a stored session leaves behind. */
export interface SessionWrite {
  /** All of the session's data. */
  readonly payload: SessionPayload;
  /** When the session ends. */
  readonly expireDate: Date;
}

/** What an engine answers for a key. */
export interface StoredSession {
  /** The data; empty when they are well stored but cannot be read (Django's "Session data corrupted"). */
  readonly payload: SessionPayload;
  /** When the session ends. */
  readonly expireDate: Date;
  /** As long as this is the same, so are the data; where an engine cannot say, it says nothing. */
  readonly mark?: number | undefined;
}

/** Gets the data and the end of a session as they are now, and answers what shall be stored. */
export type SessionChange = (
  current: SessionPayload,
  expireDate: Date,
) => SessionWrite | Promise<SessionWrite>;

/** Whether a stored session has ended by itself. */
export function hasExpired(stored: Pick<StoredSession, "expireDate">, clock: Clock): boolean {
  // The other way round, a date that cannot be read would be one that never comes.
  return !(stored.expireDate.getTime() > clock.now());
}

/**
 * An engine, such as `django.contrib.sessions.backends.db`. A key of the wrong shape never reaches the storage: it has
 * no session, and only `create` refuses it.
 */
export interface SessionStore {
  /**
   * The session, expired or not (see {@link hasExpired}); `null` when there is none.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the storage is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  load(sessionKey: string): Promise<StoredSession | null>;
  /**
   * Writes a new session; `false` when the key is taken.
   *
   * @throws {TypeError} where the key has not the shape of one
   * @throws {DatabaseUnavailable} `database_unavailable` when the storage is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  create(sessionKey: string, write: SessionWrite): Promise<boolean>;
  /**
   * Changes a session under a lock. `false` when there is no such row any more, or it has expired: a session that ended
   * is never written again. What `change` throws comes out as it is, and nothing is written.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the storage is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  update(
    sessionKey: string,
    change: SessionChange,
  ): Promise<boolean>;
  /**
   * As {@link SessionStore.update}, and the session goes on under another key; the old one is worth nothing any more.
   *
   * @throws {SessionError} `session_exists` when the new key is taken
   * @throws {DatabaseUnavailable} `database_unavailable` when the storage is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  replace(oldKey: string, newKey: string, change: SessionChange): Promise<boolean>;
  /**
   * Deletes a session; nothing happens when there is none.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the storage is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  delete(sessionKey: string): Promise<void>;
  /**
   * Deletes a session and answers what was stored, expired or not; `null` when there is none. Of many who ask at once, on
   * whatever node, one is answered.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the storage is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  take(sessionKey: string): Promise<StoredSession | null>;
  /**
   * Deletes what has expired (`manage.py clearsessions`).
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the storage is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  clearExpired(): Promise<void>;
}
