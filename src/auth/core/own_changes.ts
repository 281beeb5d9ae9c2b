/**
 * What this process itself does to logins. The sockets of its own node hear of it at once: there may be no feed, and the
 * next round of re-validation may be half a minute away.
 */

import type { TokenStore } from "../../jwt/tokens/store.ts";
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
  /** Tokens with these identifiers were blacklisted. */
  tokensEnded(jtis: readonly string[]): void;
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

/** The store, whose ends of tokens are told. */
export function toldTokens(store: TokenStore, changes: OwnChanges): TokenStore {
  return {
    ...store,
    async blacklist(token) {
      const isNew = await store.blacklist(token);
      // Also when another server was quicker: there may be no feed to say so.
      changes.listener?.tokensEnded([token.jti]);
      return isNew;
    },
    async rotate(rotation) {
      const outcome = await store.rotate(rotation);
      changes.listener?.tokensEnded([rotation.current.jti]);
      return outcome;
    },
    async blacklistUser(userId) {
      const jtis = await store.blacklistUser(userId);
      changes.listener?.tokensEnded(jtis);
      return jtis;
    },
  };
}
