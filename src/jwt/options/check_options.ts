/** Validates the options of `jwt` at startup, so that no mistake waits for the first token. */

import { ImproperlyConfigured } from "../../errors.ts";
import { namesOf } from "../../internal/names_of.ts";
import { requirePostgresName } from "../../internal/postgres_name.ts";
import { type AlgorithmEntry, JWT_ALGORITHMS, type JwtAlgorithm } from "./algorithms.ts";
import {
  isObject,
  requireKnown,
  requireName,
  requireNames,
  requireSeconds,
  requireSome,
  requireType,
  wrong,
  wrongKind,
} from "../../internal/option_checks.ts";
import { requireKeyOptions } from "./check_keys.ts";
import type { JwtOptions, TokenType } from "./options.ts";

const TYPES: readonly TokenType[] = ["access", "refresh", "sliding", "untyped"];
const LIFETIMES = [
  "accessTokenLifetime",
  "refreshTokenLifetime",
  "slidingTokenLifetime",
  "slidingTokenRefreshLifetime",
] as const;
const SWITCHES = [
  "rotateRefreshTokens",
  "blacklistAfterRotation",
  "updateLastLogin",
  "checkRevokeToken",
  "checkUserIsActive",
  "revokeOnReuse",
] as const;
const HOOKS = ["userAuthenticationRule", "claims", "onLoginSuccess", "onLoginFailed"] as const;
const CLAIM_NAMES = ["userIdClaim", "slidingTokenRefreshExpClaim", "revokeTokenClaim"] as const;
type NamedClaim = "tokenTypeClaim" | "jtiClaim" | (typeof CLAIM_NAMES)[number];
/** All options that name a claim; those of the first two may be `null`. */
const NAMED_CLAIMS: readonly NamedClaim[] = ["tokenTypeClaim", "jtiClaim", ...CLAIM_NAMES];
/** The options of which several are validated alike. */
const SORTED = [...LIFETIMES, ...SWITCHES, ...HOOKS, ...NAMED_CLAIMS] as const;

/** The options that this folder knows. Callers remove their own ones among the options of `jwt` first. */
export const JWT_OPTION_NAMES: readonly string[] = [
  ...SORTED,
  ...namesOf<Omit<JwtOptions<never>, (typeof SORTED)[number]>>({
    algorithm: true,
    signingKey: true,
    verifyingKey: true,
    verifyingKeyFallbacks: true,
    audience: true,
    issuer: true,
    jsonEncoder: true,
    jwkUrl: true,
    jwks: true,
    jwkCacheAge: true,
    jwkCooldown: true,
    jwkTimeout: true,
    leeway: true,
    authHeaderTypes: true,
    authHeaderName: true,
    userIdField: true,
    authTokenClasses: true,
    blacklist: true,
    rotationGrace: true,
  }),
];

/** A century: longer lifetimes lead beyond the range of Python's `datetime`. */
const MAX_LIFETIME_SECONDS = 100 * 366 * 86_400;

/**
 * Refuses invalid options.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireJwtOptions<User>(options: JwtOptions<User>): void {
  if (!isObject(options)) throw wrongKind("jwt", options, "an object");
  requireKnown("jwt.", options, JWT_OPTION_NAMES);
  for (const name of SWITCHES) requireType(`jwt.${name}`, options[name], "boolean");
  for (const name of HOOKS) requireType(`jwt.${name}`, options[name], "function");
  if (options.jsonEncoder !== null) requireType("jwt.jsonEncoder", options.jsonEncoder, "function");
  requireTimes(options);
  requireClaimOptions(options);
  requireHeaderOptions(options);
  requireKeyOptions(options, requireAlgorithm(options.algorithm ?? "HS256"));
  requireBlacklistOptions(options);
}

/** Looks up own properties of the table only: its prototype has others. */
function requireAlgorithm(name: unknown): AlgorithmEntry {
  if (typeof name === "string" && Object.hasOwn(JWT_ALGORITHMS, name)) {
    return JWT_ALGORITHMS[name as JwtAlgorithm];
  }
  throw wrong("jwt.algorithm", name, `one of ${Object.keys(JWT_ALGORITHMS).join(", ")}`);
}

function requireTimes<User>(options: JwtOptions<User>): void {
  for (const name of LIFETIMES) requireSeconds(`jwt.${name}`, options[name], { to: MAX_LIFETIME_SECONDS });
  for (const name of ["leeway", "jwkCacheAge", "jwkCooldown"] as const) {
    requireSeconds(`jwt.${name}`, options[name], { from: 0 });
  }
  requireSeconds("jwt.jwkTimeout", options.jwkTimeout, { from: 0.001 });
}

