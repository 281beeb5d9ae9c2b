/** Tokens made and verified by real simplejwt: the same messages, and the same bytes for deterministic algorithms. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { JwtAlgorithm } from "../../src/jwt/options/algorithms.ts";
import { JWT_ALGORITHMS } from "../../src/jwt/options/algorithms.ts";
import { TokenClaims } from "../../src/jwt/claims/claims.ts";
import type { JwtOptions } from "../../src/jwt/options/options.ts";
import { jwtSettings } from "../../src/jwt/options/settings.ts";
import { passwordHashClaim, type Token } from "../../src/jwt/tokens/token.ts";
import { createTokens, type Tokens } from "../../src/jwt/tokens/tokens.ts";

/** simplejwt's result for a token: `ok`, or the exception's class and message. */
type Verdict = "ok" | [type: string, message: string];

interface TokenVector {
  case: string;
  algorithm: JwtAlgorithm;
  options: { leeway?: number; audience?: string | string[]; issuer?: string };
  payload?: string;
  token: string;
  decoded?: string;
  access: Verdict;
  refresh: Verdict;
}

interface UserVector {
  class: "AccessToken" | "RefreshToken" | "SlidingToken";
  userId: number;
  payload: string;
  token: string;
  lifetime: number;
}

interface Vectors {
  now: number;
  keys: Record<JwtAlgorithm, { signing: string; verifying: string }>;
  tokens: TokenVector[];
  forUser: UserVector[];
  passwordHash: { password: string; hash: string }[];
  supportedAlgorithms: string[];
  refreshToAccess: { refresh: string; access: string; accessPayload: string };
}

const vectors = JSON.parse(
  readFileSync(new URL("./data/simplejwt-5.5.json", import.meta.url), "utf8"),
) as Vectors;

/** Crashes of simplejwt, where djauth refuses. */
const CRASHES = new Set(["TypeError", "OverflowError"]);
/** Malformed base64: PyJWT accepts padding. */
const STRICTER = new Set(["attack: padding", "attack: std alphabet"]);
/** Algorithms with deterministic signatures. */
const EXACT = /^(?:HS|RS|EdDSA)/;

function tokensOf(algorithm: JwtAlgorithm, options: JwtOptions<number> = {}): Tokens<number> {
  const { signing, verifying } = vectors.keys[algorithm];
  const pair = JWT_ALGORITHMS[algorithm].hash === null ? { verifyingKey: verifying } : {};
  return createTokens<number>({
    settings: jwtSettings({ algorithm, signingKey: signing, ...pair, ...options }, "no secret"),
    secretKey: "no secret",
    subjectOf: (id) => ({ pk: id, userId: id, password: "" }),
    clock: { now: () => vectors.now * 1000 },
  });
}

function expected(vector: TokenVector, verdict: Verdict): string {
  if (verdict === "ok") return STRICTER.has(vector.case) ? "Token is invalid" : "ok";
  return CRASHES.has(verdict[0]) || STRICTER.has(vector.case) ? "Token is invalid" : verdict[1];
}

function tokenOf(payload: string): Token {
  return { type: "access", claims: TokenClaims.fromText(payload)!, currentTime: vectors.now * 1000 };
}

describe("tokens of simplejwt 5.5", () => {
  for (const type of ["access", "refresh"] as const) {
    test(`are verified as ${type} tokens with simplejwt's messages`, async () => {
      for (const vector of vectors.tokens) {
        const verified = await tokensOf(vector.algorithm, vector.options).verify(vector.token, type);
        const said = "token" in verified ? "ok" : verified.message;
        assert.equal(said, expected(vector, vector[type]), `${vector.case} (${vector.algorithm})`);
        if ("token" in verified) assert.equal(verified.token.claims.text, vector.decoded);
      }
    });
  }

  test("are written with the same bytes, except for random signatures", async () => {
    const plain = vectors.tokens.filter((vector) => vector.payload !== undefined && vector.case === "plain");
    assert.equal(new Set(plain.map(({ algorithm }) => algorithm)).size, vectors.supportedAlgorithms.length);
    for (const { algorithm, payload, token } of plain) {
      const tokens = tokensOf(algorithm);
      const written = await tokens.sign(tokenOf(payload!));
      if (EXACT.test(algorithm)) assert.equal(written, token, algorithm);
      assert.equal(
        written.slice(0, written.lastIndexOf(".")),
        token.slice(0, token.lastIndexOf(".")),
        algorithm,
      );
      assert.ok("token" in await tokens.verify(written, "untyped"), algorithm);
    }
  });

  test("are made for users with the same claims in the same order", async () => {
    for (const { class: name, userId, payload, token, lifetime } of vectors.forUser) {
      const type = name.replace("Token", "").toLowerCase() as "access" | "refresh" | "sliding";
      const claims = TokenClaims.fromText(payload)!;
      const made = await tokensOf("HS256", { claims: () => ({ extra: "näme" }) }).forUser(
        type,
        userId,
        lifetime,
      );
      const jti = claims.get("jti");
      assert.equal(made.claims.with([["jti", jti]]).text, payload);
      assert.equal(
        await tokensOf("HS256").sign({ ...made, claims: made.claims.with([["jti", jti]]) }),
        token,
      );
    }
  });

  test("give access tokens with the same claims", async () => {
    const { refresh, accessPayload } = vectors.refreshToAccess;
    const tokens = tokensOf("HS256");
    const verified = await tokens.verify(refresh, "refresh");
    assert.ok("token" in verified);
    const access = tokens.accessFrom(verified.token);
    const { jti } = JSON.parse(accessPayload);
    assert.deepEqual(JSON.parse(access.claims.with([["jti", jti]]).text), JSON.parse(accessPayload));
  });
});

test("simplejwt 5.5: the password mark is the same", () => {
  for (const { password, hash } of vectors.passwordHash) assert.equal(passwordHashClaim(password), hash);
});

test("simplejwt 5.5: exactly its algorithms are supported", () => {
  assert.deepEqual(Object.keys(JWT_ALGORITHMS), vectors.supportedAlgorithms);
});
