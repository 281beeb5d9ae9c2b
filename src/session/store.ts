/**
 * The port between a {@link Session} and the engine that stores it. Engines are in `src/stores/`; what Django's
 * `SessionBase` does on top of them is in `session.ts`.
 */

import type { Clock } from "../types.ts";
import type { SessionPayload } from "./payload.ts";

/** The state of a session to be stored. */
export interface SessionWrite {
  /** All of the session's data. */
  readonly payload: SessionPayload;
  /** When the session expires. */
  readonly expireDate: Date;
}

/** A session as an engine returns it. */
export interface StoredSession {
  /** The data; empty if they are stored but cannot be read (Django's "Session data corrupted"). */
  readonly payload: SessionPayload;
  /** When the session expires. */
  readonly expireDate: Date;
  /** As long as this is the same, so are the data; absent if an engine cannot tell. */
  readonly fingerprint?: number | undefined;
}

/** Receives the current data and expiry of a session, and returns what to store. */
export type SessionChange = (
  current: SessionPayload,
  expireDate: Date,
) => SessionWrite | Promise<SessionWrite>;

/** Returns whether a stored session has expired. */
export function hasExpired(stored: Pick<StoredSession, "expireDate">, clock: Clock): boolean {
  // Negated, so that an invalid date of another engine counts as expired instead of never expiring.
  return !(stored.expireDate.getTime() > clock.now());
}

/**
 * An engine, such as `django.contrib.sessions.backends.db`. A malformed key never reaches the storage: it has no
 * session, and only `create` rejects it.
 */
export interface SessionStore {
  /**
   * Returns the session, expired or not (see {@link hasExpired}); `null` if there is none.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the storage is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  load(sessionKey: string): Promise<StoredSession | null>;
  /**
   * Writes a new session; returns `false` if the key is taken.
   *
   * @throws {TypeError} if the key is malformed
   * @throws {DatabaseUnavailable} `database_unavailable` if the storage is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  create(sessionKey: string, write: SessionWrite): Promise<boolean>;
  /**
   * Changes a session under a lock. Returns `false` if the row no longer exists or has expired: a session that ended is
   * never written again. If `change` throws, its error is passed on and nothing is written.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the storage is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  update(
    sessionKey: string,
    change: SessionChange,
  ): Promise<boolean>;
  /**
   * Changes a session as {@link SessionStore.update} does and moves it to another key; the old key becomes invalid.
   *
   * @throws {SessionError} `session_exists` if the new key is taken
   * @throws {DatabaseUnavailable} `database_unavailable` if the storage is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  replace(oldKey: string, newKey: string, change: SessionChange): Promise<boolean>;
  /**
   * Deletes a session; does nothing if there is none.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the storage is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  delete(sessionKey: string): Promise<void>;
  /**
   * Deletes a session and returns what was stored, expired or not; `null` if there is none. Of concurrent calls, on any
   * node, only one gets it.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the storage is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  take(sessionKey: string): Promise<StoredSession | null>;
  /**
   * Deletes expired sessions (`manage.py clearsessions`).
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the storage is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  clearExpired(): Promise<void>;
}
