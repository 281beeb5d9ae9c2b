/** The settings that `SIMPLE_JWT` results in: every option with its default. `check_options.ts` validates them. */

import { type AlgorithmEntry, JWT_ALGORITHMS } from "./algorithms.ts";
import { requireDistinctClaims, requireJwtOptions } from "./check_options.ts";
import type {
  JsonWebKeySet,
  JwtOptions,
  RotationGrace,
  TokenBlacklistOptions,
  TokenType,
} from "./options.ts";

/** Every option of {@link JwtOptions}, with defaults applied. */
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
  /** Empty if tokens can only be verified. */
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
  readonly onLoginSuccess: NonNullable<JwtOptions<User>["onLoginSuccess"]> | null;
  readonly onLoginFailed: NonNullable<JwtOptions<User>["onLoginFailed"]> | null;
  readonly userAuthenticationRule: NonNullable<JwtOptions<User>["userAuthenticationRule"]> | null;
  readonly authTokenClasses: readonly TokenType[];
  readonly tokenTypeClaim: string | null;
  readonly jtiClaim: string | null;
  readonly slidingTokenRefreshExpClaim: string;
  readonly checkRevokeToken: boolean;
  readonly revokeTokenClaim: string;
  readonly checkUserIsActive: boolean;
  readonly claims: NonNullable<JwtOptions<User>["claims"]> | null;
  /** `null` if not configured, so that the database is queried. */
  readonly blacklist: boolean | null;
  readonly blacklistTables: TokenBlacklistOptions;
}

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;

/**
 * Validates options and applies defaults.
 *
 * @param secretKey Django's `SECRET_KEY`, which signs if there is no `signingKey`
 * @throws {ImproperlyConfigured} `improperly_configured` for an invalid option, named such as `jwt.leeway`
 */
export function jwtSettings<User = unknown>(
  options: JwtOptions<User>,
  secretKey: string,
): JwtSettings<User> {
  requireJwtOptions(options);
  const { audience = null, blacklist } = options;
  const algorithm = JWT_ALGORITHMS[options.algorithm ?? "HS256"];
  const settings: JwtSettings<User> = {
    accessTokenLifetime: options.accessTokenLifetime ?? 5 * MINUTE_SECONDS,
    refreshTokenLifetime: options.refreshTokenLifetime ?? DAY_SECONDS,
    slidingTokenLifetime: options.slidingTokenLifetime ?? 5 * MINUTE_SECONDS,
    slidingTokenRefreshLifetime: options.slidingTokenRefreshLifetime ?? DAY_SECONDS,
    rotateRefreshTokens: options.rotateRefreshTokens ?? false,
    blacklistAfterRotation: options.blacklistAfterRotation ?? false,
    rotationGrace: options.rotationGrace ?? null,
    revokeOnReuse: options.revokeOnReuse ?? false,
    updateLastLogin: options.updateLastLogin ?? false,
    algorithm,
    // A secret is not a private key: without one, tokens can only be verified.
    signingKey: options.signingKey ?? (algorithm.hash === null ? "" : secretKey),
    verifyingKey: options.verifyingKey ?? "",
    verifyingKeyFallbacks: [...options.verifyingKeyFallbacks ?? []],
    audience: typeof audience === "object" && audience !== null ? [...audience] : audience,
    issuer: options.issuer ?? null,
    jsonEncoder: options.jsonEncoder ?? null,
    jwkUrl: options.jwkUrl ?? null,
    jwks: options.jwks ?? null,
    jwkCacheAge: options.jwkCacheAge ?? 10 * MINUTE_SECONDS,
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
  requireDistinctClaims(settings);
  return settings;
}
