/** Roles with few permissions: what they need to install the triggers, and to write to tables that have them. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import postgres from "postgres";
import { shortHash } from "../../../src/crypto/short_hash.ts";
import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { createTriggers } from "../../../src/stores/triggers/triggers.ts";
import { createDatabase, DJANGO_TABLES, needsDatabase, type TestDatabase } from "../../ground/database.ts";
import { eavesdrop } from "../../ground/eavesdropper.ts";

describe("roles with few permissions", needsDatabase, () => {
  const role = `djauth_${randomBytes(6).toString("hex")}`;
  const rogue = `djauth_${randomBytes(6).toString("hex")}`;
  let home: TestDatabase;
  let database: Database;
  let asRole: Database;
  const urlOf = (name: string): string =>
    Object.assign(new URL(home.url), { username: name, password: name }).href;
  before(async () => {
    home = await createDatabase(`${DJANGO_TABLES}
      create table token_blacklist_outstandingtoken (id integer primary key, jti text);
      create table token_blacklist_blacklistedtoken (token_id integer);
      insert into token_blacklist_outstandingtoken values (1, 'a jti');`);
    await home.sql.unsafe(
      `create role ${role} login password '${role}'; create role ${rogue} login password '${rogue}';
      revoke create on schema public from public; grant select on auth_user to ${role}`,
    );
    database = createPostgresDatabase(home.url);
    asRole = createPostgresDatabase(urlOf(role));
  });
  after(async () => {
    await asRole?.close();
    await database?.close();
    await home?.sql.unsafe(`drop owned by ${role}, ${rogue} cascade; drop role ${role}, ${rogue}`);
    await home?.drop();
  });

  it("get an error with the missing permissions, and need no others", async () => {
    const triggers = createTriggers({ database: asRole });
    const denied = (lacks: string): object => ({
      code: "database_permission_denied",
      message: `The role "${role}" may not install the triggers: it needs ${lacks}`,
    });
    await assert.rejects(
      triggers.install(),
      denied(
        'CREATE on the schema "public", TRIGGER on "public"."django_session", TRIGGER on "public"."auth_user", ' +
          'TRIGGER on "public"."token_blacklist_blacklistedtoken", ' +
          'SELECT on "public"."token_blacklist_outstandingtoken"',
      ),
    );
    await home.sql.unsafe(`grant create on schema public to ${role};
      grant trigger on django_session, token_blacklist_blacklistedtoken to ${role};
      grant select on token_blacklist_outstandingtoken to ${role}`);
    await assert.rejects(triggers.install(), denied('TRIGGER on "public"."auth_user"'));
    await home.sql.unsafe(`grant trigger on auth_user to ${role}`);
    await triggers.install();
    assert.deepEqual(new Set((await triggers.status()).map(({ state }) => state)), new Set(["installed"]));

    await assert.rejects(triggers.uninstall(), {
      code: "database_permission_denied",
      message: `The role "${role}" may not uninstall the triggers: it needs to own the table ` +
        '"public"."django_session", to own the table "public"."auth_user", ' +
        'to own the table "public"."token_blacklist_blacklistedtoken"',
    });
    await createTriggers({ database }).uninstall();
    await createTriggers({ database }).install();
    await assert.rejects(triggers.uninstall(), { message: /to own the function "public"\."djauth_/ });
    // If everything is installed already, no permission is needed.
    await home.sql.unsafe(`revoke all on all tables in schema public from ${role}`);
    await triggers.install();
  });

  it("can delete, change and blacklist without permissions on the functions or other tables", async () => {
    await createTriggers({ database }).install();
    const ear = await eavesdrop(home.url, await createTriggers({ database }).channel());
    await home.sql.unsafe(`
      insert into auth_user values (1, '', null, false, 'ann', '', '', '', false, true, now());
      insert into django_session values ('session of ann', '', now());
      revoke all on all tables in schema public from ${role};
      grant select, delete on django_session to ${role};
      grant select, update, delete on auth_user to ${role};
      grant insert on token_blacklist_blacklistedtoken to ${role}`);
    await asRole.query("delete from django_session where session_key = $1", ["session of ann"]);
    await asRole.query("update auth_user set is_active = false", []);
    await asRole.query("delete from auth_user", []);
    await asRole.query("insert into token_blacklist_blacklistedtoken values (1)", []);
    assert.deepEqual(await ear.messages(), [
      { kind: "sessions", hashes: [shortHash("session of ann")] },
      { kind: "users", keys: ["1"] },
      { kind: "users", keys: ["1"] },
      { kind: "tokens", hashes: [shortHash("a jti")] },
    ]);
    await ear.close();
    const [right] = await home.sql`
      select bool_or(has_function_privilege(${role}, oid, 'execute')) as may_execute
      from pg_proc where proname like 'djauth%'`;
    assert.equal(right?.may_execute, false);
  });

  it("cannot replace the triggers' functions or the objects that these use", async () => {
    await createTriggers({ database }).uninstall();
    const channel = await createTriggers({ database }).channel();
    await home.sql.unsafe(`grant create on schema public to ${rogue}`);
    const sql = postgres(urlOf(rogue), { max: 1, onnotice: () => {} });
    await sql.unsafe(`create function ${channel}_sessions() returns trigger language plpgsql as
      $$ begin raise 'caught %', current_user; end $$`);
    await createTriggers({ database }).install();
    const owners = await home
      .sql`select distinct proowner::regrole::text as owner from pg_proc where proname like 'djauth%'`;
    assert.equal(owners.some(({ owner }) => owner === rogue), false);

    // A Django connection with a search path in which the rogue's objects come first.
    await sql.unsafe(`create function public.sha256(bytea) returns bytea language plpgsql as
        $$ begin raise 'caught'; end $$;
      create function public.pg_notify(text, text) returns void language plpgsql as $$ begin raise 'caught'; end $$`);
    const ear = await eavesdrop(home.url, channel);
    await home.sql.begin(async (victim) => {
      await victim.unsafe("set local search_path = public, pg_catalog");
      await victim.unsafe("insert into public.django_session values ('victim', '', now())");
      await victim.unsafe("delete from public.django_session");
    });
    assert.deepEqual(await ear.messages(), [{ kind: "sessions", hashes: [shortHash("victim")] }]);
    await ear.close();
    await sql.end();
  });
});
