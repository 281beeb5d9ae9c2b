/** Refreshing with the tables of the blacklist app: races, reuse, and the grace period. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import type { JwtOptions } from "../../../src/jwt/options/options.ts";
import { jwtSettings } from "../../../src/jwt/options/settings.ts";
import type { SignedTokens, Token } from "../../../src/jwt/tokens/token.ts";
import type { Tokens } from "../../../src/jwt/tokens/tokens.ts";
import { createDatabaseTokens } from "../../../src/stores/db_tokens.ts";
import { userTable } from "../../../src/users/user_table.ts";
import {
  blacklistTables,
  createDatabase,
  DJANGO_TABLES,
  needsDatabase,
  type TestDatabase,
} from "../../ground/database.ts";
import { BOB, NOW, SECRET, type TestUser, tokensWith } from "../jwt/helpers.ts";

const ROTATING: JwtOptions<TestUser> = { rotateRefreshTokens: true, blacklistAfterRotation: true };
/** simplejwt's rotation without blacklisting: the old token stays valid. */
const BESIDE: JwtOptions<TestUser> = { rotateRefreshTokens: true };
const GRACE = { ...ROTATING, rotationGrace: { seconds: 10, tokens: 3 } };
const RACERS = 200;

describe("a refresh token", needsDatabase, () => {
  let home: TestDatabase;
  let database: Database;
  let time: number;
  beforeEach(async () => {
    home = await createDatabase(`${DJANGO_TABLES} ${blacklistTables()}
      insert into auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
        date_joined) values (7, '', false, 'bob', '', '', '', false, true, now())`);
    database = createPostgresDatabase(home.url);
    time = NOW;
  });
  afterEach(async () => {
    await database?.close();
    await home?.drop();
  });

  function tokensOn(options: JwtOptions<TestUser>): Tokens<TestUser> {
    const clock = { now: () => time * 1000 };
    const settings = jwtSettings(options, SECRET);
    const store = createDatabaseTokens({ database, users: userTable(), settings, clock });
    return tokensWith(options, { store, clock });
  }

  async function issued(tokens: Tokens<TestUser>): Promise<string> {
    return await tokens.sign(await tokens.forUser("refresh", BOB));
  }

  /** The result of a refresh: the new tokens, or the code of the refusal. */
  async function refreshed(
    tokens: Tokens<TestUser>,
    text: string | undefined,
  ): Promise<SignedTokens | string> {
    const verified = await tokens.verifyForRefresh(text);
    if ("code" in verified) return verified.code;
    const outcome = await tokens.refresh(verified.token);
    return "code" in outcome ? outcome.code : outcome;
  }

  async function succeeded(tokens: Tokens<TestUser>, text: string | undefined): Promise<SignedTokens> {
    const outcome = await refreshed(tokens, text);
    assert.ok(typeof outcome === "object", String(outcome));
    return outcome;
  }

  async function counts(): Promise<{ outstanding: number; blacklisted: number }> {
    const [row] = await home.sql<{ outstanding: number; blacklisted: number }[]>`
      select (select count(*)::int from token_blacklist_outstandingtoken) as outstanding,
        (select count(*)::int from token_blacklist_blacklistedtoken) as blacklisted`;
    return { ...row! };
  }

  it("is used up by exactly one of 200 concurrent refreshes", async () => {
    const tokens = tokensOn(ROTATING);
    const text = await issued(tokens);
    const outcomes = await Promise.all(Array.from({ length: RACERS }, () => refreshed(tokens, text)));
    const winners = outcomes.filter((outcome) => typeof outcome === "object");
    assert.equal(winners.length, 1);
    assert.deepEqual(
      new Set(outcomes.filter((outcome) => typeof outcome === "string")),
      new Set(["token_reused"]),
    );
    assert.deepEqual(await counts(), { outstanding: 2, blacklisted: 1 });
    await succeeded(tokens, winners[0]!.refresh);
  });

  it("is used up by the first refresh and as many more as the grace allows", async () => {
    const tokens = tokensOn(GRACE);
    const text = await issued(tokens);
    const outcomes = await Promise.all(Array.from({ length: RACERS }, () => refreshed(tokens, text)));
    const winners = outcomes.filter((outcome) => typeof outcome === "object");
    assert.equal(winners.length, 4);
    assert.equal(new Set(winners.map(({ refresh }) => refresh)).size, 4);
    assert.deepEqual(await counts(), { outstanding: 5, blacklisted: 1 });
  });

  it("may be used again until the grace period ends", async () => {
    const tokens = tokensOn(GRACE);
    const text = await issued(tokens);
    await succeeded(tokens, text);
    time += 9;
    await succeeded(tokens, text);
    time += 1;
    assert.equal(await refreshed(tokens, text), "token_reused");
  });

  it("has no grace after a logout, neither its own nor its successor's", async () => {
    const tokens = tokensOn(GRACE);
    const own = await tokens.forUser("refresh", BOB);
    await tokens.blacklist(own);
    assert.equal(await refreshed(tokens, await tokens.sign(own)), "token_blacklisted");

    const text = await issued(tokens);
    const { refresh } = await succeeded(tokens, text);
    const successor = await tokens.verify(refresh, "refresh");
    assert.ok("token" in successor);
    await tokens.blacklist(successor.token);
    assert.equal(await refreshed(tokens, text), "token_reused");
  });

  it("that was rotated is distinguished from one that was only blacklisted", async () => {
    const tokens = tokensOn(ROTATING);
    const rotated = await issued(tokens);
    await succeeded(tokens, rotated);
    const reuse = await tokens.verifyForRefresh(rotated);
    assert.ok("code" in reuse && reuse.code === "token_reused" && "token" in reuse);
    assert.deepEqual([reuse.message, tokens.userIdOf(reuse.token), reuse.revoked], [
      "Token is blacklisted",
      "7",
      0,
    ]);
    const blacklisted = await tokens.forUser("refresh", BOB);
    await tokens.blacklist(blacklisted);
    assert.equal(await refreshed(tokens, await tokens.sign(blacklisted)), "token_blacklisted");
  });

  it("that is reused blacklists all tokens of its user with revokeOnReuse", async () => {
    const tokens = tokensOn({ ...ROTATING, revokeOnReuse: true });
    const stolen = await issued(tokens);
    const elsewhere = await issued(tokens);
    const { refresh } = await succeeded(tokens, stolen);
    const reuse = await tokens.verifyForRefresh(stolen);
    assert.ok("revoked" in reuse);
    assert.equal(reuse.revoked, 2);
    for (const text of [refresh, elsewhere]) assert.equal(await refreshed(tokens, text), "token_blacklisted");
  });

  for (const [name, options] of [["", ROTATING], [", without blacklisting", BESIDE]] as const) {
    it(`rotated while all tokens of its user are blacklisted has no valid successor${name}`, async () => {
      const tokens = tokensOn(options);
      for (let round = 0; round < 20; round++) {
        const texts = [await issued(tokens), await issued(tokens), await issued(tokens)];
        const outcomes = texts.map((text) => refreshed(tokens, text));
        await tokens.blacklistUser("7");
        for (const outcome of await Promise.all(outcomes)) {
          const next = typeof outcome === "object" ? outcome.refresh : undefined;
          if (next !== undefined) assert.equal(await refreshed(tokens, next), "token_blacklisted");
        }
      }
    });
  }

  it("blacklisted after its verification is not rotated, with or without blacklisting", async () => {
    for (const options of [ROTATING, BESIDE]) {
      const tokens = tokensOn(options);
      const verified = await tokens.verifyForRefresh(await issued(tokens));
      assert.ok("token" in verified);
      await tokens.blacklistUser("7");
      const before = await counts();
      const outcome = await tokens.refresh(verified.token as Token);
      assert.equal("code" in outcome && outcome.code, "token_blacklisted");
      assert.deepEqual(await counts(), before);
    }
  });

  it("ended while it and its successors are rotated leaves no valid token", async () => {
    for (const options of [ROTATING, GRACE]) {
      const tokens = tokensOn(options);
      let rotations = 0;
      for (let round = 0; round < 20; round++) {
        const text = await issued(tokens);
        const known: string[] = [];
        // A thief keeps refreshing with the latest token.
        const thief = async (): Promise<void> => {
          for (let next: string | undefined = text; next !== undefined;) {
            const outcome: SignedTokens | string = await refreshed(tokens, next);
            next = typeof outcome === "object" ? outcome.refresh : undefined;
            if (next !== undefined) known.push(next);
          }
        };
        const racing = Promise.all([thief(), thief()]);
        await new Promise((resolve) => setTimeout(resolve, round));
        await tokens.endRefresh(text);
        await racing;
        for (const next of known) assert.ok("code" in await tokens.verify(next, "refresh"));
        rotations += known.length;
      }
      assert.ok(rotations > 0, "no round rotated a token before it ended");
    }
  });

  it("ended with too many rotations to follow blacklists all tokens of its user", async () => {
    const tokens = tokensOn(ROTATING);
    const [text, elsewhere] = [await issued(tokens), await issued(tokens)];
    let last = text;
    for (let count = 0; count < 1005; count++) last = (await succeeded(tokens, last)).refresh!;
    const outcome = await tokens.endRefresh(text);
    assert.ok("revoked" in outcome && outcome.revoked === 2);
    for (const other of [last, elsewhere]) assert.equal(await refreshed(tokens, other), "token_blacklisted");
  });

  it("whose blacklist entry was deleted can be rotated again", async () => {
    const tokens = tokensOn(ROTATING);
    const text = await issued(tokens);
    await succeeded(tokens, text);
    await home.sql`delete from token_blacklist_blacklistedtoken`;
    await succeeded(tokens, text);
    assert.equal(await refreshed(tokens, text), "token_reused");
  });

  it("is rotated with its claims, a new identifier and a new expiry", async () => {
    const tokens = tokensOn({ ...ROTATING, claims: () => ({ price: 1.5 }) });
    const text = await issued(tokens);
    time += 100;
    const { access, refresh } = await succeeded(tokens, text);
    const [before, after, minted] = [text, refresh, access].map((it) =>
      tokens.decodeUnverified(it)!.toObject()
    );
    assert.deepEqual(after, { ...before, jti: after!.jti, exp: NOW + 86_500, iat: NOW + 100 });
    assert.deepEqual(minted, {
      ...before,
      token_type: "access",
      jti: minted!.jti,
      exp: NOW + 400,
      iat: NOW + 100,
    });
    assert.equal(new Set([before, after, minted].map((it) => it!.jti)).size, 3);
    for (const { jti } of [before, after, minted] as { jti: string }[]) {
      assert.match(jti, /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    }
  });

  it("stays valid after a rotation without blacklisting, as in simplejwt", async () => {
    const tokens = tokensOn({ rotateRefreshTokens: true });
    const text = await issued(tokens);
    await succeeded(tokens, text);
    await succeeded(tokens, text);
    assert.deepEqual(await counts(), { outstanding: 3, blacklisted: 0 });
  });

  it("gives only an access token without rotation, and writes no row", async () => {
    const tokens = tokensOn({ blacklistAfterRotation: true });
    const text = await issued(tokens);
    assert.deepEqual(Object.keys(await succeeded(tokens, text)), ["access"]);
    assert.deepEqual(await counts(), { outstanding: 1, blacklisted: 0 });
  });

  it("is never blacklisted if the app is not installed, as in simplejwt", async () => {
    for (const blacklist of [false, undefined]) {
      await home.sql`drop table if exists token_blacklist_blacklistedtoken, token_blacklist_outstandingtoken`;
      const tokens = tokensOn({ ...ROTATING, ...(blacklist === undefined ? {} : { blacklist }) });
      const text = await issued(tokens);
      const { refresh } = await succeeded(tokens, text);
      await succeeded(tokens, text);
      const verified = await tokens.verify(refresh, "refresh");
      assert.ok("token" in verified);
      assert.equal(await tokens.blacklist(verified.token), false);
      assert.equal(await tokens.isBlacklisted(verified.token), false);
      assert.equal(await tokens.blacklistUser("7"), 0);
      await tokens.flushExpired();
    }
  });

  it("with an identifier that does not fit the column is refused if it would have to be blacklisted", async () => {
    const tokens = tokensOn(ROTATING);
    for (const jti of ["x".repeat(256), "nul\0"]) {
      const made = tokens.create("refresh");
      const text = await tokens.sign({ ...made, claims: made.claims.with([["jti", jti]]) });
      assert.equal(await refreshed(tokens, text), "token_malformed");
    }
  });

  it("is checked in simplejwt's order: the blacklist before the type", async () => {
    const tokens = tokensOn(ROTATING);
    const sliding = await tokens.forUser("sliding", BOB);
    const text = await tokens.sign(sliding);
    assert.equal(await refreshed(tokens, text), "token_wrong_type");
    await tokens.blacklist(sliding);
    assert.equal(await refreshed(tokens, text), "token_blacklisted");
  });
});
