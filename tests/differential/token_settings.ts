/** Random simplejwt settings under its own names, and the equivalent djauth options. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { TokenClaims } from "../../src/jwt/claims/claims.ts";
import { JWT_ALGORITHMS, type JwtAlgorithm } from "../../src/jwt/options/algorithms.ts";
import type { JwtOptions, TokenType } from "../../src/jwt/options/options.ts";
import { jwtSettings } from "../../src/jwt/options/settings.ts";
import type { TokenStore } from "../../src/jwt/tokens/store.ts";
import { createTokens, type Tokens } from "../../src/jwt/tokens/tokens.ts";
import { ORACLE_SECRET } from "../ground/oracle.ts";
import type { Conditions } from "../ground/oracle_types.ts";
import type { Random } from "./random.ts";

/** `SIMPLE_JWT`, with durations in seconds. */
export type SimpleJwt = Record<string, unknown> & { ALGORITHM: JwtAlgorithm; SIGNING_KEY: string };

/** The columns of a user that tokens need. */
export interface DifferentialUser {
  pk: string;
  password: string;
  /** For `USER_ID_FIELD`. */
  username?: string;
}

const { keys } = JSON.parse(
  readFileSync(new URL("../vectors/data/simplejwt-5.5.json", import.meta.url), "utf8"),
) as { keys: Record<JwtAlgorithm, { signing: string; verifying: string }> };

const ALGORITHMS = Object.keys(JWT_ALGORITHMS) as JwtAlgorithm[];
const SECRETS = ["secret", "a longer secret that is not ASCII: é 😀", "\u0000", " ", "x".repeat(200)];
/** Django's own encoder, which projects usually configure. */
export const JSON_ENCODER = "django.core.serializers.json.DjangoJSONEncoder";

/** The part of `DjangoJSONEncoder.default` that is needed here: it omits a fraction of zero milliseconds. */
function djangoJsonEncoder(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  throw new TypeError(`DjangoJSONEncoder was given a ${typeof value}`);
}

/** Settings whose djauth name differs by more than its case. */
const RENAMED: Record<string, string> = { BLACKLIST_APP: "blacklist" };

/** An algorithm with its keys. */
export function algorithmSettings(
  random: Random,
  algorithm: JwtAlgorithm = random.pick(ALGORITHMS),
): SimpleJwt {
  const { signing, verifying } = keys[algorithm];
  if (JWT_ALGORITHMS[algorithm].hash !== null) {
    return { ALGORITHM: algorithm, SIGNING_KEY: random.oneIn(2) ? signing : random.pick(SECRETS) };
  }
  return { ALGORITHM: algorithm, SIGNING_KEY: signing, VERIFYING_KEY: verifying };
}

/** Settings that affect the claims of tokens and their verification. */
export function tokenSettings(random: Random): Record<string, unknown> {
  const all: Record<string, unknown> = {
    AUDIENCE: random.pick(["a", ["a", "b"], ["é"]]),
    ISSUER: random.pick(["me", "https://example.com/é"]),
    LEEWAY: random.pick([0, 1, 10, 2.5, 3600]),
    ACCESS_TOKEN_LIFETIME: random.pick([1, 60, 0.5, 300.75, 86_400]),
    REFRESH_TOKEN_LIFETIME: random.pick([600, 0.5, 1e6]),
    SLIDING_TOKEN_LIFETIME: random.pick([60, 1.25]),
    SLIDING_TOKEN_REFRESH_LIFETIME: random.pick([60, 1e6]),
    SLIDING_TOKEN_REFRESH_EXP_CLAIM: random.pick(["until", "exp2"]),
    TOKEN_TYPE_CLAIM: random.pick(["kind", "typ"]),
    JTI_CLAIM: random.pick(["id", "jti2"]),
    USER_ID_CLAIM: random.pick(["sub", "uid", "2"]),
    CHECK_REVOKE_TOKEN: true,
    REVOKE_TOKEN_CLAIM: random.pick(["mark", "h"]),
    JSON_ENCODER,
    BLACKLIST_APP: false,
  };
  return Object.fromEntries(Object.entries(all).filter(() => random.oneIn(4)));
}

/** The djauth options for simplejwt's settings. */
export function optionsOf(simpleJwt: SimpleJwt): JwtOptions<DifferentialUser> {
  return Object.fromEntries(
    Object.entries(simpleJwt).map((
      [name, value],
    ) => [RENAMED[name] ?? camelCase(name), optionOf(name, value)]),
  ) as JwtOptions<DifferentialUser>;
}

/** simplejwt has class paths where djauth has types and functions. */
function optionOf(name: string, value: unknown): unknown {
  if (name === "AUTH_TOKEN_CLASSES") return (value as string[]).map(typeOfClass);
  return name === "JSON_ENCODER" ? djangoJsonEncoder : value;
}

/** The class path of simplejwt for a token type. */
export function classOfType(type: TokenType): string {
  return `rest_framework_simplejwt.tokens.${type[0]!.toUpperCase()}${type.slice(1)}Token`;
}

function typeOfClass(path: string): string {
  return /(\w+)Token$/.exec(path)![1]!.toLowerCase();
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** djauth's tokens with these settings, at this time in seconds. */
export function tokensAt(
  simpleJwt: SimpleJwt,
  now: number,
  options: JwtOptions<DifferentialUser> & { store?: TokenStore } = {},
): Tokens<DifferentialUser> {
  const { store, ...more } = options;
  return createTokens({
    settings: jwtSettings({ ...optionsOf(simpleJwt), ...more }, ORACLE_SECRET),
    secretKey: ORACLE_SECRET,
    subjectOf: ({ pk, username, password }) => ({
      pk,
      userId: simpleJwt["USER_ID_FIELD"] === "username" ? username! : pk,
      password,
    }),
    store,
    clock: { now: () => now * 1000 },
  });
}

/** The conditions of a question to simplejwt. */
export function conditionsOf(simpleJwt: SimpleJwt, now: number): Conditions {
  return { settings: { SIMPLE_JWT: simpleJwt }, now };
}

/** A time in seconds; multiples of a quarter, which are exact in both languages. */
export function momentOf(random: Random): number {
  return random.between(1_000_000_000, 4_000_000_000) + random.below(4) / 4;
}

/** The claims with the random identifier replaced by a fixed one. */
export function sameId(claims: TokenClaims, { JTI_CLAIM = "jti" }: Record<string, unknown>): TokenClaims {
  assert.match(String(claims.get(String(JTI_CLAIM))), /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  return claims.with([[String(JTI_CLAIM), "the same"]]);
}
