/**
 * The rows of single tokens and users in simplejwt's blacklist tables: what each statement takes and what its answer
 * means. Which of them make up a rotation or an ending is decided in `token_rotation.ts` and `token_ends.ts`.
 */

import type { Queryable } from "../database.ts";
import type { OutstandingToken, TokenEnding } from "../jwt/tokens/store.ts";
import type { Clock } from "../types.ts";
import { arrayLiteral } from "./sql.ts";
import type { TokenStatements } from "./token_statements.ts";
import { toDate } from "./values.ts";

/** A token that was issued. */
export interface IssuedToken {
  readonly jti: string;
  readonly isBlacklisted: boolean;
}

/** Reads and writes rows; see {@link createTokenRows}. */
export interface TokenRows {
  /** Adds a token to the outstanding ones; returns whether this call added it. */
  outstand(queryable: Queryable, token: OutstandingToken): Promise<boolean>;
  /**
   * Blacklists a token, outstanding or not; returns whether this call did it. Waits for any other transaction that is
   * blacklisting it.
   */
  blacklist(transaction: Queryable, token: OutstandingToken): Promise<boolean>;
  /** Blacklists a token that is known to be outstanding. */
  blacklistIssued(transaction: Queryable, jti: string): Promise<void>;
  /** Blacklists every valid token of a user; returns the identifiers of those that this call blacklisted. */
  blacklistUser(transaction: Queryable, userId: unknown): Promise<string[]>;
  /** Returns whether a token is blacklisted, as this transaction sees it. */
  isBlacklisted(transaction: Queryable, jti: string): Promise<boolean>;
  /** Returns those of these tokens that were issued. */
  issuedOf(transaction: Queryable, jtis: readonly string[]): Promise<readonly IssuedToken[]>;
  /** Returns whether a blacklisted token may still be used again. */
  isWithinGrace(transaction: Queryable, ending: Pick<TokenEnding, "current" | "grace">): Promise<boolean>;
  /** Makes `lockUser()` of other transactions wait until the end of this one. */
  shareUser(transaction: Queryable, userId: unknown): Promise<void>;
  /** Waits for every transaction that shares or locks the user, and keeps later ones waiting. */
  lockUser(transaction: Queryable, userId: unknown): Promise<void>;
}

/**
 * Creates the access to the rows of a site's tables.
 *
 * @param cutoff the `expires_at`, as ISO 8601, up to which no token can be valid any more
 */
export function createTokenRows(sql: TokenStatements, clock: Clock, cutoff: () => string): TokenRows {
  const now = (): string => new Date(clock.now()).toISOString();

  async function outstand(queryable: Queryable, token: OutstandingToken): Promise<boolean> {
    const statement = token.userKey === undefined ? sql.outstand : sql.outstandFor;
    return (await queryable.query(statement, columnsOf(token, sql))).length > 0;
  }

  /** Locks a user's tokens by one of the two statements for it; an id that names no user has none. */
  async function hold(transaction: Queryable, statement: string, userId: unknown): Promise<void> {
    const user = sql.userKey(userId);
    if (user !== null) await transaction.query(statement, [String(user)]);
  }

  return {
    outstand,
    lockUser: (transaction, userId) => hold(transaction, sql.lockUser, userId),
    shareUser: (transaction, userId) => hold(transaction, sql.shareUser, userId),

    async blacklist(transaction, token) {
      await outstand(transaction, token);
      return (await transaction.query(sql.blacklist, [token.jti, now()])).length > 0;
    },

    async blacklistIssued(transaction, jti) {
      await transaction.query(sql.blacklist, [jti, now()]);
    },

    async blacklistUser(transaction, userId) {
      const user = sql.userKey(userId);
      if (user === null) return [];
      await transaction.query(sql.lockUser, [String(user)]);
      const rows = await transaction.query(sql.blacklistUser, [String(user), now(), cutoff()]);
      return rows.map(([jti]) => jti as string);
    },

    async isBlacklisted(transaction, jti) {
      return (await transaction.query(sql.isBlacklisted, [jti])).length > 0;
    },

    async issuedOf(transaction, jtis) {
      if (jtis.length === 0) return [];
      const rows = await transaction.query(sql.successors, [arrayLiteral(jtis)]);
      return rows.map(([jti, blacklisted]) => ({
        jti: jti as string,
        isBlacklisted: blacklisted !== null,
      }));
    },

    async isWithinGrace(transaction, { current, grace }) {
      if (grace === null) return false;
      const [row] = await transaction.query(sql.blacklistedAt, [current.jti]);
      return row !== undefined && toDate(row[0]).getTime() + grace.seconds * 1000 > clock.now();
    },
  };
}

function columnsOf(token: OutstandingToken, sql: TokenStatements): unknown[] {
  const user = token.userKey ?? sql.userKey(token.userId);
  return [
    user === null ? null : String(user),
    token.jti,
    token.token,
    new Date(token.createdAt).toISOString(),
    new Date(token.expiresAt * 1000).toISOString(),
  ];
}
