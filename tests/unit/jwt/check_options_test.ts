/** Invalid `jwt` options are refused at the start, with their names. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JWT_OPTION_NAMES } from "../../../src/jwt/options/check_options.ts";
import type { JwtOptions } from "../../../src/jwt/options/options.ts";
import { jwtSettings } from "../../../src/jwt/options/settings.ts";

const KEY = { algorithm: "RS256", verifyingKey: "a key" };

const WRONG: [options: Record<string, unknown>, message: RegExp][] = [
  [{ leeway: -1 }, /^jwt\.leeway is -1, expected a number of seconds of 0 or more$/],
  [{ leeway: "10" }, /^jwt\.leeway is "10"/],
  [
    { accessTokenLifetime: 300n },
    /^jwt\.accessTokenLifetime is the bigint 300, expected a number of seconds/,
  ],
  [{ leeway: NaN }, /^jwt\.leeway is NaN/],
  [
    { accessTokenLifetime: 0 },
    /^jwt\.accessTokenLifetime is 0, expected a number of seconds above 0, at most 3162240000$/,
  ],
  [
    { accessTokenLifetime: "5m" },
    /^jwt\.accessTokenLifetime is "5m", expected a number of seconds above 0, at/,
  ],
  [{ refreshTokenLifetime: 1e20 }, /^jwt\.refreshTokenLifetime is 100000000000000000000/],
  [{ slidingTokenLifetime: "60" }, /^jwt\.slidingTokenLifetime is "60"/],
  [{ slidingTokenRefreshLifetime: Infinity }, /^jwt\.slidingTokenRefreshLifetime is Infinity/],
  [{ rotateRefreshTokens: "yes" }, /^jwt\.rotateRefreshTokens is "yes", expected a boolean$/],
  [{ blacklistAfterRotation: 1 }, /^jwt\.blacklistAfterRotation is 1/],
  [{ onLoginSuccess: true }, /^jwt\.onLoginSuccess is true, expected a function$/],
  [{ onLoginFailed: "log" }, /^jwt\.onLoginFailed is "log", expected a function$/],
  [{ updateLastLogin: null }, /^jwt\.updateLastLogin is null/],
  [{ checkRevokeToken: 0 }, /^jwt\.checkRevokeToken is 0/],
  [{ checkUserIsActive: 0 }, /^jwt\.checkUserIsActive is 0/],
  [{ revokeOnReuse: 0 }, /^jwt\.revokeOnReuse is 0/],
  [{ algorithm: "none" }, /^jwt\.algorithm is "none", expected one of HS256, HS384/],
  [{ algorithm: "ES256K" }, /^jwt\.algorithm is "ES256K"/],
  [{ algorithm: "constructor" }, /^jwt\.algorithm is "constructor"/],
  [{ algorithm: ["HS256"] }, /^jwt\.algorithm is a list/],
  [{ signingKey: "" }, /^jwt\.signingKey is empty/],
  [{ signingKey: 7 }, /^jwt\.signingKey is a number, expected a string$/],
  [{ signingKey: new Uint8Array(8) }, /^jwt\.signingKey is an object, expected a string$/],
  [{ signingKey: null }, /^jwt\.signingKey is null, expected a string$/],
  [{ signingKey: "-----BEGIN PUBLIC KEY-----" }, /^jwt\.signingKey is an asymmetric key or a JWK/],
  [{ signingKey: '{"kty":"oct","k":"c2VjcmV0"}' }, /^jwt\.signingKey is an asymmetric key or a JWK/],
  [{ signingKey: "ssh-rsa AAAA" }, /^jwt\.signingKey is an asymmetric key or a JWK/],
  [{ verifyingKeyFallbacks: "old" }, /^jwt\.verifyingKeyFallbacks is not a list of keys/],
  [{ verifyingKeyFallbacks: [""] }, /^jwt\.verifyingKeyFallbacks is not a list of keys/],
  [{ algorithm: "RS256" }, /^jwt\.verifyingKey is missing, expected a public key as PEM for RS256/],
  [{ ...KEY, jwkUrl: "file:///keys" }, /^jwt\.jwkUrl is a string that begins with "file:"/],
  [{ ...KEY, jwkUrl: "keys" }, /^jwt\.jwkUrl is a string, expected one such as/],
  [{ ...KEY, jwks: { keys: [] } }, /^jwt\.jwks\.keys is empty, expected at least one public key$/],
  [{ ...KEY, jwks: { keys: [{ kty: "RSA" }] } }, /^jwt\.jwks has a key without kid/],
  [{ ...KEY, jwks: { keys: [{ kty: "oct", kid: "a" }] } }, /^jwt\.jwks has a key that is secret/],
  [{ ...KEY, jwks: { keys: [{ kty: "RSA", kid: "a", d: "x" }] } }, /^jwt\.jwks has a key that is secret/],
  [
    { ...KEY, jwkUrl: "https://example.com", jwks: { keys: [{ kty: "RSA", kid: "a" }] } },
    /^jwt\.jwkUrl and jwt\.jwks/,
  ],
  [{ jwkTimeout: 0 }, /^jwt\.jwkTimeout is 0/],
  [{ jwkCooldown: -1 }, /^jwt\.jwkCooldown is -1/],
  [{ jwkCacheAge: "1" }, /^jwt\.jwkCacheAge is "1"/],
  [{ audience: "" }, /^jwt\.audience is ""/],
  [{ audience: [] }, /^jwt\.audience is empty, expected at least one string$/],
  [{ audience: [7] }, /^jwt\.audience is a list/],
  [{ issuer: 7 }, /^jwt\.issuer is 7/],
  [{ jsonEncoder: "json" }, /^jwt\.jsonEncoder is "json"/],
  [{ authHeaderTypes: "Bearer" }, /^jwt\.authHeaderTypes is "Bearer"/],
  [{ authHeaderTypes: [] }, /^jwt\.authHeaderTypes is empty, expected at least one string$/],
  [{ authHeaderTypes: ["My Token"] }, /^jwt\.authHeaderTypes is "My Token"/],
  [{ authHeaderName: "X:Y" }, /^jwt\.authHeaderName is "X:Y"/],
  [{ userIdField: "" }, /^jwt\.userIdField has the name ""/],
  [{ userIdClaim: "" }, /^jwt\.userIdClaim is ""/],
  [{ userAuthenticationRule: true }, /^jwt\.userAuthenticationRule is true/],
  [
    { authTokenClasses: [] },
    /^jwt\.authTokenClasses is empty, expected at least one of access, refresh, sliding, untyped$/,
  ],
  [{ authTokenClasses: ["AccessToken"] }, /^jwt\.authTokenClasses is "AccessToken"/],
  [{ tokenTypeClaim: "" }, /^jwt\.tokenTypeClaim is ""/],
  [{ jtiClaim: "" }, /^jwt\.jtiClaim is ""/],
  [{ jtiClaim: null }, /^jwt\.jtiClaim is null, so that no token can be blacklisted/],
  [{ slidingTokenRefreshExpClaim: 7 }, /^jwt\.slidingTokenRefreshExpClaim is 7/],
  [{ revokeTokenClaim: null }, /^jwt\.revokeTokenClaim is null/],
  [{ userIdClaim: "exp" }, /^jwt\.userIdClaim is "exp", expected another name than that of the claim "exp"$/],
  [{ userIdClaim: "jti" }, /^jwt\.userIdClaim is "jti", expected another name than that of jwt\.jtiClaim$/],
  [{ userIdClaim: "token_type" }, /^jwt\.userIdClaim is "token_type", expected .* of jwt\.tokenTypeClaim$/],
  [{ revokeTokenClaim: "user_id" }, /^jwt\.revokeTokenClaim is "user_id", expected .* of jwt\.userIdClaim$/],
  [{ tokenTypeClaim: "iat" }, /^jwt\.tokenTypeClaim is "iat", expected .* of the claim "iat"$/],
  [{ jtiClaim: "token_type" }, /^jwt\.jtiClaim is "token_type", expected .* of jwt\.tokenTypeClaim$/],
  [
    { slidingTokenRefreshExpClaim: "jti" },
    /^jwt\.slidingTokenRefreshExpClaim is "jti", expected .* of jwt\.jtiClaim$/,
  ],
  [{ claims: { a: 1 } }, /^jwt\.claims is an object/],
  [{ blacklist: "yes" }, /^jwt\.blacklist is "yes"/],
  [{ blacklist: { table: "a" } }, /^jwt\.blacklist\.table is not an option/],
  [
    { blacklist: { shema: "a" } },
    /^jwt\.blacklist\.shema is not an option, did you mean jwt\.blacklist\.schema\?$/,
  ],
  [{ blacklist: { schema: "" } }, /^jwt\.blacklist\.schema has the name ""/],
  [
    { rotationGrace: { seconds: 10, tokens: 1 } },
    /^jwt\.rotationGrace is given, expected rotateRefreshTokens/,
  ],
  [
    { revokeOnReuse: true, rotateRefreshTokens: true },
    /^jwt\.revokeOnReuse is true, expected rotateRefreshTokens and blacklistAfterRotation to be true$/,
  ],
  [{ rotationGrace: 10 }, /^jwt\.rotationGrace is 10, expected \{ seconds, tokens \}$/],
  [{ rotationGrace: { seconds: -1, tokens: 1 } }, /^jwt\.rotationGrace\.seconds is -1/],
  [{ rotationGrace: { tokens: 1 } }, /^jwt\.rotationGrace\.seconds is null/],
  [{ rotationGrace: { second: 1, tokens: 1 } }, /did you mean jwt\.rotationGrace\.seconds\?$/],
  [{ rotationGrace: { seconds: 1, tokens: 0 } }, /^jwt\.rotationGrace\.tokens is 0/],
  [{ signingkey: "a" }, /^jwt\.signingkey is not an option, did you mean jwt\.signingKey\?$/],
];

function settingsOf(options: Record<string, unknown>): unknown {
  return jwtSettings(options as JwtOptions, "secret");
}

describe("an option of jwt", () => {
  for (const [options, message] of WRONG) {
    it(`is refused by name if invalid: ${message.source.slice(1, 60)}`, () => {
      assert.throws(() => settingsOf(options), { code: "improperly_configured", message });
    });
  }

  it('may reuse the name of a renamed or disabled claim, and the name "exp" for the end of refreshing', () => {
    for (
      const options of [
        { slidingTokenRefreshExpClaim: "exp" },
        { userIdClaim: "token_type", tokenTypeClaim: "kind" },
        { userIdClaim: "jti", jtiClaim: null, blacklist: false },
        { userIdClaim: "sub" },
      ]
    ) assert.deepEqual({ ...settingsOf(options) as object, ...options }, settingsOf(options));
  });

  it("has at least one invalid value tested here", () => {
    const tested = new Set(WRONG.flatMap(([options]) => Object.keys(options)));
    assert.deepEqual(JWT_OPTION_NAMES.filter((name) => !tested.has(name)), []);
  });

  it("has simplejwt's default", () => {
    const { algorithm, ...settings } = jwtSettings({}, "secret");
    assert.equal(algorithm.name, "HS256");
    assert.deepEqual(settings, {
      accessTokenLifetime: 300,
      refreshTokenLifetime: 86_400,
      slidingTokenLifetime: 300,
      slidingTokenRefreshLifetime: 86_400,
      rotateRefreshTokens: false,
      blacklistAfterRotation: false,
      rotationGrace: null,
      revokeOnReuse: false,
      updateLastLogin: false,
      onLoginSuccess: null,
      onLoginFailed: null,
      signingKey: "secret",
      verifyingKey: "",
      verifyingKeyFallbacks: [],
      audience: null,
      issuer: null,
      jsonEncoder: null,
      jwkUrl: null,
      jwks: null,
      jwkCacheAge: 600,
      jwkCooldown: 30,
      jwkTimeout: 5,
      leeway: 0,
      authHeaderTypes: ["Bearer"],
      authHeaderName: "HTTP_AUTHORIZATION",
      userIdField: "id",
      userIdClaim: "user_id",
      userAuthenticationRule: null,
      authTokenClasses: ["access"],
      tokenTypeClaim: "token_type",
      jtiClaim: "jti",
      slidingTokenRefreshExpClaim: "refresh_exp",
      checkRevokeToken: false,
      revokeTokenClaim: "hash_password",
      checkUserIsActive: true,
      claims: null,
      blacklist: null,
      blacklistTables: {},
    });
  });
});
