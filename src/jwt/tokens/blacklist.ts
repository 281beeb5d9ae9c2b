/** Tokens and simplejwt's blacklist app: nothing happens where the app is not installed, as in simplejwt. */

import { refusal, type TokenRefusal } from "../claims/refusals.ts";
import type { BlacklistApp } from "./blacklist_app.ts";
import type { Token } from "./token.ts";

/** What can be done about tokens that were issued. */
export interface TokenBlacklist {
  /**
   * Whether the blacklist app is installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   * @throws {DatabaseError} `database_permission_denied` where the role may not
   */
  isBlacklistInstalled(): Promise<boolean>;
  /**
   * Whether a token is blacklisted, whatever its type; never, where the app is not installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   * @throws {DatabaseError} `database_permission_denied` where the role may not
   */
  isBlacklisted(token: Token): Promise<boolean>;
  /**
   * Why an access token must not be used where it has to be one that can be ended: it is blacklisted, or has an identifier
   * that no row can have. `null` where nothing speaks against it, and where the app is not installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   * @throws {DatabaseError} `database_permission_denied` where the role may not
   */
  blacklistRefusal(token: Token): Promise<TokenRefusal | null>;
  /**
   * Blacklists a refresh or sliding token: a logout. `false` where it was before, or the app is not installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   * @throws {DatabaseError} `database_permission_denied` where the role may not
   */
  blacklist(token: Token): Promise<boolean>;
  /**
   * Blacklists every outstanding token of a user; access tokens live on until they expire.
   *
   * @param userId what the claim `userIdClaim` of this user's tokens holds
   * @returns how many were blacklisted only now
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   * @throws {DatabaseError} `database_permission_denied` where the role may not
   */
  blacklistUser(userId: unknown): Promise<number>;
  /**
   * Deletes what has expired: `manage.py flushexpiredtokens`, once a day.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   * @throws {DatabaseError} `database_permission_denied` where the role may not
   */
  flushExpired(): Promise<void>;
}

/** Makes the blacklist of one service of tokens. */
export function createBlacklist({ installed, jtiOf, rowOf }: BlacklistApp): TokenBlacklist {
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
      // It could never be blacklisted, and so never end before its time.
      if (jti === null) return refusal("token_malformed");
      return await open.isBlacklisted(jti) ? refusal("token_blacklisted") : null;
    },

    async blacklist(token) {
      const open = await installed();
      const row = open === null ? null : await rowOf(token);
      return row === null ? false : await open!.blacklist(row);
    },

    async blacklistUser(userId) {
      return (await (await installed())?.blacklistUser(userId))?.length ?? 0;
    },

    async flushExpired() {
      await (await installed())?.flushExpired();
    },
  };
}
