/**
 * What this process itself does to logins. The sockets of its own node hear of it at once: there may be no feed, and the
 * next round of re-validation may be half a minute away.
 */

import type { SessionStore } from "../../session/store.ts";
import type { UserStore } from "../../users/store.ts";
import type { UserId } from "../../users/user_table.ts";

/** Hears of the changes. */
export interface OwnChangesListener {
  /** A session was ended. */
  sessionEnded(sessionKey: string): void;
  /** A session goes on under another key, and nothing may rest on this one any more. */
  sessionReplaced(sessionKey: string): void;
  /** A user was written, and not only the moment of the last login. */
  userChanged(id: UserId): void;
}

/** Whom the changes are told. */
export interface OwnChanges {
  /** Set by who has sockets. */
  listener: OwnChangesListener | null;
}

/** The engine, whose ends of sessions are told. */
export function toldSessions(store: SessionStore, changes: OwnChanges): SessionStore {
  return {
    ...store,
    async replace(oldKey, newKey, change) {
      const isReplaced = await store.replace(oldKey, newKey, change);
      if (isReplaced) changes.listener?.sessionReplaced(oldKey);
      return isReplaced;
    },
    async delete(sessionKey) {
      await store.delete(sessionKey);
      changes.listener?.sessionEnded(sessionKey);
    },
    async take(sessionKey) {
      const stored = await store.take(sessionKey);
      if (stored !== null) changes.listener?.sessionEnded(sessionKey);
      return stored;
    },
  };
}

/** The store, whose changes of users are told. */
export function toldUsers<Row extends object>(store: UserStore<Row>, changes: OwnChanges): UserStore<Row> {
  return {
    ...store,
    async update(id, values, onlyIf) {
      const isUpdated = await store.update(id, values, onlyIf);
      const isTold = Object.keys(values).some((name) => name !== "last_login");
      if (isUpdated && isTold) changes.listener?.userChanged(id);
      return isUpdated;
    },
  };
}
