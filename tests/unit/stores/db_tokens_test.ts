/** Tokens in the tables of simplejwt's blacklist app. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type postgres from "postgres";
import type { Database } from "../../../src/database.ts";
import type { TokenStore } from "../../../src/jwt/tokens/store.ts";
import { type PrimaryKeyType, type UserId, userTable } from "../../../src/users/user_table.ts";
import { blacklistTables, DJANGO_TABLES, needsDatabase, type TestDatabase } from "../../ground/database.ts";
import { NOW, open, storeOn, token, USER } from "./token_rows.ts";

interface Row {
  user_id: unknown;
  jti: string;
  token: string;
  created_at: Date;
  expires_at: Date;
  blacklisted_at: Date | null;
}

function rowsIn(sql: postgres.Sql): Promise<Row[]> {
  return sql<Row[]>`
    select o.user_id, o.jti, o.token, o.created_at, o.expires_at, b.blacklisted_at
    from token_blacklist_outstandingtoken o left join token_blacklist_blacklistedtoken b on b.token_id = o.id
    order by o.id`;
}

describe("tokens in the tables of the blacklist app", needsDatabase, () => {
  let home: TestDatabase;
  let database: Database;
  let store: TokenStore;
  let close: () => Promise<void>;
  before(async () => {
    ({ home, database, close } = await open(`${DJANGO_TABLES} ${blacklistTables()} ${USER}`));
    store = storeOn(database);
  });
  after(() => close?.());

  const rowOf = async (jti: string): Promise<Row | undefined> =>
    (await rowsIn(home.sql)).find((row) => row.jti === jti);

  it("are recorded once, with their user and expiry", async () => {
    assert.equal(await store.outstand(token("noted")), true);
    assert.equal(await store.outstand(token("noted", { token: "another" })), false);
    assert.deepEqual({ ...await rowOf("noted") }, {
      user_id: 1,
      jti: "noted",
      token: "text of noted",
      created_at: new Date(NOW),
      expires_at: new Date(Math.floor(NOW / 1000) * 1000 + 60_123),
      blacklisted_at: null,
    });
  });

  it("have no user if the claim matches none, whatever its value", async () => {
    const claims = [
      undefined,
      null,
      "",
      "2",
      "abc",
      "1.0",
      true,
      ["1"],
      { id: 1 },
      "1; drop table auth_user",
      "\0",
      2 ** 40,
    ];
    for (const [index, userId] of claims.entries()) {
      await store.outstand(token(`nobody${index}`, { userId }));
      assert.equal((await rowOf(`nobody${index}`))?.user_id, null, JSON.stringify(userId));
    }
    await store.outstand(token("as a number", { userId: 1 }));
    assert.equal((await rowOf("as a number"))?.user_id, 1);
    await store.outstand(token("by key", { userId: "nobody", userKey: 1 }));
    assert.equal((await rowOf("by key"))?.user_id, 1);
  });

  it("have no user if several users match the claim, and are not blacklisted with either user's", async () => {
    const byEmail = storeOn(database, { userIdField: "email" });
    const userId = "bob@example.com";
    await byEmail.outstand(token("before another", { userId }));
    assert.equal((await rowOf("before another"))?.user_id, 1);
    await home.sql`insert into auth_user
      select 2, password, null, false, 'thief', '', '', email, false, true, now() from auth_user where id = 1`;
    await byEmail.outstand(token("of either", { userId }));
    assert.equal((await rowOf("of either"))?.user_id, null);
    await byEmail.outstand(token("of one by key", { userId, userKey: 2 }));
    assert.equal((await rowOf("of one by key"))?.user_id, 2);
    assert.deepEqual(await byEmail.blacklistUser(userId), []);
    await home.sql`delete from token_blacklist_outstandingtoken`;
    await home.sql`delete from auth_user where id = 2`;
  });

  it("are blacklisted once, even if they were never recorded", async () => {
    assert.equal(await store.isBlacklisted("listed"), false);
    assert.equal(await store.blacklist(token("listed")), true);
    assert.equal(await store.blacklist(token("listed")), false);
    assert.equal(await store.isBlacklisted("listed"), true);
    assert.deepEqual((await rowOf("listed"))?.blacklisted_at, new Date(NOW));
  });

  it("are blacklisted by exactly one of many concurrent calls", async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.blacklist(token("raced"))));
    assert.equal(outcomes.filter(Boolean).length, 1);
  });

  it("are looked up in one query when requested together, and only if their id fits the column", async () => {
    const asked: (readonly unknown[])[] = [];
    const watched: Database = {
      ...database,
      read(statement, parameters) {
        asked.push(parameters);
        return database.read(statement, parameters);
      },
    };
    await store.blacklist(token('odd",{}\\'));
    const counting = storeOn(watched);
    const jtis = ['odd",{}\\', ...Array.from({ length: 60 }, (_, index) => `together${index % 30}`)];
    const answers = await Promise.all(jtis.map((jti) => counting.isBlacklisted(jti)));
    assert.deepEqual(answers, jtis.map((_, index) => index === 0));
    assert.equal(asked.length, 1);
    for (const jti of ["a\0b", "x".repeat(256), "\ud800"]) {
      assert.equal(await counting.isBlacklisted(jti), false);
    }
    assert.equal(await counting.isOutstanding(["\0"]), false);
    assert.equal(asked.length, 1);
  });

  it("are blacklisted together for a user, except those that have long expired", async () => {
    await home.sql`truncate token_blacklist_outstandingtoken cascade`;
    const hours = (count: number): number => NOW / 1000 + count * 3600;
    await store.outstand(token("living"));
    await store.outstand(token("perhaps living, as a sliding token", { expiresAt: hours(-1) }));
    await store.outstand(token("dead", { expiresAt: hours(-25) }));
    await store.outstand(token("another's", { userId: "2" }));
    await store.blacklist(token("ended before"));
    assert.deepEqual((await store.blacklistUser("1")).toSorted(), [
      "living",
      "perhaps living, as a sliding token",
    ]);
    for (const userId of ["1", "2", "abc", null, undefined]) {
      assert.deepEqual(await store.blacklistUser(userId), []);
    }
    const listed = (await rowsIn(home.sql)).filter((row) => row.blacklisted_at !== null).map((row) =>
      row.jti
    );
    assert.deepEqual(listed, ["living", "perhaps living, as a sliding token", "ended before"]);
  });

  it("are flushed once expired, including the leeway and the time for refreshing", async () => {
    await home.sql`truncate token_blacklist_outstandingtoken cascade`;
    const seconds = Math.floor(NOW / 1000);
    const flushing = storeOn(database, { leeway: 10, slidingTokenRefreshLifetime: 3600 }, undefined, {
      now: () => seconds * 1000,
    });
    await store.outstand(token("may be refreshed", { expiresAt: seconds - 3619 }));
    await store.outstand(token("dead", { expiresAt: seconds - 3620 }));
    await store.blacklist(token("blacklisted, may be refreshed", { expiresAt: seconds - 3619 }));
    await store.blacklist(token("blacklisted, dead", { expiresAt: seconds - 3620 }));
    await flushing.flushExpired();
    assert.deepEqual((await rowsIn(home.sql)).map((row) => row.jti), [
      "may be refreshed",
      "blacklisted, may be refreshed",
    ]);
    const [left] = await home.sql`select count(*)::int as count from token_blacklist_blacklistedtoken`;
    assert.equal(left?.count, 1);
  });

  it("are flushed in batches if there are many", async () => {
    await home.sql`truncate token_blacklist_outstandingtoken cascade`;
    await home.sql`
      insert into token_blacklist_outstandingtoken (jti, token, expires_at)
      select 'old' || n, '', '2020-01-01' from generate_series(1, 11000) n`;
    await home.sql`
      insert into token_blacklist_blacklistedtoken (token_id, blacklisted_at)
      select id, now() from token_blacklist_outstandingtoken`;
    await store.flushExpired();
    assert.equal((await rowsIn(home.sql)).length, 0);
  });
});

/** Users with other types of primary keys. */
const SHAPES: [name: string, keyType: PrimaryKeyType, column: string, id: UserId, field: string][] = [
  ["bigint", "bigint", "bigint", 2n ** 62n, "id"],
  ["uuid", "uuid", "uuid", "f0bbe9cf-42f2-4c05-873f-9bd066080f17", "id"],
  ["text", "text", "varchar(40)", "o'd\"d", "id"],
  ["uuid, by a unique field of text", "uuid", "uuid", "f0bbe9cf-42f2-4c05-873f-9bd066080f17", "username"],
];

