/**
 * The port between tokens and simplejwt's blacklist app: which tokens were issued, and which of them are blacklisted.
 * `src/stores/db_tokens.ts` implements it on the app's own tables.
 */

import { isStorableText } from "../../internal/bytes.ts";

/** A row of the table of outstanding tokens. */
export interface OutstandingToken {
  /** Its identifier, unique among all tokens. */
  readonly jti: string;
  /** The whole token, as simplejwt stores it. */
  readonly token: string;
  /** The claim that names its user: any value, which may name nobody. */
  readonly userId: unknown;
  /** The primary key of its user, if known; otherwise, the user is looked up by the claim. */
  readonly userKey?: string | number | bigint | undefined;
  /** When it was created or read, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** Its `exp`, in seconds since the epoch. */
  readonly expiresAt: number;
}

/** A rotation: one refresh token ends, and another one replaces it. */
export interface Rotation {
  /** The token that was submitted. */
  readonly current: OutstandingToken;
  /** Whether it ends; otherwise, it remains valid beside its successor, unless it has ended meanwhile. */
  readonly endsCurrent: boolean;
  /** For how many seconds after its first rotation, and how often, it may be used again; `null` for never. */
  readonly grace: { readonly seconds: number; readonly tokens: number } | null;
  /** The identifiers for successors: that of the first, then one for each further use that the grace allows. */
  readonly successors: readonly string[];
  /** Creates the successor with one of these identifiers, or with a new one for `null`. */
  readonly issue: (jti: string | null) => Promise<OutstandingToken>;
}

/** The end of a refresh token, as at a logout. */
export interface TokenEnding {
  /** The token that was submitted. */
  readonly current: OutstandingToken;
  /** As for a rotation: a second use within it is not reported as a reuse. */
  readonly grace: { readonly seconds: number } | null;
  /** Computes the identifiers that the successors of a token may have. */
  readonly successorsOf: (jti: string) => readonly string[];
}

/** The outcome of an ending. */
export type EndOutcome =
  /** The token was valid, and is now blacklisted. */
  | { readonly kind: "ended" }
  /**
   * The token was blacklisted before; `isReuse` if a rotation did it, not within the grace. `ended` has the identifiers
   * of its successors that were blacklisted for that.
   */
  | { readonly kind: "blacklisted"; readonly isReuse: boolean; readonly ended: readonly string[] };

/** The outcome of a rotation. */
export type RotationOutcome =
  /** `next` is the successor; the current token is now blacklisted, if it was to end. */
  | { readonly kind: "rotated"; readonly next: OutstandingToken }
  /** The current token was blacklisted before; `wasRotated` if a rotation did it, so that this is a reuse. */
  | { readonly kind: "blacklisted"; readonly wasRotated: boolean };

/**
 * Stores outstanding and blacklisted tokens. A `jti` that no row can have never reaches the database.
 */
export interface TokenStore {
  /**
   * Whether the blacklist app is installed. Without it, simplejwt neither blacklists nor stores tokens, and none of the
   * other methods may be called.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  isInstalled(): Promise<boolean>;
  /**
   * Whether a token is blacklisted. Look-ups that arrive together are one query.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  isBlacklisted(jti: string): Promise<boolean>;
  /**
   * Adds a token to the outstanding ones, unless it is there. Mirrors `BlacklistMixin.outstand`.
   *
   * @returns whether this call added it
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  outstand(token: OutstandingToken): Promise<boolean>;
  /**
   * Blacklists a token, in one transaction. Mirrors `BlacklistMixin.blacklist`.
   *
   * @returns whether this call blacklisted it; of several concurrent callers, exactly one gets `true`
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  blacklist(token: OutstandingToken): Promise<boolean>;
  /**
   * Blacklists a token, if requested, and adds its successor to the outstanding ones, in one transaction: of several
   * rotations that end the same token, exactly one succeeds, or as many as the grace allows.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  rotate(rotation: Rotation): Promise<RotationOutcome>;
  /**
   * Blacklists a token and, if a rotation has ended it before, all its successors, in one transaction.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  end(ending: TokenEnding): Promise<EndOutcome>;
  /**
   * Whether any of these tokens was issued. For the successors of a token: whether it was rotated.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  isOutstanding(jtis: readonly string[]): Promise<boolean>;
  /**
   * Blacklists every outstanding token of a user that is still valid.
   *
   * @param userId the claim that names the user
   * @returns the identifiers of those that were newly blacklisted
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  blacklistUser(userId: unknown): Promise<readonly string[]>;
  /**
   * Deletes expired outstanding tokens and their entries in the blacklist, but never those of a token that may still be
   * valid. Mirrors `manage.py flushexpiredtokens`, which ignores that sliding tokens outlive the expiry in their row.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the database is unavailable or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  flushExpired(): Promise<void>;
}

/** The length of simplejwt's column. */
const MAX_JTI_LENGTH = 255;

/** Returns whether a value can be the identifier of a row. */
export function isJtiShape(jti: unknown): jti is string {
  return typeof jti === "string" && jti.length <= MAX_JTI_LENGTH && isStorableText(jti);
}
