/** Finding the tables of simplejwt's blacklist app. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import postgres from "postgres";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { blacklistTables, DJANGO_TABLES, needsDatabase } from "../../ground/database.ts";
import { NOW, open, storeOn, token, USER } from "./token_rows.ts";

describe("the blacklist app", needsDatabase, () => {
  it("is looked up once if it is installed, and again after a minute if it is not", async () => {
    const { home, database, close } = await open(DJANGO_TABLES);
    const clock = { time: NOW, now: () => clock.time };
    const store = storeOn(database, {}, undefined, clock);
    assert.equal(await store.isInstalled(), false);
    await home.sql.unsafe(blacklistTables());
    assert.equal(await store.isInstalled(), false);
    clock.time += 60_000;
    assert.equal(await store.isInstalled(), true);
    await home.sql`alter table token_blacklist_blacklistedtoken rename to gone`;
    clock.time += 60_000;
    assert.equal(await store.isInstalled(), true);
    await close();
  });

  it("may be in another schema, with other names, over an instance with its own types", async () => {
    const { home, close } = await open(`${DJANGO_TABLES} ${blacklistTables()} ${USER}
      create schema "odd.schema";
      alter table token_blacklist_outstandingtoken set schema "odd.schema";
      alter table token_blacklist_blacklistedtoken set schema "odd.schema";
      alter table "odd.schema".token_blacklist_outstandingtoken rename to "out""standing"`);
    const client = postgres(home.url, {
      max: 3,
      prepare: false,
      transform: { ...postgres.camel, undefined: null },
      types: {
        bigint: postgres.BigInt,
        bool: { to: 16, from: [16], serialize: String, parse: (text: string) => text },
      },
    });
    const tables = { schema: "odd.schema", outstandingTable: 'out"standing' };
    const store = storeOn(createPostgresDatabase(client), { blacklist: tables });
    assert.equal(await store.isInstalled(), true);
    assert.equal(await store.blacklist(token("odd")), true);
    assert.equal(await store.isBlacklisted("odd"), true);
    assert.deepEqual(await store.blacklistUser("1"), []);
    await store.flushExpired();
    await client.end();
    await close();
  });

  it("requires a column for jwt.userIdField", async () => {
    const database = createPostgresDatabase("postgres://127.0.0.1/none");
    for (const userIdField of ["uuid", "is_active", "constructor"]) {
      assert.throws(() => storeOn(database, { userIdField }), {
        code: "improperly_configured",
        message: new RegExp(`^jwt\\.userIdField is "${userIdField}", expected a column`),
      });
    }
    await database.close();
  });
});
