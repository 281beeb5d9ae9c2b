/** What `SIMPLE_JWT` comes to: every option with its default. That they can be is checked in `check_options.ts`. */

import { type AlgorithmEntry, JWT_ALGORITHMS } from "./algorithms.ts";
import { requireJwtOptions } from "./check_options.ts";
import type {
  JsonWebKeySet,
  JwtOptions,
  RotationGrace,
  TokenBlacklistOptions,
  TokenType,
} from "./options.ts";

/** Every option of {@link JwtOptions}, decided. */
export interface JwtSettings<User = unknown> {
  readonly accessTokenLifetime: number;
  readonly refreshTokenLifetime: number;
  readonly slidingTokenLifetime: number;
  readonly slidingTokenRefreshLifetime: number;
  readonly rotateRefreshTokens: boolean;
  readonly blacklistAfterRotation: boolean;
  readonly rotationGrace: RotationGrace | null;
  readonly revokeOnReuse: boolean;
  readonly updateLastLogin: boolean;
  readonly algorithm: AlgorithmEntry;
  /** Empty where tokens can only be verified. */
  readonly signingKey: string;
  readonly verifyingKey: string;
  readonly verifyingKeyFallbacks: readonly string[];
  readonly audience: string | readonly string[] | null;
  readonly issuer: string | null;
  readonly jsonEncoder: ((value: unknown) => unknown) | null;
  readonly jwkUrl: string | null;
  readonly jwks: JsonWebKeySet | null;
  readonly jwkCacheAge: number;
  readonly jwkCooldown: number;
  readonly jwkTimeout: number;
  readonly leeway: number;
  readonly authHeaderTypes: readonly string[];
  readonly authHeaderName: string;
  readonly userIdField: string;
  readonly userIdClaim: string;
  readonly onLoginSuccess: JwtOptions<User>["onLoginSuccess"] | null;
  readonly onLoginFailed: JwtOptions<User>["onLoginFailed"] | null;
  readonly userAuthenticationRule: JwtOptions<User>["userAuthenticationRule"] | null;
  readonly authTokenClasses: readonly TokenType[];
  readonly tokenTypeClaim: string | null;
  readonly jtiClaim: string | null;
  readonly slidingTokenRefreshExpClaim: string;
  readonly checkRevokeToken: boolean;
  readonly revokeTokenClaim: string;
  readonly checkUserIsActive: boolean;
  readonly claims: JwtOptions<User>["claims"] | null;
  /** `null` where nobody said, so that the database is asked. */
  readonly blacklist: boolean | null;
  readonly blacklistTables: TokenBlacklistOptions;
}

const MINUTES = 60;
const DAY = 86_400;

/**
 * The settings that options come to.
 *
 * @param secretKey Django's `SECRET_KEY`, which signs where there is no `signingKey`
 * @throws {ImproperlyConfigured} `improperly_configured` for an option that cannot be, named as `jwt.leeway`
 */
export function jwtSettings<User = unknown>(
  options: JwtOptions<User>,
  secretKey: string,
): JwtSettings<User> {
  requireJwtOptions(options);
  const { audience = null, blacklist } = options;
  const algorithm = JWT_ALGORITHMS[options.algorithm ?? "HS256"];
  return {
    accessTokenLifetime: options.accessTokenLifetime ?? 5 * MINUTES,
    refreshTokenLifetime: options.refreshTokenLifetime ?? DAY,
    slidingTokenLifetime: options.slidingTokenLifetime ?? 5 * MINUTES,
    slidingTokenRefreshLifetime: options.slidingTokenRefreshLifetime ?? DAY,
    rotateRefreshTokens: options.rotateRefreshTokens ?? false,
    blacklistAfterRotation: options.blacklistAfterRotation ?? false,
    rotationGrace: options.rotationGrace ?? null,
    revokeOnReuse: options.revokeOnReuse ?? false,
    updateLastLogin: options.updateLastLogin ?? false,
    algorithm,
    // A secret is no private key: without one, tokens can be verified only.
    signingKey: options.signingKey ?? (algorithm.hash === null ? "" : secretKey),
    verifyingKey: options.verifyingKey ?? "",
    verifyingKeyFallbacks: [...options.verifyingKeyFallbacks ?? []],
    audience: typeof audience === "object" && audience !== null ? [...audience] : audience,
    issuer: options.issuer ?? null,
    jsonEncoder: options.jsonEncoder ?? null,
    jwkUrl: options.jwkUrl ?? null,
    jwks: options.jwks ?? null,
    jwkCacheAge: options.jwkCacheAge ?? 10 * MINUTES,
    jwkCooldown: options.jwkCooldown ?? 30,
    jwkTimeout: options.jwkTimeout ?? 5,
    leeway: options.leeway ?? 0,
    authHeaderTypes: [...options.authHeaderTypes ?? ["Bearer"]],
    authHeaderName: options.authHeaderName ?? "HTTP_AUTHORIZATION",
    userIdField: options.userIdField ?? "id",
    userIdClaim: options.userIdClaim ?? "user_id",
    onLoginSuccess: options.onLoginSuccess ?? null,
    onLoginFailed: options.onLoginFailed ?? null,
    userAuthenticationRule: options.userAuthenticationRule ?? null,
    authTokenClasses: [...options.authTokenClasses ?? ["access"] as const],
    tokenTypeClaim: options.tokenTypeClaim === undefined ? "token_type" : options.tokenTypeClaim,
    jtiClaim: options.jtiClaim === undefined ? "jti" : options.jtiClaim,
    slidingTokenRefreshExpClaim: options.slidingTokenRefreshExpClaim ?? "refresh_exp",
    checkRevokeToken: options.checkRevokeToken ?? false,
    revokeTokenClaim: options.revokeTokenClaim ?? "hash_password",
    checkUserIsActive: options.checkUserIsActive ?? true,
    claims: options.claims ?? null,
    blacklist: blacklist === undefined ? null : blacklist !== false,
    blacklistTables: typeof blacklist === "object" ? { ...blacklist } : {},
  };
}
