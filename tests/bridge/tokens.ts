/** Operations of the conformance bridge: `token_backend.*` and `token.*`. */

import { createTokenBackend, type TokenBackend } from "../../src/jwt/jws/backend.ts";
import { TokenClaims } from "../../src/jwt/claims/claims.ts";
import { createSignatures } from "../../src/jwt/jws/create_signatures.ts";
import type { JwtAlgorithm } from "../../src/jwt/options/algorithms.ts";
import type { JwtOptions } from "../../src/jwt/options/options.ts";
import type { TokenRefusal, TokenRefusalCode } from "../../src/jwt/claims/refusals.ts";
import { jwtSettings } from "../../src/jwt/options/settings.ts";
import type { Token } from "../../src/jwt/tokens/token.ts";
import { refreshExpFault } from "../../src/jwt/tokens/token_rules.ts";
import { createTokens, type Tokens } from "../../src/jwt/tokens/tokens.ts";
import { createDatabaseTokens } from "../../src/stores/db_tokens.ts";
import { createRemoteKeySet } from "../../src/stores/remote_key_set.ts";
import type { Clock } from "../../src/types.ts";
import { userTable } from "../../src/users/user_table.ts";
import { type Operations, Refusal, type RefusalCode } from "./protocol.ts";
import { databaseOf } from "./stores.ts";

interface WireSettings {
  algorithm: JwtAlgorithm;
  signing_key: string | null;
  verifying_key?: string | null;
  audience?: string | string[] | null;
  issuer?: string | null;
  jwk_url?: string | null;
  leeway?: unknown;
  access_token_lifetime?: number;
  sliding_token_refresh_lifetime?: number;
  sliding_token_refresh_exp_claim?: string;
  token_type_claim?: string | null;
  jti_claim?: string | null;
  user_id_claim?: string;
  user_id_field?: string;
  check_revoke_token?: boolean;
  revoke_token_claim?: string;
}

interface WireUser {
  pk: number;
  user_id: string | number;
  password: string;
}

/** The common arguments. */
interface WireCall {
  settings: WireSettings;
  database_url?: string;
  now: number;
}

/** Codes of djauth under those of the protocol; all others are `token_invalid`. */
const CODES: Partial<Record<TokenRefusalCode, RefusalCode>> = {
  token_expired: "token_expired",
  token_blacklisted: "token_blacklisted",
  token_no_exp: "token_no_claim",
  token_no_refresh_exp: "token_no_claim",
  token_refresh_expired: "token_claim_expired",
  token_no_id: "token_no_id",
  token_no_type: "token_no_type",
  token_wrong_type: "token_wrong_type",
};
const BACKEND_CODES: Partial<Record<TokenRefusalCode, RefusalCode>> = {
  token_expired: "token_backend_expired",
  token_wrong_algorithm: "token_backend_invalid_algorithm",
};

function leewayOf({ leeway }: WireSettings): number {
  if (leeway === null || leeway === undefined) return 0;
  if (typeof leeway === "number") return leeway;
  throw new Refusal("token_backend_error", "The leeway is no number");
}

function optionsOf(wire: WireSettings, hasDatabase: boolean): JwtOptions<WireUser> {
  const isSecret = wire.algorithm.startsWith("HS");
  return {
    algorithm: wire.algorithm,
    ...(wire.signing_key ? { signingKey: wire.signing_key } : {}),
    // A sign-only backend has no verifying key; the private key stands in for its public half.
    ...(isSecret ? {} : { verifyingKey: wire.verifying_key || (wire.signing_key ?? "") }),
    audience: wire.audience ?? null,
    issuer: wire.issuer ?? null,
    jwkUrl: isSecret ? null : wire.jwk_url ?? null,
    leeway: leewayOf(wire),
    ...(wire.access_token_lifetime === undefined ? {} : { accessTokenLifetime: wire.access_token_lifetime }),
    ...(wire.sliding_token_refresh_lifetime === undefined
      ? {}
      : { slidingTokenRefreshLifetime: wire.sliding_token_refresh_lifetime }),
    ...(wire.sliding_token_refresh_exp_claim === undefined
      ? {}
      : { slidingTokenRefreshExpClaim: wire.sliding_token_refresh_exp_claim }),
    ...(wire.token_type_claim === undefined ? {} : { tokenTypeClaim: wire.token_type_claim }),
    ...(wire.jti_claim === undefined ? {} : { jtiClaim: wire.jti_claim }),
    ...(wire.user_id_claim === undefined ? {} : { userIdClaim: wire.user_id_claim }),
    ...(wire.user_id_field === undefined ? {} : { userIdField: wire.user_id_field }),
    checkRevokeToken: wire.check_revoke_token ?? false,
    ...(wire.revoke_token_claim === undefined ? {} : { revokeTokenClaim: wire.revoke_token_claim }),
    blacklist: hasDatabase && wire.jti_claim !== null,
  };
}