function requireClaimOptions<User>(options: JwtOptions<User>): void {
  for (const name of CLAIM_NAMES) requireName(`jwt.${name}`, options[name]);
  if (options.tokenTypeClaim !== null) requireName("jwt.tokenTypeClaim", options.tokenTypeClaim);
  if (options.jtiClaim !== null) requireName("jwt.jtiClaim", options.jtiClaim);
  if (options.userIdField !== undefined) requirePostgresName("jwt.userIdField", options.userIdField);
  if (options.issuer !== null) requireName("jwt.issuer", options.issuer);
  const { audience } = options;
  if (Array.isArray(audience)) requireNames("jwt.audience", audience);
  else if (audience !== null) requireName("jwt.audience", audience);
}

/**
 * Refuses claims of the same name, of which a token could only have the last one.
 *
 * @param names the names of the claims, with defaults applied
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireDistinctClaims(names: Readonly<Record<NamedClaim, string | null>>): void {
  const owners = new Map<string, string>([["exp", 'the claim "exp"'], ["iat", 'the claim "iat"']]);
  for (const option of NAMED_CLAIMS) {
    const name = names[option];
    // As in simplejwt, sliding tokens may be refreshed until they expire.
    if (name === null || (option === "slidingTokenRefreshExpClaim" && name === "exp")) continue;
    const owner = owners.get(name);
    if (owner !== undefined) throw wrong(`jwt.${option}`, name, `another name than that of ${owner}`);
    owners.set(name, `jwt.${option}`);
  }
}

function requireHeaderOptions<User>(
  { authHeaderTypes, authHeaderName, authTokenClasses }: JwtOptions<User>,
): void {
  requireNames("jwt.authHeaderTypes", authHeaderTypes);
  // The header is split at white space, so that a type with a space would never match.
  const useless = authHeaderTypes?.find((type) => !/^[\x21-\x7e]+$/.test(type));
  if (useless !== undefined) {
    throw wrong("jwt.authHeaderTypes", useless, "types such as Bearer, without spaces");
  }
  if (authHeaderName !== undefined && !/^[A-Za-z][A-Za-z0-9_-]*$/.test(String(authHeaderName))) {
    throw wrong("jwt.authHeaderName", authHeaderName, 'a header such as "HTTP_AUTHORIZATION"');
  }
  requireSome("jwt.authTokenClasses", authTokenClasses, `of ${TYPES.join(", ")}`);
  requireNames("jwt.authTokenClasses", authTokenClasses);
  const unknown = authTokenClasses?.find((type) => !TYPES.includes(type));
  if (unknown !== undefined) throw wrong("jwt.authTokenClasses", unknown, `some of ${TYPES.join(", ")}`);
}

function requireBlacklistOptions<User>(options: JwtOptions<User>): void {
  const { blacklist, rotationGrace = null, jtiClaim } = options;
  if (blacklist !== undefined && typeof blacklist !== "boolean") {
    if (!isObject(blacklist)) throw wrong("jwt.blacklist", blacklist, "an object");
    requireKnown("jwt.blacklist.", blacklist, ["schema", "outstandingTable", "blacklistedTable"]);
    for (const [name, value] of Object.entries(blacklist)) {
      if (value !== undefined) requirePostgresName(`jwt.blacklist.${name}`, value);
    }
  }
  if (jtiClaim === null && blacklist !== false) {
    throw new ImproperlyConfigured(
      "jwt.jtiClaim is null, so that no token can be blacklisted, expected jwt.blacklist to be false",
    );
  }
  if (options.revokeOnReuse) requireRotation("revokeOnReuse is true", options);
  if (rotationGrace === null) return;
  if (!isObject(rotationGrace)) throw wrong("jwt.rotationGrace", rotationGrace, "{ seconds, tokens }");
  requireKnown("jwt.rotationGrace.", rotationGrace, ["seconds", "tokens"]);
  requireSeconds("jwt.rotationGrace.seconds", rotationGrace.seconds ?? null, { from: 0 });
  const { tokens } = rotationGrace;
  if (!Number.isSafeInteger(tokens) || tokens < 1 || tokens > 100) {
    throw wrong("jwt.rotationGrace.tokens", tokens, "a whole number from 1 to 100");
  }
  requireRotation("rotationGrace is given", options);
}

/** Refuses options about rotated tokens if tokens are never rotated, or stay valid. */
function requireRotation<User>(
  given: string,
  { rotateRefreshTokens, blacklistAfterRotation }: JwtOptions<User>,
): void {
  if (rotateRefreshTokens && blacklistAfterRotation) return;
  throw new ImproperlyConfigured(
    `jwt.${given}, expected rotateRefreshTokens and blacklistAfterRotation to be true`,
  );
}
