/**
 * What this process itself does to logins. Its own sockets and its identity cache hear of it at once: there may be no feed, the
 * next round of re-validation may be half a minute away, and there are writes that no trigger tells of.
 */

import type { TokenStore } from "../../jwt/tokens/store.ts";
import type { SessionStore } from "../../session/store.ts";
import type { UserStore } from "../../users/store.ts";
import type { UserId } from "../../users/user_table.ts";

/** Is called for each change. */
export interface OwnChangesListener {
  /** A session was ended. */
  sessionEnded(sessionKey: string): void;
  /** A session was written, and goes on under its key: its end may be another. */
  sessionSaved(sessionKey: string): void;
  /** A session goes on under another key, and nothing may rest on this one any more. */
  sessionReplaced(sessionKey: string): void;
  /** A user was written, and not only the moment of the last login. */
  userChanged(id: UserId): void;
  /** Tokens with these identifiers were blacklisted. */
  tokensEnded(jtis: readonly string[]): void;
}

/** Carries the changes from the stores, which make them, to those who subscribe. */
export interface OwnChanges {
  /** What the stores call. */
  readonly announce: OwnChangesListener;
  /**
   * @param listener for the changes that concern it
   * @returns ends the subscription
   */
  subscribe(listener: Partial<OwnChangesListener>): () => void;
}

/** Makes the changes of one `djangoAuth()`; without a subscriber, an announcement does nothing. */
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

/** The engine; sessions that end through it are announced. */
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

/** The store; users that are changed through it are announced. */
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

/** The store; tokens that end through it are announced. */
export function observedTokens(store: TokenStore, announce: OwnChangesListener): TokenStore {
  return {
    ...store,
    async blacklist(token) {
      const isNew = await store.blacklist(token);
      // Also when another server was quicker: there may be no feed to say so.
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
