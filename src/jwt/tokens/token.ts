/** A decoded token: its type, its claims, and when it was created or read. */

import { hashText } from "../../crypto/hmac.ts";
import { uuidHex } from "../../internal/random.ts";
import type { RandomBytes } from "../../types.ts";
import type { TokenClaims } from "../claims/claims.ts";
import type { TokenType } from "../options/options.ts";
import type { JwtSettings } from "../options/settings.ts";

/** A type of simplejwt's, or one of the application's own. */
export type AnyTokenType = TokenType | (string & Record<never, never>);

/** The names of simplejwt's classes, which its refusals contain. */
export const CLASS_NAMES: Readonly<Record<TokenType, string>> = {
  access: "AccessToken",
  refresh: "RefreshToken",
  sliding: "SlidingToken",
  untyped: "UntypedToken",
};

/** Returns whether tokens of a type are stored when issued, and looked up at each use: those with `BlacklistMixin`. */
export function isListedType(type: AnyTokenType): boolean {
  return type === "refresh" || type === "sliding";
}

/** Signed tokens for a client, as in simplejwt's responses. */
export interface SignedTokens {
  /** The access token. */
  readonly access: string;
  /** The refresh token, if there is one. */
  readonly refresh?: string;
}

/** A token that was created here, or read and found valid. */
export interface Token {
  /** Its type, by its own claim or as which it was verified. */
  readonly type: AnyTokenType;
  /** Its claims. */
  readonly claims: TokenClaims;
  /** When it was created or read, in milliseconds since the epoch. */
  readonly currentTime: number;
  /** The encoded token that it was read from; absent if it was created here or its claims have changed since. */
  readonly text?: string | undefined;
}

/**
 * Returns the lifetime of a type of tokens, in seconds. Mirrors the `lifetime` of simplejwt's classes.
 *
 * @throws {TypeError} for a type that is not one of simplejwt's
 */
export function lifetimeOf<User>(type: AnyTokenType, settings: JwtSettings<User>): number {
  switch (type) {
    case "access":
      return settings.accessTokenLifetime;
    case "refresh":
      return settings.refreshTokenLifetime;
    case "sliding":
      return settings.slidingTokenLifetime;
    case "untyped":
      return 0;
    default:
      throw new TypeError(
        `Tokens of the type "${type}" have no configured lifetime, expected a lifetime as an argument`,
      );
  }
}

/** Returns a time plus a lifetime, in whole seconds. Mirrors `datetime_to_epoch(from_time + lifetime)`. */
export function epochAfter(milliseconds: number, lifetime: number = 0): number {
  return Math.floor((milliseconds + lifetime * 1000) / 1000);
}

/** Returns a new identifier: `uuid4().hex`. */
export function newJti(randomBytes: RandomBytes): string {
  return uuidHex(randomBytes(16));
}

/** Returns the revoke claim for an encoded password: upper-case hex of its MD5. Mirrors `get_md5_hash_password`. */
export function passwordHashClaim(password: string): string {
  return hashText("md5", password, "hex").toUpperCase();
}
