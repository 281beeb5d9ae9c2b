/** Ending a token with many successors, which any user can create, takes only a few queries. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import type { JwtOptions } from "../../../src/jwt/options/options.ts";
import { jwtSettings } from "../../../src/jwt/options/settings.ts";
import type { Tokens } from "../../../src/jwt/tokens/tokens.ts";
import { createDatabaseTokens } from "../../../src/stores/db_tokens.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { blacklistTables, createDatabase, DJANGO_TABLES, needsDatabase } from "../../ground/database.ts";
import { BOB, NOW, SECRET, type TestUser, tokensWith } from "../jwt/helpers.ts";

const ROTATING: JwtOptions<TestUser> = { rotateRefreshTokens: true, blacklistAfterRotation: true };
const GENERATIONS = 100;

/** A database that counts the queries of its transactions. */
function counting(database: Database): Database & { queries: number } {
  const counted = {
    ...database,
    queries: 0,
    transaction: <Result>(work: Parameters<typeof database.transaction<Result>>[0]): Promise<Result> =>
      database.transaction((transaction) =>
        work({
          ...transaction,
          query(statement, parameters) {
            counted.queries++;
            return transaction.query(statement, parameters);
          },
        })
      ),
  };
  return counted;
}

/** The token that replaces this one, or the code of the refusal. */
async function refreshed(tokens: Tokens<TestUser>, text: string): Promise<string> {
  const verified = await tokens.verifyForRefresh(text);
  if ("code" in verified) return verified.code;
  const outcome = await tokens.refresh(verified.token);
  return "code" in outcome ? outcome.code : outcome.refresh!;
}

test("a token and all its successors are ended in a few queries, repeatedly", needsDatabase, async () => {
  const home = await createDatabase(`${DJANGO_TABLES} ${blacklistTables()}
    insert into auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
      date_joined) values (7, '', false, 'bob', '', '', '', false, true, now())`);
  const database = counting(createPostgresDatabase(home.url));
  try {
    const clock = { now: () => NOW * 1000 };
    const settings = jwtSettings(ROTATING, SECRET);
    const store = createDatabaseTokens({ database, users: userTable(), settings, clock });
    const tokens = tokensWith(ROTATING, { store, clock });
    const first = await tokens.sign(await tokens.forUser("refresh", BOB));
    let last = first;
    for (let count = 0; count < GENERATIONS; count++) last = await refreshed(tokens, last);
    for (const times of ["once", "again"]) {
      database.queries = 0;
      const outcome = await tokens.endRefresh(first);
      assert.equal("code" in outcome && outcome.code, "token_reused");
      assert.ok(database.queries < 20, `${database.queries} queries, ${times}`);
      assert.equal(await refreshed(tokens, last), "token_blacklisted");
    }
  } finally {
    await database.close();
    await home.drop();
  }
});