function clockAt(now: number): Clock {
  return { now: () => Math.round(now * 1000) };
}

function backendOf(wire: WireSettings, now: number): TokenBackend {
  const settings = jwtSettings(optionsOf(wire, false), "no secret key");
  return createTokenBackend({
    algorithm: settings.algorithm.name,
    signatures: createSignatures(settings, createRemoteKeySet(settings)),
    clock: clockAt(now),
    leeway: settings.leeway,
    audience: settings.audience,
    issuer: settings.issuer,
  });
}

function tokensOf({ settings: wire, database_url, now }: WireCall): Tokens<WireUser> {
  const settings = jwtSettings(optionsOf(wire, database_url !== undefined), "no secret key");
  const clock = clockAt(now);
  const store = database_url === undefined
    ? null
    : createDatabaseTokens({ database: databaseOf(database_url), users: userTable(), settings, clock });
  return createTokens({
    settings,
    secretKey: "no secret key",
    subjectOf: ({ pk, user_id, password }) => ({ pk, userId: user_id, password }),
    store,
    clock,
    keys: createRemoteKeySet(settings),
  });
}

function claimsOf(json: string): TokenClaims {
  const claims = TokenClaims.fromText(json);
  if (claims === null) throw new Refusal("value_error", "The payload is no JSON object");
  return claims;
}

function refuse(refusal: TokenRefusal): never {
  throw new Refusal(CODES[refusal.code] ?? "token_invalid", refusal.message);
}

function tokenOf(type: string, json: string, seconds: number): Token {
  return { type, claims: claimsOf(json), currentTime: Math.round(seconds * 1000) };
}

function unverified(
  backend: Pick<TokenBackend, "decodeUnverified">,
  token: unknown,
  code: RefusalCode,
): string {
  const claims = backend.decodeUnverified(token);
  if (claims === null) throw new Refusal(code);
  return claims.text;
}

export const operations: Operations = {
  "token_backend.new": ({ settings }: { settings: WireSettings }) => {
    try {
      // Keys are not checked here: simplejwt checks them when it signs.
      jwtSettings({ algorithm: settings.algorithm, jwkUrl: "https://example.com/" }, "no secret key");
    } catch (error) {
      throw new Refusal("token_backend_error", String(error));
    }
  },
  "token_backend.encode": ({ settings, json }) => backendOf(settings, 0).encode(claimsOf(json)),
  "token_backend.decode": async ({ settings, token, verify = true, now }) => {
    leewayOf(settings);
    const backend = backendOf(settings, now);
    if (!verify) return unverified(backend, token, "token_backend_invalid");
    const verified = await backend.verify(token);
    if ("claims" in verified) return verified.claims.text;
    throw new Refusal(BACKEND_CODES[verified.code] ?? "token_backend_invalid");
  },
  "token.create": ({ token_type, lifetime, ...call }) =>
    tokensOf(call).create(token_type, lifetime).claims.text,
  "token.verify": async ({ token, token_type, verify = true, ...call }) => {
    const tokens = tokensOf(call);
    if (!verify) return unverified(tokens, token, "token_invalid");
    const verified = await tokens.verify(token, token_type);
    return "token" in verified ? verified.token.claims.text : refuse(verified);
  },
  "token.check_exp": ({ json, claim, settings, now }) => {
    const fault = refreshExpFault(claimsOf(json), claim, leewayOf(settings), now);
    if (fault !== null) refuse(fault);
  },
  "token.for_user": async ({ token_type, lifetime, user, ...call }) =>
    (await tokensOf(call).forUser(token_type, user, lifetime)).claims.text,
  "token.access_token": ({ json, current_time, ...call }) =>
    tokensOf(call).accessFrom(tokenOf("refresh", json, current_time)).claims.text,
  "token.blacklist": ({ json, token_type, current_time, ...call }) =>
    tokensOf({ ...call, now: current_time }).blacklist(tokenOf(token_type, json, current_time)),
};
