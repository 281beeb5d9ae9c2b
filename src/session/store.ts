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
}

/** Whether a stored session has ended by itself. */
export function hasExpired(stored: StoredSession, clock: Clock): boolean {
  // The other way round, a date that cannot be read would be one that never comes.
  return !(stored.expireDate.getTime() > clock.now());
}

/** An engine, such as `django.contrib.sessions.backends.db`. A key of the wrong shape never reaches the storage. */
export interface SessionStore {
  /** The session, expired or not (see {@link hasExpired}); `null` when there is none. */
  load(sessionKey: string): Promise<StoredSession | null>;
  /** Whether there is a row for this key, expired or not. */
  exists(sessionKey: string): Promise<boolean>;
  /** Writes a new session; `false` when the key is taken. */
  create(sessionKey: string, write: SessionWrite): Promise<boolean>;
  /**
   * Changes a session under a lock: `change` gets the data as they are now and answers what shall be stored.
   * `false` when there is no such row any more: a deleted session is never written again.
   */
  update(
    sessionKey: string,
    change: (current: SessionPayload) => SessionWrite | Promise<SessionWrite>,
  ): Promise<boolean>;
  /** Deletes a session; nothing happens when there is none. */
  delete(sessionKey: string): Promise<void>;
  /** Deletes what has expired (`manage.py clearsessions`). */
  clearExpired(): Promise<void>;
}
