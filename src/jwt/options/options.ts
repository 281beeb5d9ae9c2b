/**
 * `SIMPLE_JWT`: the settings of djangorestframework-simplejwt in camelCase, with their meaning and default. How they are
 * checked is in `check_options.ts`; what they come to is in `settings.ts`.
 */

import type { JwtAlgorithm } from "./algorithms.ts";

/** The types of tokens that simplejwt knows; `untyped` stands for any. */
export type TokenType = "access" | "refresh" | "sliding" | "untyped";

/** A set of public keys, as RFC 7517 has it. Only the members that djauth checks are named. */
export interface JsonWebKeySet {
  /** Public keys; each needs a `kid`. */
  readonly keys: readonly {
    readonly kid?: string;
    readonly kty?: string;
    readonly [member: string]: unknown;
  }[];
}

/** Where the tables of simplejwt's blacklist app are. */
export interface TokenBlacklistOptions {
  /** Their schema; that of the connection's search path if not given. */
  schema?: string;
  /** The table of the tokens that were issued; `token_blacklist_outstandingtoken` if not given. */
  outstandingTable?: string;
  /** The table of those that are worth nothing any more; `token_blacklist_blacklistedtoken` if not given. */
  blacklistedTable?: string;
}

/** How often, and for how long, a rotated refresh token may be used again. */
export interface RotationGrace {
  /** Seconds after the first refresh during which the same refresh token may be used again. */
  seconds: number;
  /** How many further refreshes of it succeed in that time. */
  tokens: number;
}

