/** The blacklist for tokens. As in simplejwt, nothing happens if its app is not installed. */

import { type TokenRefusal, tokenRefusal } from "../claims/refusals.ts";
import type { BlacklistApp } from "./blacklist_app.ts";
import type { Token } from "./token.ts";

/** The operations on issued tokens. */
export interface TokenBlacklist {
  /**
   * Whether the blacklist app is installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database cannot be queried
   * @throws {DatabaseError} `database_permission_denied` if the role may not
   */
  isBlacklistInstalled(): Promise<boolean>;
  /**
   * Whether a token, of any type, is blacklisted; `false` if the app is not installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database cannot be queried
   * @throws {DatabaseError} `database_permission_denied` if the role may not
   */
  isBlacklisted(token: Token): Promise<boolean>;
  /**
   * Returns why an access token must not be used where it must be revocable: it is blacklisted, or no row can have its
   * identifier. `null` if it may be used, or if the app is not installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database cannot be queried
   * @throws {DatabaseError} `database_permission_denied` if the role may not
   */
  blacklistRefusal(token: Token): Promise<TokenRefusal | null>;
  /**
   * Blacklists a refresh or sliding token, as at a logout. Returns `false` if it already was blacklisted, or if the app
   * is not installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database cannot be queried
   * @throws {DatabaseError} `database_permission_denied` if the role may not
   */
  blacklist(token: Token): Promise<boolean>;
  /**
   * Blacklists every outstanding token of a user; access tokens remain valid until they expire.
   *
   * @param userId the claim `userIdClaim` of this user's tokens
   * @returns how many were newly blacklisted
   * @throws {DatabaseUnavailable} `database_unavailable` if the database cannot be queried
   * @throws {DatabaseError} `database_permission_denied` if the role may not
   */
  blacklistUser(userId: unknown): Promise<number>;
  /**
   * Deletes expired tokens, like `manage.py flushexpiredtokens`; meant to run daily.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database cannot be queried
   * @throws {DatabaseError} `database_permission_denied` if the role may not
   */
  flushExpired(): Promise<void>;
}

/** Creates the blacklist of one service of tokens. */
export function createBlacklist({ installed, jtiOf, entryOf }: BlacklistApp): TokenBlacklist {
  return {
    isBlacklistInstalled: async () => await installed() !== null,

    async isBlacklisted(token) {
      const jti = jtiOf(token);
      if (jti === null) return false;
      return await (await installed())?.isBlacklisted(jti) ?? false;
    },

    async blacklistRefusal(token) {
      const open = await installed();
      if (open === null) return null;
      const jti = jtiOf(token);
      // It could never be blacklisted, and so not be ended early.
      if (jti === null) return tokenRefusal("token_malformed");
      return await open.isBlacklisted(jti) ? tokenRefusal("token_blacklisted") : null;
    },

    async blacklist(token) {
      const entry = await entryOf(token);
      return entry !== null && await entry.store.blacklist(entry.row);
    },

    async blacklistUser(userId) {
      return (await (await installed())?.blacklistUser(userId))?.length ?? 0;
    },

    async flushExpired() {
      await (await installed())?.flushExpired();
    },
  };
}