for (const [name, keyType, column, id, field] of SHAPES) {
  describe(`tokens of users with the key ${name}`, needsDatabase, () => {
    it("are recorded, blacklisted and rotated", async () => {
      const { home, database, close } = await open(
        `create table people (id ${column} primary key, password text not null default '', username text unique);
        ${blacklistTables(column, "people")}`,
      );
      await home.sql`insert into people (id, username) values (${String(id)}, 'bob')`;
      const columns = { id: keyType, username: "text" } as const;
      const users = userTable({ table: "people", columns, activeField: null });
      const store = storeOn(database, { userIdField: field }, users);
      const userId = field === "id" ? String(id) : "bob";
      await store.outstand(token("one", { userId }));
      await store.outstand(token("two", { userId: "nobody", userKey: id }));
      const outcome = await store.rotate({
        endsCurrent: true,
        current: token("one", { userId }),
        grace: null,
        successors: ["three"],
        issue: (jti) => Promise.resolve(token(jti!, { userId })),
      });
      assert.equal(outcome.kind, "rotated");
      assert.deepEqual(
        (await rowsIn(home.sql)).map((row) => [row.jti, String(row.user_id), row.blacklisted_at !== null]),
        [
          ["one", String(id), true],
          ["two", String(id), false],
          ["three", String(id), false],
        ],
      );
      assert.deepEqual((await store.blacklistUser(userId)).toSorted(), ["three", "two"]);
      await close();
    });
  });
}
