/** Tokens and simplejwt's blacklist app: nothing happens where the app is not installed, as in simplejwt. */

import type { JwtSettings } from "../options/settings.ts";
import { isJtiShape, type OutstandingToken, type TokenStore } from "./store.ts";
import type { Token } from "./token.ts";

/** What can be done about tokens that were issued. */
export interface TokenBlacklist {
  /**
   * Whether the blacklist app is installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   */
  isBlacklistInstalled(): Promise<boolean>;
  /**
   * Whether a token is blacklisted, whatever its type; never, where the app is not installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   */
  isBlacklisted(token: Token): Promise<boolean>;
  /**
   * Blacklists a refresh or sliding token: a logout. `false` where it was before, or the app is not installed.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   */
  blacklist(token: Token): Promise<boolean>;
  /**
   * Blacklists every outstanding token of a user; access tokens live on until they expire.
   *
   * @param userId what the claim `userIdClaim` of this user's tokens holds
   * @returns how many were blacklisted only now
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   */
  blacklistUser(userId: unknown): Promise<number>;
  /**
   * Deletes what has expired: `manage.py flushexpiredtokens`, once a day.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database cannot be asked
   */
  flushExpired(): Promise<void>;
}

/** The dependencies of {@link createBlacklist}. */
export interface BlacklistOptions {
  readonly settings: Pick<JwtSettings, "blacklist" | "jtiClaim" | "userIdClaim">;
  readonly store: TokenStore | null;
  readonly sign: (token: Token) => string | Promise<string>;
}

/** As {@link TokenBlacklist}, with what this folder needs beside it. */
export interface BlacklistInside extends TokenBlacklist {
  /** The store, where the app is installed. */
  installed(): Promise<TokenStore | null>;
  /** Notes that a token was issued; `userKey` is the primary key of its user, where that is known. */
  outstand(token: Token, userKey?: string | number | bigint): Promise<void>;
  /** A token as the store takes it; `null` for one whose identifier no row can have. */
  rowOf(token: Token): Promise<OutstandingToken | null>;
}

/** Makes the blacklist of one service of tokens. */
export function createBlacklist({ settings, store, sign }: BlacklistOptions): BlacklistInside {
  const { blacklist: isInstalled, jtiClaim, userIdClaim } = settings;

  async function installed(): Promise<TokenStore | null> {
    if (store === null || isInstalled === false) return null;
    return isInstalled || await store.isInstalled() ? store : null;
  }

  function jtiOf(token: Token): string | null {
    const jti = jtiClaim === null ? null : token.claims.get(jtiClaim);
    return isJtiShape(jti) ? jti : null;
  }

  async function rowOf(token: Token): Promise<OutstandingToken | null> {
    const jti = jtiOf(token);
    if (jti === null) return null;
    return {
      jti,
      // A token that was read is kept as it came: a server that only verifies has no key to sign it again.
      token: token.text ?? await sign(token),
      userId: token.claims.get(userIdClaim),
      createdAt: token.currentTime,
      expiresAt: Number(token.claims.get("exp")),
    };
  }

  return {
    installed,
    rowOf,
    isBlacklistInstalled: async () => await installed() !== null,

    async isBlacklisted(token) {
      const jti = jtiOf(token);
      if (jti === null) return false;
      return await (await installed())?.isBlacklisted(jti) ?? false;
    },

    async outstand(token, userKey) {
      const open = await installed();
      const row = open === null ? null : await rowOf(token);
      if (row !== null) await open!.outstand({ ...row, userKey });
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
