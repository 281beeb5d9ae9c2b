/**
 * This process's own changes to logins. Its sockets and its identity cache are notified immediately: there may be no
 * feed, the next re-validation may be half a minute away, and some writes fire no trigger.
 */

import type { TokenStore } from "../../jwt/tokens/store.ts";
import type { SessionStore } from "../../session/store.ts";
import type { UserStore } from "../../users/store.ts";
import type { UserId } from "../../users/user_table.ts";

/** Called for each change. */
export interface OwnChangesListener {
  /** A session was ended. */
  sessionEnded(sessionKey: string): void;
  /** A session was saved under the same key: its expiry may have changed. */
  sessionSaved(sessionKey: string): void;
  /** A session continues under another key; the old key is no longer valid. */
  sessionReplaced(sessionKey: string): void;
  /** A user was written, other than just `last_login`. */
  userChanged(id: UserId): void;
  /** Tokens with these identifiers were blacklisted. */
  tokensEnded(jtis: readonly string[]): void;
}

/** Passes changes on from the stores to subscribers. */
export interface OwnChanges {
  /** Called by the stores. */
  readonly announce: OwnChangesListener;
  /**
   * Subscribes to changes.
   *
   * @param listener handlers for the relevant changes
   * @returns a function that ends the subscription
   */
  subscribe(listener: Partial<OwnChangesListener>): () => void;
}

/** Creates the changes of one `djangoAuth()`; without subscribers, announcements do nothing. */
export function createOwnChanges(): OwnChanges {
  const listeners = new Set<Partial<OwnChangesListener>>();
  return {
    announce: {
      sessionEnded: (sessionKey) => listeners.forEach((listener) => listener.sessionEnded?.(sessionKey)),
      sessionSaved: (sessionKey) => listeners.forEach((listener) => listener.sessionSaved?.(sessionKey)),
      sessionReplaced: (sessionKey) =>
        listeners.forEach((listener) => listener.sessionReplaced?.(sessionKey)),
      userChanged: (id) => listeners.forEach((listener) => listener.userChanged?.(id)),
      tokensEnded: (jtis) => listeners.forEach((listener) => listener.tokensEnded?.(jtis)),
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Wraps a session store so that its changes are announced. */
export function observedSessions(store: SessionStore, announce: OwnChangesListener): SessionStore {
  return {
    ...store,
    async update(sessionKey, change) {
      const isUpdated = await store.update(sessionKey, change);
      if (isUpdated) announce.sessionSaved(sessionKey);
      return isUpdated;
    },
    async replace(oldKey, newKey, change) {
      const isReplaced = await store.replace(oldKey, newKey, change);
      if (isReplaced) announce.sessionReplaced(oldKey);
      return isReplaced;
    },
    async delete(sessionKey) {
      await store.delete(sessionKey);
      announce.sessionEnded(sessionKey);
    },
    async take(sessionKey) {
      const stored = await store.take(sessionKey);
      if (stored !== null) announce.sessionEnded(sessionKey);
      return stored;
    },
  };
}

/** Wraps a user store so that its changes are announced. */
export function observedUsers<Row extends object>(
  store: UserStore<Row>,
  announce: OwnChangesListener,
): UserStore<Row> {
  return {
    ...store,
    async update(id, values, onlyIf) {
      const isUpdated = await store.update(id, values, onlyIf);
      const isAnnounced = Object.keys(values).some((name) => name !== "last_login");
      if (isUpdated && isAnnounced) announce.userChanged(id);
      return isUpdated;
    },
  };
}

/** Wraps a token store so that blacklisted tokens are announced. */
export function observedTokens(store: TokenStore, announce: OwnChangesListener): TokenStore {
  return {
    ...store,
    async blacklist(token) {
      const isNew = await store.blacklist(token);
      // Even if another server was faster: there may be no feed to notify of that.
      announce.tokensEnded([token.jti]);
      return isNew;
    },
    async rotate(rotation) {
      const outcome = await store.rotate(rotation);
      announce.tokensEnded([rotation.current.jti]);
      return outcome;
    },
    async end(ending) {
      const outcome = await store.end(ending);
      const others = outcome.kind === "ended" ? [] : outcome.ended;
      announce.tokensEnded([ending.current.jti, ...others]);
      return outcome;
    },
    async blacklistUser(userId) {
      const jtis = await store.blacklistUser(userId);
      announce.tokensEnded(jtis);
      return jtis;
    },
  };
}
