/** The triggers on simplejwt's blacklist: with any table names, or without a blacklist. */

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { JwtAuthOptions } from "../../../src/auth/options/jwt_options.ts";
import { shortHash } from "../../../src/crypto/short_hash.ts";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { djangoAuth } from "../../../src/django_auth.ts";
import { createTriggers, type Triggers } from "../../../src/stores/triggers/triggers.ts";
import {
  blacklistTables,
  createDatabase,
  DJANGO_TABLES,
  needsDatabase,
  type TestDatabase,
} from "../../ground/database.ts";
import { eavesdrop } from "../../ground/eavesdropper.ts";

const NAMED = { schema: "jwt", outstandingTable: "issued", blacklistedTable: "ended" };

describe("the triggers on the blacklist", needsDatabase, () => {
  let home: TestDatabase;
  let database: Database;
  before(async () => {
    home = await createDatabase(`${DJANGO_TABLES} ${blacklistTables()}
      create schema jwt; set search_path = jwt, public; ${blacklistTables()}
      alter table jwt.token_blacklist_outstandingtoken rename to issued;
      alter table jwt.token_blacklist_blacklistedtoken rename to ended;`);
    database = createPostgresDatabase(home.url);
  });
  afterEach(async () => {
    for (const tokens of [NAMED, {}]) await createTriggers({ database, tokens }).uninstall();
  });
  after(async () => {
    await database?.close();
    await home?.drop();
  });

  /** The tables with a trigger for blacklisted tokens. */
  async function tablesOf(triggers: Triggers): Promise<string[]> {
    return (await triggers.status()).filter(({ name }) => name.endsWith("tokens_blacklisted"))
      .map(({ table }) => table);
  }

  it("notify about tokens in tables with other names and another schema", async () => {
    const triggers = createTriggers({ database, tokens: NAMED });
    await triggers.install();
    assert.deepEqual(await tablesOf(triggers), ['"jwt"."ended"']);
    const ear = await eavesdrop(home.url, await triggers.channel());
    await home.sql`insert into jwt.issued (id, jti, token, expires_at) values (7, 'the jti', '', now())`;
    await home.sql`insert into jwt.ended (token_id, blacklisted_at) values (7, now())`;
    assert.deepEqual(await ear.messages(), [{ kind: "tokens", hashes: [shortHash("the jti")] }]);
    await ear.close();
  });

  it("are not installed for a site without a blacklist, even if its tables exist", async () => {
    const triggers = createTriggers({ database, tokens: null });
    await triggers.install();
    assert.deepEqual(await tablesOf(triggers), []);
    assert.equal((await triggers.tables()).tokens, null);
  });

  it("are on the tables of jwt.blacklist, or on the default ones", async () => {
    const usual = '"public"."token_blacklist_blacklistedtoken"';
    const cases: [jwt: JwtAuthOptions | undefined, tables: string[]][] = [
      [{ blacklist: NAMED }, ['"jwt"."ended"']],
      [{ blacklist: false }, []],
      [{ blacklist: true }, [usual]],
      [{ blacklist: { schema: "public" } }, [usual]],
      [{}, [usual]],
      [undefined, [usual]],
    ];
    for (const [jwt, tables] of cases) {
      const auth = djangoAuth({ secretKey: "secret", database, ...(jwt === undefined ? {} : { jwt }) });
      assert.deepEqual(await tablesOf(auth.triggers), tables, JSON.stringify(jwt));
    }
  });
});
