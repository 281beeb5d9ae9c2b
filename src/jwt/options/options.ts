/**
 * `SIMPLE_JWT`: the settings of djangorestframework-simplejwt in camelCase, with meanings and defaults.
 * `check_options.ts` validates them, and `settings.ts` applies the defaults.
 */

import type { JwtAlgorithm } from "./algorithms.ts";

/** simplejwt's types of tokens; `untyped` stands for any. */
export type TokenType = "access" | "refresh" | "sliding" | "untyped";

/** A set of public keys by RFC 7517. Only the members that djauth checks are declared. */
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
  /** The table of issued tokens; `token_blacklist_outstandingtoken` if not given. */
  outstandingTable?: string;
  /** The table of tokens that are no longer valid; `token_blacklist_blacklistedtoken` if not given. */
  blacklistedTable?: string;
}

/** How often, and for how long, a rotated refresh token may be used again. */
export interface RotationGrace {
  /** Seconds after the first refresh during which the same refresh token may be used again. */
  seconds: number;
  /** How many further refreshes with it succeed in that time. */
  tokens: number;
}

/** The settings of `SIMPLE_JWT`. Durations are in seconds. `User` is the type that the hooks receive. */
export interface JwtOptions<User = unknown> {
  /** `ACCESS_TOKEN_LIFETIME`, by default 300. */
  accessTokenLifetime?: number;
  /** `REFRESH_TOKEN_LIFETIME`, by default a day. */
  refreshTokenLifetime?: number;
  /** `ROTATE_REFRESH_TOKENS`, by default `false`: whether a refresh also returns a new refresh token. */
  rotateRefreshTokens?: boolean;
  /**
   * `BLACKLIST_AFTER_ROTATION`, by default `false`: whether a refresh token is blacklisted once it is used. As in
   * simplejwt, this has no effect unless the blacklist app is installed.
   */
  blacklistAfterRotation?: boolean;
  /** `UPDATE_LAST_LOGIN`, by default `false`. */
  updateLastLogin?: boolean;
  /** `ON_LOGIN_SUCCESS` of simplejwt after 5.5: called instead of writing `last_login`, only with `updateLastLogin`. */
  onLoginSuccess?: (user: User, request: Request) => void | Promise<void>;
  /**
   * `ON_LOGIN_FAILED` of simplejwt after 5.5: called when the endpoints refuse a username and password. It receives
   * only the username; `onEvent` is notified of all failed logins, without the username.
   */
  onLoginFailed?: (credentials: Readonly<Record<string, unknown>>, request: Request) => void | Promise<void>;
  /** `ALGORITHM`, by default `"HS256"`; the only accepted one. `ES256K` and `ES521` do not exist in jose. */
  algorithm?: JwtAlgorithm;
  /** `SIGNING_KEY`: a secret for `HS*`, otherwise a private key as PEM. By default `secretKey`, as in simplejwt. */
  signingKey?: string;
  /** `VERIFYING_KEY`: a public key as PEM; not used with `HS*`. */
  verifyingKey?: string;
  /** Older keys that are still accepted: secrets for `HS*`, else public keys as PEM. Not a setting of simplejwt. */
  verifyingKeyFallbacks?: readonly string[];
  /** `AUDIENCE`, by default `null`: written as `aud`; the `aud` of every token must contain one of them. */
  audience?: string | readonly string[] | null;
  /** `ISSUER`, by default `null`: written as `iss`, which every token must have. */
  issuer?: string | null;
  /**
   * `JSON_ENCODER`, by default `null`: receives each value in custom claims that JSON has no type for, and returns one
   * that JSON can represent (Python's `JSONEncoder.default`).
   */
  jsonEncoder?: ((value: unknown) => unknown) | null;
  /** `JWK_URL`, by default `null`: where the public keys are; not used with `HS*`. */
  jwkUrl?: string | null;
  /** The public keys themselves, instead of `jwkUrl`. Tokens that are signed here name their key by its `kid`. */
  jwks?: JsonWebKeySet;
  /** Seconds for which the keys of `jwkUrl` are kept, by default 600. */
  jwkCacheAge?: number;
  /** Seconds after a fetch during which an unknown `kid` does not cause another one, by default 30. */
  jwkCooldown?: number;
  /** Seconds within which `jwkUrl` must answer, by default 5. */
  jwkTimeout?: number;
  /** `LEEWAY`, by default 0: seconds by which clocks may differ, for `exp`, `nbf`, `iat` and `refresh_exp`. */
  leeway?: number;
  /** `AUTH_HEADER_TYPES`, by default `["Bearer"]`; case-sensitive. */
  authHeaderTypes?: readonly string[];
  /** `AUTH_HEADER_NAME`, as Django writes it (`HTTP_AUTHORIZATION`, the default) or as HTTP does (`Authorization`). */
  authHeaderName?: string;
  /**
   * `USER_ID_FIELD`, by default `"id"`: the column of the user table whose value the claim holds. It must be unique: a
   * value that several users share identifies none of them.
   */
  userIdField?: string;
  /** `USER_ID_CLAIM`, by default `"user_id"`. */
  userIdClaim?: string;
  /**
   * `USER_AUTHENTICATION_RULE`: whether a user may get tokens, called when tokens are obtained and refreshed. By
   * default, the user must exist and be active (or only exist, see `checkUserIsActive`). Unlike simplejwt's, never
   * called for a missing user.
   */
  userAuthenticationRule?: (user: User) => boolean | Promise<boolean>;
  /** `AUTH_TOKEN_CLASSES`, by default `["access"]`: the types of tokens that authenticate a request, tried in order. */
  authTokenClasses?: readonly TokenType[];
  /** `TOKEN_TYPE_CLAIM`, by default `"token_type"`; `null` disables the check of the type. */
  tokenTypeClaim?: string | null;
  /** `JTI_CLAIM`, by default `"jti"`; `null` disables it, which rules out a blacklist. */
  jtiClaim?: string | null;
  /** `SLIDING_TOKEN_REFRESH_EXP_CLAIM`, by default `"refresh_exp"`. */
  slidingTokenRefreshExpClaim?: string;
  /** `SLIDING_TOKEN_LIFETIME`, by default 300. */
  slidingTokenLifetime?: number;
  /** `SLIDING_TOKEN_REFRESH_LIFETIME`, by default a day. */
  slidingTokenRefreshLifetime?: number;
  /**
   * `CHECK_REVOKE_TOKEN`, by default `false`: whether tokens contain the MD5 hash of the encoded password, visible to
   * the client, and end when the password changes. Enabling it ends all tokens without such a hash.
   */
  checkRevokeToken?: boolean;
  /** `REVOKE_TOKEN_CLAIM`, by default `"hash_password"`. */
  revokeTokenClaim?: string;
  /** `CHECK_USER_IS_ACTIVE`, by default `true`. */
  checkUserIsActive?: boolean;
  /**
   * Returns custom claims for a user's tokens, like an override of `get_token()` in simplejwt's serializers. Claims
   * that determine a token's user, purpose or lifetime are refused.
   */
  claims?: (user: User) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  /**
   * Whether simplejwt's blacklist app is installed, and where its tables are. If not given, the database is queried
   * once for their existence.
   */
  blacklist?: boolean | TokenBlacklistOptions;
  /**
   * Lets a rotated and blacklisted refresh token be used again for a short time, for tabs that refresh simultaneously;
   * `null` (the default) lets exactly one refresh succeed.
   */
  rotationGrace?: RotationGrace | null;
  /**
   * Whether the reuse of a rotated refresh token ends all refresh and sliding tokens of its user; `false` by default.
   * Access tokens remain valid until they expire. Only with `rotateRefreshTokens` and `blacklistAfterRotation`.
   */
  revokeOnReuse?: boolean;
}
