/** Issues tokens: created for a user, or derived from another token. Not signed here. */

import type { Clock, RandomBytes } from "../../types.ts";
import { TokenClaims } from "../claims/claims.ts";
import { encodable } from "../claims/encodable.ts";
import { customClaims, reservedClaims } from "../claims/reserved_claims.ts";
import type { JwtSettings } from "../options/settings.ts";
import type { BlacklistApp } from "./blacklist_app.ts";
import {
  type AnyTokenType,
  epochAfter,
  isListedType,
  lifetimeOf,
  newJti,
  passwordHashClaim,
  type Token,
} from "./token.ts";

/** What tokens need to know about a user. */
export interface TokenSubject {
  /** The primary key. */
  readonly pk: string | number | bigint;
  /** The value of `userIdField`, which need not be the primary key; `null` if it is NULL for the user. */
  readonly userId: string | number | bigint | null;
  /** The encoded password. */
  readonly password: string;
}

/** The dependencies of {@link createIssuer}. */
export interface IssuerOptions<User> {
  readonly settings: JwtSettings<User>;
  readonly subjectOf: (user: User) => TokenSubject;
  readonly app: Pick<BlacklistApp, "outstand">;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/** The operations that make tokens. */
export interface TokenIssuing<User> {
  /**
   * Creates a token without a user, not yet signed.
   *
   * @param lifetime in seconds; the configured one of the type if not given
   * @throws {TypeError} for a custom type without a lifetime
   */
  create(type: AnyTokenType, lifetime?: number): Token;
  /**
   * Creates a token for a user, with the configured claims, and stores refresh and sliding tokens as outstanding.
   * Mirrors `Token.for_user` and the serializers' `get_token`. Does not check whether the user is active.
   *
   * @param lifetime in seconds; the configured one of the type if not given
   * @throws {DatabaseUnavailable} `database_unavailable` if it cannot be stored
   * @throws {DatabaseError} `database_permission_denied` if the role may not store it
   * @throws {ImproperlyConfigured} `improperly_configured` if it must be stored and there is no signing key
   * @throws {TypeError} if the column `userIdField` is NULL for the user, or the hook `claims` returns anything but an
   *   object, a value that JSON cannot represent, or a reserved claim
   */
  forUser(type: AnyTokenType, user: User, lifetime?: number): Promise<Token>;
  /** Returns an access token with the claims of a refresh token, whose lifetime starts when the latter was read. */
  accessFrom(refresh: Token): Token;
}

/** Creates the issuer of one service of tokens. */
export function createIssuer<User>(
  { settings, subjectOf, app, clock, randomBytes }: IssuerOptions<User>,
): TokenIssuing<User> {
  const reserved = reservedClaims(settings);

  function create(type: AnyTokenType, lifetime: number = lifetimeOf(type, settings)): Token {
    const currentTime = clock.now();
    const { tokenTypeClaim, jtiClaim, slidingTokenRefreshExpClaim, slidingTokenRefreshLifetime } = settings;
    const claims: [string, unknown][] = [];
    if (tokenTypeClaim !== null) claims.push([tokenTypeClaim, type]);
    claims.push(["exp", epochAfter(currentTime, lifetime)], [
      "iat",
      epochAfter(currentTime),
    ]);
    if (jtiClaim !== null) claims.push([jtiClaim, newJti(randomBytes)]);
    if (type === "sliding") {
      claims.push([slidingTokenRefreshExpClaim, epochAfter(currentTime, slidingTokenRefreshLifetime)]);
    }
    return { type, claims: TokenClaims.EMPTY.with(claims), currentTime };
  }

  async function forUser(type: AnyTokenType, user: User, lifetime?: number): Promise<Token> {
    const { userIdClaim, checkRevokeToken, revokeTokenClaim, jsonEncoder } = settings;
    const { pk, userId, password } = subjectOf(user);
    // `String(null)` would name another user: the one called "null".
    if (userId == null) throw namelessUser(settings.userIdField);
    const made = create(type, lifetime);
    const changes: [string, unknown][] = [[userIdClaim, String(userId)]];
    if (checkRevokeToken) changes.push([revokeTokenClaim, passwordHashClaim(password)]);
    const custom = settings.claims === null ? [] : customClaims(await settings.claims(user), reserved);
    for (const [name, value] of custom) changes.push([name, encodable(value, jsonEncoder)]);
    const token = { ...made, claims: made.claims.with(changes) };
    if (isListedType(type)) await app.outstand(token, pk);
    return token;
  }

  function accessFrom(refresh: Token): Token {
    const { tokenTypeClaim, jtiClaim, accessTokenLifetime } = settings;
    const access = create("access");
    const claims = access.claims.with([["exp", epochAfter(refresh.currentTime, accessTokenLifetime)]]);
    // Identifier, type and times are those of the access token.
    const kept = new Set([
      "exp",
      "jti",
      "iat",
      ...[tokenTypeClaim, jtiClaim].filter((name) => name !== null),
    ]);
    return { ...access, claims: claims.withAll(refresh.claims, kept) };
  }

  return { create, forUser, accessFrom };
}

function namelessUser(userIdField: string): TypeError {
  return new TypeError(
    `jwt.userIdField is ${JSON.stringify(userIdField)}, which is NULL for this user, ` +
      "expected a column that is NOT NULL, since the token names the user by it",
  );
}
