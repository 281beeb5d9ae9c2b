/** Tokens in the blacklist app's tables: what one side refreshed or blacklisted is so for the other. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, test } from "node:test";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { jwtSettings } from "../../src/jwt/options/settings.ts";
import type { TokenStore } from "../../src/jwt/tokens/store.ts";
import type { Tokens } from "../../src/jwt/tokens/tokens.ts";
import { createDatabaseTokens } from "../../src/stores/db_tokens.ts";
import { userTable } from "../../src/users/user_table.ts";
import { needsOracle, oracle } from "../ground/oracle.ts";
import type { Answer } from "../ground/oracle_types.ts";
import { type OracleToken, type OracleTokenRow, TokenOracle } from "../ground/token_oracle.ts";
import { compare, ok } from "./compare.ts";
import { COUNT, Random } from "./random.ts";
import {
  algorithmSettings,
  conditionsOf,
  type DifferentialUser,
  momentOf,
  optionsOf,
  type SimpleJwt,
  tokensAt,
  tokenSettings,
} from "./token_settings.ts";

// Connects with its first query, so it never connects where there is no oracle.
const database = createPostgresDatabase(process.env.ORACLE_DATABASE_URL ?? "postgres://127.0.0.1/none");
after(() => database.close());

let made: Promise<DifferentialUser> | undefined;

function someUser(): Promise<DifferentialUser> {
  return made ??= oracle!.createUser({ username: `rows-${crypto.randomUUID()}`, password: "secret" })
    .then(({ pk, columns }) => ({ pk, password: String(columns.password) }));
}

function storeAt(settings: SimpleJwt, now: number): TokenStore {
  const clock = { now: () => now * 1000 };
  return createDatabaseTokens({
    database,
    users: userTable(),
    settings: jwtSettings(optionsOf(settings), "secret"),
    clock,
  });
}

function tokensWith(settings: SimpleJwt, now: number): Tokens<DifferentialUser> {
  return tokensAt(settings, now, { store: storeAt(settings, now) });
}

interface RowCase {
  settings: SimpleJwt;
  now: number;
  later: number;
}

function rowCase(random: Random): RowCase {
  const { BLACKLIST_APP: _, ...settings } = tokenSettings(random);
  const now = momentOf(random);
  return {
    settings: {
      ...settings,
      ...algorithmSettings(random, random.pick(["HS256", "EdDSA"])),
      // Longer than the times used in a case.
      ACCESS_TOKEN_LIFETIME: 60,
      REFRESH_TOKEN_LIFETIME: 600,
      ROTATE_REFRESH_TOKENS: !random.oneIn(4),
      BLACKLIST_AFTER_ROTATION: !random.oneIn(3),
    },
    now,
    later: now + random.pick([0, 1.25, 598.5]),
  };
}

function jtiOf(json: string, { JTI_CLAIM = "jti" }: Record<string, unknown>): string {
  return JSON.parse(json)[String(JTI_CLAIM)];
}

function wordsOf(answer: Answer | undefined): string {
  return answer?.error === undefined ? ok(answer) : answer.error.message;
}

interface RefreshedCase extends RowCase {
  old: string;
  next: string | undefined;
}

compare<RefreshedCase>("what is refreshed here is refreshed for simplejwt, with the same rows", {
  generate: (random) => ({ ...rowCase(random), old: "", next: undefined }),
  ask: () => [],
  async askNext(case_) {
    const { settings, now, later } = case_;
    const { pk } = await someUser();
    const conditions = conditionsOf(settings, now);
    case_.old =
      (await oracle!.ask<OracleToken>("token.for_user", { type: "refresh", user: pk }, conditions)).token;
    const tokens = tokensWith(settings, later);
    const verified = await tokens.verifyForRefresh(case_.old);
    assert.ok("token" in verified, JSON.stringify(verified));
    const refreshed = await tokens.refresh(verified.token);
    assert.ok("access" in refreshed);
    case_.next = refreshed.refresh;
    const nextClaims = tokens.decodeUnverified(case_.next)?.text ?? "{}";
    const args = (token: string, type: string) => ({ op: "token.verify", args: { token, type } });
    return [
      args(refreshed.access, "access"),
      args(case_.old, "refresh"),
      args(case_.next ?? case_.old, "refresh"),
      { op: "token.rows", args: { jti: jtiOf(verified.token.claims.text, settings) } },
      { op: "token.rows", args: { jti: jtiOf(nextClaims, settings) ?? "none" } },
    ].map((question) => ({ ...question, ...conditionsOf(settings, later) }));
  },
  async check({ settings, later, next }, _answers, [access, oldWords, nextWords, oldRows, nextRows]) {
    const isBlacklisted = settings.ROTATE_REFRESH_TOKENS === true &&
      settings.BLACKLIST_AFTER_ROTATION === true;
    assert.match(ok(access), /access/);
    assert.equal(wordsOf(oldWords).startsWith("{"), !isBlacklisted, wordsOf(oldWords));
    if (isBlacklisted) assert.equal(wordsOf(oldWords), "Token is blacklisted");
    assert.equal(next !== undefined, settings.ROTATE_REFRESH_TOKENS);
    assert.equal(ok<OracleTokenRow[]>(oldRows)[0]!.is_blacklisted, isBlacklisted);
    if (next === undefined) return assert.deepEqual(ok<OracleTokenRow[]>(nextRows), []);
    const claims = JSON.parse(ok(nextWords));
    const [row] = ok<OracleTokenRow[]>(nextRows);
    assert.deepEqual(
      [row!.user, row!.token, row!.is_blacklisted, Date.parse(row!.expires_at), Date.parse(row!.created_at!)],
      [(await someUser()).pk, next, false, claims.exp * 1000, later * 1000],
    );
  },
}, COUNT / 8);

compare<RefreshedCase>("what simplejwt refreshed is refreshed for djauth", {
  generate: (random) => ({ ...rowCase(random), old: "", next: undefined }),
  ask: () => [],
  async askNext(case_) {
    const { settings, now, later } = case_;
    const tokens = tokensWith(settings, now);
    case_.old = await tokens.sign(await tokens.forUser("refresh", await someUser()));
    return [{ op: "token.refresh", args: { refresh: case_.old }, ...conditionsOf(settings, later) }];
  },
  async check({ settings, later, old }, _answers, [answer]) {
    const { refresh, access } = ok<{ access: string; refresh?: string }>(answer);
    const tokens = tokensWith(settings, later);
    assert.ok("token" in await tokens.verify(access, "access"));
    const isBlacklisted = settings.ROTATE_REFRESH_TOKENS === true &&
      settings.BLACKLIST_AFTER_ROTATION === true;
    const verified = await tokens.verify(old, "refresh");
    assert.equal("code" in verified ? verified.code : "ok", isBlacklisted ? "token_blacklisted" : "ok");
    if (refresh !== undefined) assert.ok("token" in await tokens.verify(refresh, "refresh"));
  },
}, COUNT / 8);

interface BlacklistedCase extends RowCase {
  type: "refresh" | "sliding";
  tokens: string[];
}

compare<BlacklistedCase>("a token is blacklisted on both sides, whoever did it, and only once", {
  generate: (random) => ({
    ...rowCase(random),
    type: random.pick(["refresh", "sliding"] as const),
    tokens: [],
  }),
  ask: () => [],
  async askNext(case_) {
    const { settings, now, type } = case_;
    const mine = tokensWith(settings, now);
    const made = [mine.create(type), await mine.forUser(type, await someUser())];
    for (const token of made) {
      assert.equal(await mine.blacklist(token), true);
      assert.equal(await mine.blacklist(token), false);
      case_.tokens.push(await mine.sign(token));
    }
    case_.tokens.push(await mine.sign(mine.create(type)));
    const conditions = conditionsOf(settings, now);
    return case_.tokens.map((token, index) => ({
      op: index < 2 ? "token.verify" : "token.blacklist",
      args: { token, type },
      ...conditions,
    }));
  },
  async check({ settings, now, type, tokens: texts }, _answers, answers) {
    assert.deepEqual(answers.slice(0, 2).map(wordsOf), ["Token is blacklisted", "Token is blacklisted"]);
    assert.equal(ok(answers[2]), true);
    const verified = await tokensWith(settings, now).verify(texts[2], type);
    assert.equal("code" in verified && verified.code, "token_blacklisted");
  },
}, COUNT / 8);

test(
  "simplejwt's flush deletes expired rows of djauth, and djauth's flush those of simplejwt",
  needsOracle,
  async () => {
    const settings = algorithmSettings(new Random("flush", 0), "HS256");
    const now = 900_000_000;
    const theirs = (moment: number): TokenOracle => new TokenOracle(oracle!).with(settings, moment);
    const mine = tokensWith(settings, now);
    const token = mine.create("refresh", 60);
    await mine.blacklist(token);
    const jti = String(token.claims.get("jti"));
    await theirs(now + 59).flushExpired();
    assert.equal((await theirs(now).rows({ jti })).length, 1);
    await theirs(now + 60).flushExpired();
    assert.equal((await theirs(now).rows({ jti })).length, 0);

    const { token: refresh, json } = await theirs(now).create("refresh");
    await theirs(now).blacklist(refresh);
    const { jti: second, exp } = JSON.parse(json);
    await tokensWith(settings, exp - 1).flushExpired();
    assert.equal((await theirs(now).rows({ jti: second })).length, 1);
    // Sliding tokens may be refreshed for a day, and the tables do not mark which rows belong to them.
    await tokensWith(settings, exp + 86_400).flushExpired();
    assert.equal((await theirs(now).rows({ jti: second })).length, 0);
  },
);