/** What `SIMPLE_JWT` holds. Durations are seconds. `User` is what the hooks are given. */
export interface JwtOptions<User = unknown> {
  /** `ACCESS_TOKEN_LIFETIME`, by default 300. */
  accessTokenLifetime?: number;
  /** `REFRESH_TOKEN_LIFETIME`, by default a day. */
  refreshTokenLifetime?: number;
  /** `ROTATE_REFRESH_TOKENS`, by default `false`: whether a refresh answers a new refresh token as well. */
  rotateRefreshTokens?: boolean;
  /**
   * `BLACKLIST_AFTER_ROTATION`, by default `false`: whether a refresh token is worth nothing once it was used. As in
   * simplejwt, it does nothing where the blacklist app is not installed.
   */
  blacklistAfterRotation?: boolean;
  /** `UPDATE_LAST_LOGIN`, by default `false`. */
  updateLastLogin?: boolean;
  /** `ON_LOGIN_SUCCESS` of simplejwt after 5.5: called in place of writing `last_login`, with `updateLastLogin` only. */
  onLoginSuccess?: (user: User, request: Request) => void | Promise<void>;
  /**
   * `ON_LOGIN_FAILED` of simplejwt after 5.5: called when the endpoints refuse a username and password. It is given the
   * username alone; `onEvent` is told of all failed logins, without it.
   */
  onLoginFailed?: (credentials: Readonly<Record<string, unknown>>, request: Request) => void | Promise<void>;
  /** `ALGORITHM`, by default `"HS256"`; the only one that is believed. `ES256K` and `ES521` do not exist in jose. */
  algorithm?: JwtAlgorithm;
  /** `SIGNING_KEY`: for `HS*` a secret, else a private key as PEM. By default `secretKey`, as in simplejwt. */
  signingKey?: string;
  /** `VERIFYING_KEY`: a public key as PEM; not used with `HS*`. */
  verifyingKey?: string;
  /** Older keys that are still believed: for `HS*` secrets, else public keys as PEM. simplejwt has no such setting. */
  verifyingKeyFallbacks?: readonly string[];
  /** `AUDIENCE`, by default `null`: written as `aud`, and one of them must be in the `aud` of every token. */
  audience?: string | readonly string[] | null;
  /** `ISSUER`, by default `null`: written as `iss`, which every token must have. */
  issuer?: string | null;
  /**
   * `JSON_ENCODER`, by default `null`: gets each value among custom claims that JSON has no type for, and answers one
   * that it has (Python's `JSONEncoder.default`).
   */
  jsonEncoder?: ((value: unknown) => unknown) | null;
  /** `JWK_URL`, by default `null`: where the public keys are; not used with `HS*`. */
  jwkUrl?: string | null;
  /** The public keys themselves, in place of `jwkUrl`. Tokens that are signed here name theirs by its `kid`. */
  jwks?: JsonWebKeySet;
  /** Seconds for which the keys of `jwkUrl` are kept, by default 600. */
  jwkCacheAge?: number;
  /** Seconds after a fetch in which an unknown `kid` leads to no other, by default 30. */
  jwkCooldown?: number;
  /** Seconds within which `jwkUrl` must answer, by default 5. */
  jwkTimeout?: number;
  /** `LEEWAY`, by default 0: seconds that clocks may differ, for `exp`, `nbf`, `iat` and the end of a refresh. */
  leeway?: number;
  /** `AUTH_HEADER_TYPES`, by default `["Bearer"]`; upper and lower case differ. */
  authHeaderTypes?: readonly string[];
  /** `AUTH_HEADER_NAME`, as Django writes it (`HTTP_AUTHORIZATION`, the default) or as HTTP does (`Authorization`). */
  authHeaderName?: string;
  /**
   * `USER_ID_FIELD`, by default `"id"`: the column of the user table that the claim holds. It must be unique: a value that
   * several users have names none of them.
   */
  userIdField?: string;
  /** `USER_ID_CLAIM`, by default `"user_id"`. */
  userIdClaim?: string;
  /**
   * `USER_AUTHENTICATION_RULE`: whether a user may get tokens, asked when tokens are obtained and refreshed. By default
   * every user who is there and active (or only there, see `checkUserIsActive`). Never asked about a missing user, unlike
   * simplejwt's.
   */
  userAuthenticationRule?: (user: User) => boolean | Promise<boolean>;
  /** `AUTH_TOKEN_CLASSES`, by default `["access"]`: the types of tokens that sign a request in, tried in turn. */
  authTokenClasses?: readonly TokenType[];
  /** `TOKEN_TYPE_CLAIM`, by default `"token_type"`; `null` switches the check of the type off. */
  tokenTypeClaim?: string | null;
  /** `JTI_CLAIM`, by default `"jti"`; `null` switches it off, and then there can be no blacklist. */
  jtiClaim?: string | null;
  /** `SLIDING_TOKEN_REFRESH_EXP_CLAIM`, by default `"refresh_exp"`. */
  slidingTokenRefreshExpClaim?: string;
  /** `SLIDING_TOKEN_LIFETIME`, by default 300. */
  slidingTokenLifetime?: number;
  /** `SLIDING_TOKEN_REFRESH_LIFETIME`, by default a day. */
  slidingTokenRefreshLifetime?: number;
  /**
   * `CHECK_REVOKE_TOKEN`, by default `false`: whether tokens hold a mark of the password (its MD5, which the client sees)
   * and end when the password changes. Switched on, it ends all tokens that have no mark.
   */
  checkRevokeToken?: boolean;
  /** `REVOKE_TOKEN_CLAIM`, by default `"hash_password"`. */
  revokeTokenClaim?: string;
  /** `CHECK_USER_IS_ACTIVE`, by default `true`. */
  checkUserIsActive?: boolean;
  /**
   * Claims of your own for a user's tokens: what overriding `get_token()` of simplejwt's serializers does. Those that say
   * whose a token is, what it is for and how long it lives are refused.
   */
  claims?: (user: User) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  /**
   * Whether simplejwt's blacklist app is installed, and where its tables are. Not given, the database is asked once
   * whether they are there.
   */
  blacklist?: boolean | TokenBlacklistOptions;
  /**
   * Lets a refresh token that was rotated and blacklisted be used again for a moment, for tabs that refresh at the same
   * time; `null` (the default) lets exactly one refresh succeed.
   */
  rotationGrace?: RotationGrace | null;
  /**
   * Whether the use of a refresh token that was rotated already ends all refresh and sliding tokens of its user; `false` by
   * default. Access tokens live on until they expire. Only with `rotateRefreshTokens` and `blacklistAfterRotation`.
   */
  revokeOnReuse?: boolean;
}
