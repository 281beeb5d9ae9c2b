/** A token between its text and its use: what it is for, its claims, and when it was made or read. */

import { hashText } from "../../crypto/hmac.ts";
import { uuidHex } from "../../internal/random.ts";
import type { RandomBytes } from "../../types.ts";
import type { TokenClaims } from "../claims/claims.ts";
import type { TokenType } from "../options/options.ts";
import type { JwtSettings } from "../options/settings.ts";

/** A type of tokens, or one of the application's own. */
export type AnyTokenType = TokenType | (string & Record<never, never>);

/** The names of simplejwt's classes, which stand in its refusals. */
export const CLASS_NAMES: Readonly<Record<TokenType, string>> = {
  access: "AccessToken",
  refresh: "RefreshToken",
  sliding: "SlidingToken",
  untyped: "UntypedToken",
};

/** Whether tokens of a type are outstanding from their issue on, and their blacklist asked at each use: `BlacklistMixin`. */
export function isListedType(type: AnyTokenType): boolean {
  return type === "refresh" || type === "sliding";
}

/** Signed tokens for a client, as simplejwt's responses have them. */
export interface SignedTokens {
  /** The access token. */
  readonly access: string;
  /** The refresh token, where there is one. */
  readonly refresh?: string;
}

/** A token that was made here, or was read and found valid. */
export interface Token {
  /** What it is for, as its own claim has it or as its reader asked. */
  readonly type: AnyTokenType;
  /** Its claims. */
  readonly claims: TokenClaims;
  /** When it was made or read, in milliseconds since the epoch. */
  readonly currentTime: number;
  /** The text that it was read from; not there for a token that was made here, or has other claims than it came with. */
  readonly text?: string | undefined;
}

/**
 * How long a type of tokens lives, in seconds. Mirrors the `lifetime` of simplejwt's classes.
 *
 * @throws {TypeError} for a type that is not simplejwt's
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
        `Tokens of the type "${type}" have no lifetime of their own, expected one to be given`,
      );
  }
}

/** Whole seconds since the epoch, a lifetime after a moment. Mirrors `datetime_to_epoch(from_time + lifetime)`. */
export function epochAfter(milliseconds: number, lifetime: number = 0): number {
  return Math.floor((milliseconds + lifetime * 1000) / 1000);
}

/** A new identifier: `uuid4().hex`. */
export function newJti(randomBytes: RandomBytes): string {
  return uuidHex(randomBytes(16));
}

/** The mark of a password column in a token: upper-case hex of its MD5. Mirrors `get_md5_hash_password`. */
export function passwordMark(password: string): string {
  return hashText("md5", password, "hex").toUpperCase();
}
