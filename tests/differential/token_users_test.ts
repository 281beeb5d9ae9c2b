/** Tokens for a user: simplejwt's claims and the project's custom claims, of any JSON type. */

import assert from "node:assert/strict";
import { stringifyPythonJson } from "../../src/internal/python/json.ts";
import { TokenClaims } from "../../src/jwt/claims/claims.ts";
import { reservedClaims } from "../../src/jwt/claims/reserved_claims.ts";
import type { TokenType } from "../../src/jwt/options/options.ts";
import { jwtSettings } from "../../src/jwt/options/settings.ts";
import { oracle, ORACLE_SECRET } from "../ground/oracle.ts";
import { compare, ok } from "./compare.ts";
import { jsonObject } from "./generate.ts";
import type { Random } from "./random.ts";
import {
  algorithmSettings,
  conditionsOf,
  type DifferentialUser,
  JSON_ENCODER,
  momentOf,
  optionsOf,
  sameId,
  type SimpleJwt,
  tokensAt,
  tokenSettings,
} from "./token_settings.ts";

const TYPES: TokenType[] = ["access", "refresh", "sliding", "untyped"];

interface UserCase {
  settings: SimpleJwt;
  now: number;
  type: TokenType;
  custom: Record<string, unknown>;
}

let user: Promise<DifferentialUser> | undefined;

/** A user of the oracle, shared by all cases. */
function someUser(): Promise<DifferentialUser> {
  return user ??= oracle!.createUser({ username: `tokens-${crypto.randomUUID()}`, password: "secret" })
    .then(({ pk, columns }) => ({ pk, password: String(columns.password) }));
}

compare<UserCase>("tokens are made for a user with the same claims", {
  generate(random) {
    const settings: SimpleJwt = {
      ...tokenSettings(random),
      ...algorithmSettings(random, "HS256"),
      BLACKLIST_APP: false,
    };
    // simplejwt lets custom claims overwrite the token's own; djauth refuses that.
    const own = reservedClaims(jwtSettings(optionsOf(settings), ORACLE_SECRET));
    const custom = Object.fromEntries(Object.entries(jsonObject(random)).filter(([name]) => !own.has(name)));
    return { settings, now: momentOf(random), type: random.pick(TYPES), custom };
  },
  ask: () => [],
  askNext: async ({ settings, now, type, custom }) => [{
    op: "token.for_user",
    args: { type, user: (await someUser()).pk, json: stringifyPythonJson(custom) },
    ...conditionsOf(settings, now),
  }],
  async check({ settings, now, type, custom }, _answers, [theirs]) {
    const made = await tokensAt(settings, now, { claims: () => custom }).forUser(type, await someUser());
    assert.equal(
      sameId(made.claims, settings).text,
      sameId(TokenClaims.fromText(ok<{ json: string }>(theirs).json)!, settings).text,
    );
  },
});

compare<UserCase>("what JSON has no type for is written by the encoder of the project", {
  generate(random) {
    const settings: SimpleJwt = {
      ...tokenSettings(random),
      ...algorithmSettings(random, "HS256"),
      BLACKLIST_APP: false,
      JSON_ENCODER,
    };
    const custom = Object.fromEntries(
      random.many(3, () => [`c${random.letters("abc", 3)}`, withNumbers(random, 3)]),
    );
    return { settings, now: momentOf(random), type: random.pick(TYPES), custom };
  },
  ask: () => [],
  askNext: async ({ settings, now, type, custom }) => [{
    op: "token.for_user_with_moments",
    args: { type, user: (await someUser()).pk, json: JSON.stringify(custom) },
    ...conditionsOf(settings, now),
  }],
  async check({ settings, now, type, custom }, _answers, [theirs]) {
    const claims = withMoments(custom) as Record<string, unknown>;
    const tokens = tokensAt(settings, now, { claims: () => claims });
    const mine = await tokens.sign(await tokens.forUser(type, await someUser()));
    const [written, expected] = [mine, ok(theirs)].map((token) =>
      sameId(tokens.decodeUnverified(token)!, settings).text
    );
    assert.equal(written, expected);
  },
});

/** JSON with integers that can be milliseconds since the epoch. */
function withNumbers(random: Random, depth: number): unknown {
  const make = (): unknown => withNumbers(random, depth - 1);
  switch (random.below(depth === 0 ? 3 : 5)) {
    case 0:
      return random.pick(["", "é😀", "2026-01-01T00:00:00Z", true, false, null]);
    case 3:
      return random.many(random.below(4), make);
    case 4:
      return Object.fromEntries(random.many(random.below(4), () => [random.letters("ab ", 2), make()]));
    default:
      return random.between(-1e9, 4e9) * 1000 + random.pick([0, 0, 1, 120, 999]);
  }
}

/** The same with `Date`s in place of the numbers. */
function withMoments(value: unknown): unknown {
  if (typeof value === "number") return new Date(value);
  if (Array.isArray(value)) return value.map(withMoments);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withMoments(member)]));
}
