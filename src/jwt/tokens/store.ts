/**
 * The port between tokens and simplejwt's blacklist app: which tokens were issued, and which are worth nothing any more.
 * `src/stores/db_tokens.ts` implements it on the app's own tables.
 */

import { isStorableText } from "../../internal/bytes.ts";

/** A token as the table of outstanding tokens has it. */
export interface OutstandingToken {
  /** Its identifier, unique among all tokens. */
  readonly jti: string;
  /** The whole token, as simplejwt keeps it. */
  readonly token: string;
  /** The claim that names its user; whatever it is, it may name nobody. */
  readonly userId: unknown;
  /** The primary key of its user, where that is known; else the user is looked up by the claim. */
  readonly userKey?: string | number | bigint | undefined;
  /** When it was made or read, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** Its `exp`, in seconds since the epoch. */
  readonly expiresAt: number;
}

/** A rotation: one refresh token ends, another one takes its place. */
export interface Rotation {
  /** The token that was submitted. */
  readonly current: OutstandingToken;
  /** Whether it ends; else it lives on beside its successor, unless it has ended meanwhile. */
  readonly endsCurrent: boolean;
  /** Seconds after its first rotation for which it may be used again, and how often; `null` for never. */
  readonly grace: { readonly seconds: number; readonly tokens: number } | null;
  /** The identifiers that a successor may have, one for each use that the grace allows and the first one before them. */
  readonly successors: readonly string[];
  /** Makes the successor with one of these identifiers, or with one that is new. */
  readonly issue: (jti: string | null) => Promise<OutstandingToken>;
}

/** The end of a refresh token, as by a logout. */
export interface Ending {
  /** The token that was submitted. */
  readonly current: OutstandingToken;
  /** As of a rotation: within it, a second use is none that anybody has to be told of. */
  readonly grace: { readonly seconds: number } | null;
  /** The identifiers that the successors of a token may have. */
  readonly successorsOf: (jti: string) => readonly string[];
}

/** What came of an end. */
export type EndOutcome =
  /** The token is blacklisted now. */
  | { readonly kind: "ended" }
  /**
   * It was blacklisted before; `isReuse` says that a rotation did it, and not within the grace. What came of that is over
   * now: the identifiers of those that were blacklisted for it.
   */
  | { readonly kind: "blacklisted"; readonly isReuse: boolean; readonly ended: readonly string[] };

/** What came of a rotation. */
export type RotationOutcome =
  /** This is its successor; the current token is blacklisted now, where it was to end. */
  | { readonly kind: "rotated"; readonly next: OutstandingToken }
  /** The current token was blacklisted before; `wasRotated` says that a rotation did it, so that this is a second use. */
  | { readonly kind: "blacklisted"; readonly wasRotated: boolean };

/**
 * Where tokens are outstanding and blacklisted. A `jti` that no row can have never reaches the database.
 */
export interface TokenStore {
  /**
   * Whether the blacklist app is installed. Where it is not, simplejwt blacklists nothing and keeps no tokens, and
   * none of the other methods may be called.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  isInstalled(): Promise<boolean>;
  /**
   * Whether a token is blacklisted. Questions that arrive together are one query.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  isBlacklisted(jti: string): Promise<boolean>;
  /**
   * Makes sure that a token is among the outstanding ones. Mirrors `BlacklistMixin.outstand`.
   *
   * @returns whether it is there only now
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  outstand(token: OutstandingToken): Promise<boolean>;
  /**
   * Blacklists a token, in one transaction. Mirrors `BlacklistMixin.blacklist`.
   *
   * @returns whether it is blacklisted only now; of many callers at once exactly one is told so
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  blacklist(token: OutstandingToken): Promise<boolean>;
  /**
   * Blacklists a token, where that is wanted, and puts its successor among the outstanding ones, in one transaction: of
   * many rotations that end one token exactly one succeeds, or as many as the grace allows.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  rotate(rotation: Rotation): Promise<RotationOutcome>;
  /**
   * Blacklists a token and, where a rotation has ended it before, all that came of that, in one transaction.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  end(ending: Ending): Promise<EndOutcome>;
  /**
   * Whether any of these tokens was issued: of successors, whether their token was rotated.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  isOutstanding(jtis: readonly string[]): Promise<boolean>;
  /**
   * Blacklists every outstanding token of a user that is still valid.
   *
   * @param userId the claim that names the user
   * @returns the identifiers of those that were blacklisted only now
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  blacklistUser(userId: unknown): Promise<readonly string[]>;
  /**
   * Deletes outstanding tokens that have expired, with their place in the blacklist; never those of a token that may still
   * be valid. Mirrors `manage.py flushexpiredtokens`, which forgets that sliding tokens outlive the end in their row.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the database is away or the deadline passed
   * @throws {DatabaseError} `database_permission_denied` or `database_error`
   */
  flushExpired(): Promise<void>;
}

/** The most characters of an identifier that simplejwt's column takes. */
const MAX_JTI_LENGTH = 255;

/** Whether a value can be the identifier of a row. */
export function isJtiShape(jti: unknown): jti is string {
  return typeof jti === "string" && jti.length <= MAX_JTI_LENGTH && isStorableText(jti);
}
