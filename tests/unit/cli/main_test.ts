/** The command `djauth` with a fake process environment. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createDatabase, needsDatabase, type TestDatabase } from "../../ground/database.ts";
import { call } from "./call.ts";

describe("djauth", () => {
  it("prints its help", async () => {
    assert.deepEqual([(await call("")).status, (await call("--help")).status], [2, 0]);
    assert.match((await call("help")).out, /^Django identity.*djauth triggers ACTION/s);
    for (const line of ["triggers", "triggers --help", "triggers install -h"]) {
      const { status, out, err } = await call(line);
      assert.deepEqual([status, err], [0, ""]);
      assert.match(out, /install.*uninstall.*status.*sql.*migration/s);
      assert.ok(out.split("\n").every((text) => text.length <= 80));
    }
  });

  it("lists every option in its help", async () => {
    const { out } = await call("triggers --help");
    const options = "database-url schema user-schema user-table primary-key active-field no-active-field " +
      "user-columns output session-schema session-table no-sessions tokens token-schema outstanding-table blacklisted-table no-tokens " +
      "reverse app dependency";
    for (const name of options.split(" ")) assert.match(out, new RegExp(`--${name}\\b`), name);
  });

  it("refuses invalid arguments with status 2 and one line", async () => {
    const calls: [string | string[], RegExp][] = [
      ["frob", /The command is "frob", expected "triggers"/],
      ["triggers frob", /The action is "frob"/],
      ["triggers --schema x", /The action is ""/],
      ["triggers sql now", /"now" is an extra argument, expected only the action/],
      ["triggers sql --frob", /: --frob is not an option\n/],
      ["triggers sql --user_table people", /: --user_table is not an option, did you mean --user-table\?\n/],
      [
        "triggers sql --sesion-table=x",
        /: --sesion-table is not an option, did you mean --session-table\?\n/,
      ],
      ["triggers sql -x", /: -x is not an option\n/],
      ["triggers sql --schema", /: --schema has no value, expected one after it\n/],
      ["triggers sql --schema --tokens", /--schema/],
      ["triggers sql --user-table crm.people", /; give --user-schema crm --user-table people\n/],
      [["triggers", "sql", "--user-table", 'crm"."people'], /; give --user-schema crm --user-table people\n/],
      ["triggers sql --session-table a.b --schema x", /; give --session-schema a --session-table b\n/],
      ["triggers sql --blacklisted-table a.b", /; give --token-schema a --blacklisted-table b\n/],
      [
        ["triggers", "sql", "--user-schema", "x", "--user-table", 'crm"."people'],
        /table has the name "crm"\."people", expected schema: "crm", table: "people"/,
      ],
      [
        "triggers status --output x",
        /--output is given with status, expected it only with sql and migration/,
      ],
      ["triggers sql --output absent/x.sql", /--output is "absent\/x\.sql".*: ENOENT/],
      ["triggers sql --session-schema x --no-sessions", /--session-schema and --no-sessions are both given/],
      [
        "triggers install --reverse",
        /--reverse is given with install, expected it only with sql and migration/,
      ],
      ["triggers sql --app accounts", /--app is given with sql, expected it only with migration/],
      ["triggers status --tokens", /--tokens is given with status, expected it only with sql and migration/],
      ["triggers sql --tokens --database-url postgres://x/y", /--tokens and --database-url are both given/],
      [
        "triggers sql --active-field x --no-active-field",
        /--active-field and --no-active-field are both given/,
      ],
      ["triggers sql --session-table x --no-sessions", /--session-table and --no-sessions are both given/],
      ["triggers sql --tokens --no-tokens", /--tokens and --no-tokens are both given/],
      ["triggers status --no-tokens --token-schema x", /--token-schema and --no-tokens are both given/],
      [["triggers", "sql", "--outstanding-table", ""], /table has the name ""/],
      ["triggers sql --user-columns password,email", /--user-columns has "email"/],
      ["triggers migration --app accounts.models", /--app is "accounts.models"/],
      ["triggers migration --dependency 0001_initial", /--dependency is "0001_initial"/],
      [["triggers", "migration", "--dependency", 'a.b"'], /--dependency is "a.b""/],
      ["triggers status", /--database-url is missing/],
      ["triggers status --database-url mysql://x/y", /postgres/],
      [["triggers", "sql", "--user-table", ""], /table has the name ""/],
    ];
    for (const [line, message] of calls) {
      const { status, out, err, files } = await call(line);
      assert.deepEqual([status, out, files], [2, "", []], String(line));
      assert.match(err, /^djauth: /);
      assert.match(err, message);
    }
  });

  it("prints SQL for the selected tables", async () => {
    const { status, out, err } = await call("triggers sql");
    assert.deepEqual([status, err], [0, ""]);
    assert.match(out, /^begin;\n[^]*\ncommit;\n$/);
    assert.match(out, /on "public"\."django_session" referencing/);
    for (const column of ["password", "is_active", "is_staff", "is_superuser"]) {
      assert.ok(out.includes(`old."${column}"::text is distinct from new."${column}"::text`));
    }
    assert.doesNotMatch(out, /token_blacklist/);

    const other = await call([
      ..."triggers sql --schema club --no-sessions --no-active-field --primary-key nr --tokens".split(" "),
      "--user-columns",
      "password, is_superuser",
      "--user-table",
      "Club Members",
    ]);
    assert.equal(other.status, 0);
    assert.match(
      other.out,
      /after update of "password", "is_superuser" on "club"\."Club Members" for each row when \(old\."password"::text is distinct from new\."password"::text or old\."is_superuser"::text is distinct from new\."is_superuser"::text\)/,
    );
    assert.match(other.out, /old\."nr"::text/);
    assert.match(other.out, /after insert on "club"\."token_blacklist_blacklistedtoken"/);
    assert.doesNotMatch(other.out, /django_session|is_active|is_staff/);
  });

  it("prints SQL for a blacklist of any name and schema", async () => {
    const named = "--outstanding-table issued --blacklisted-table ended";
    const { out } = await call(`triggers sql --schema club ${named}`);
    assert.match(out, /after insert on "club"\."ended" referencing/);
    assert.match(out, /join "club"\."issued" as outstanding/);
    const other = await call(`triggers sql --schema club --tokens --token-schema jwt`);
    assert.match(other.out, /after insert on "jwt"\."token_blacklist_blacklistedtoken"/);
    assert.match(other.out, /on "club"\."django_session"/);
    const { out: migration } = await call(`triggers migration ${named}`);
    assert.match(migration, /"public"\."ended"/);
    assert.doesNotMatch(migration, /token_blacklist/);
  });

  it("reports which user table a migration was written for", async () => {
    const { out, err } = await call("triggers migration");
    assert.match(out, /^# The user table is "public\.auth_user"\.$/m);
    assert.equal(
      err,
      'The user table is "public.auth_user" and the session table "public.django_session"; ' +
        "--user-schema, --user-table, --session-schema and --session-table select others\n",
    );
    const other = await call("triggers migration --schema club --user-table members --no-sessions");
    assert.match(other.out, /^# The user table is "club\.members"\.$/m);
    assert.equal(
      other.err,
      'The user table is "club.members"; --user-schema and --user-table select another one\n',
    );
  });

  it("takes separate schemas for users and sessions, which default to the common one", async () => {
    const placed = async (line: string): Promise<string[]> =>
      [...(await call(`triggers sql ${line}`)).out.matchAll(/^create trigger \w+\s+after delete on (\S+)/gm)]
        .map(([, table]) => table!);
    const people = "--user-table people";
    assert.deepEqual(await placed(`${people} --user-schema crm`), [
      '"public"."django_session"',
      '"crm"."people"',
    ]);
    assert.deepEqual(await placed(`${people} --schema crm --session-schema web`), [
      '"web"."django_session"',
      '"crm"."people"',
    ]);
    assert.deepEqual(await placed("--user-schema crm --user-table a.b"), [
      '"public"."django_session"',
      '"crm"."a.b"',
    ]);
  });

  it("writes to a file what it would print", async () => {
    for (const line of ["triggers sql", "triggers migration --app accounts"]) {
      const printed = await call(line);
      const written = await call(`${line} --output a/b.txt`);
      assert.deepEqual(written, { ...printed, out: "", files: [["a/b.txt", printed.out]] });
    }
  });

  it("prints a migration with the dependencies of its tables", async () => {
    const { out } = await call(
      "triggers migration --tokens --app accounts --dependency accounts.0007_profile",
    );
    assert.match(
      out,
      /dependencies = \[\n {8}\("sessions", "0001_initial"\),\n {8}\("token_blacklist", "0001_initial"\),\n {8}\("accounts", "0007_profile"\),\n {8}migrations\.swappable_dependency\(settings\.AUTH_USER_MODEL\),\n {4}\]/,
    );
    assert.match(out, /operations = \[PostgresSQL\(INSTALL, UNINSTALL\)\]\n$/);
    assert.doesNotMatch((await call("triggers migration --no-sessions")).out, /"sessions"|django_session/);
  });
});

describe("djauth triggers on a database", needsDatabase, () => {
  let home: TestDatabase;
  before(async () => void (home = await createDatabase()));
  after(() => home?.drop());

  it("installs, reports the status, and uninstalls", async () => {
    const env = { DATABASE_URL: home.url };
    const missing = await call("triggers status", env);
    assert.deepEqual([missing.status, missing.err], [1, ""]);
    assert.match(missing.out, /^(missing {4}djauth_\w+ {2}on "public"\."\w+"\n){6}$/);
    assert.deepEqual((await call("triggers install", env)).status, 0);
    const there = await call(["triggers", "status", "--database-url", home.url]);
    assert.equal(there.status, 0);
    assert.match(there.out, /^(installed {2}djauth_\w+ {2}on "public"\."\w+"\n){6}$/);
    assert.deepEqual(await call("triggers uninstall", env), {
      status: 0,
      out: "The triggers are uninstalled\n",
      err: "",
      files: [],
    });
    assert.equal((await call("triggers status", env)).out, missing.out);
  });

  it("prints the same SQL with and without a database that has Django's tables", async () => {
    const asked = await call(["triggers", "sql", "--database-url", home.url]);
    assert.equal(asked.out, (await call("triggers sql")).out);
    const { out } = await call("triggers sql --reverse");
    assert.match(out, /^drop trigger if exists djauth_\w+ on "public"\."django_session";$/m);
    assert.doesNotMatch(out, /\bcreate\b/);
  });

  it("reports a failure with status 1 and without the password", async () => {
    const nobody = await call("triggers install --user-table nobody", { DATABASE_URL: home.url });
    assert.equal(nobody.status, 1);
    assert.match(
      nobody.err,
      /^djauth: The table "nobody" does not exist; has Django migrated this database\?.* --user-table.*\(database_error\)\n$/,
    );
    assert.match(nobody.err, /--user-schema and --user-table/);
    const away = await call("triggers status", { DATABASE_URL: "postgres://ann:secret@127.0.0.1:1/x" });
    assert.equal(away.status, 1);
    assert.match(away.err, / at 127\.0\.0\.1:1: ECONNREFUSED \(database_unavailable\)\n$/);
    assert.doesNotMatch(away.err, /secret|ann/);
  });

  it("fails without a session table and installs nothing, unless --no-sessions is given", async () => {
    const other = await createDatabase();
    const env = { DATABASE_URL: other.url };
    try {
      await other.sql`create schema crm`;
      await other.sql`alter table auth_user set schema crm`;
      const half = await call("triggers install --schema crm", env);
      assert.deepEqual([half.status, half.out], [1, ""]);
      assert.match(
        half.err,
        /^djauth: The session table "crm"\."django_session" does not exist; .*--session-schema.*--no-sessions.*\(database_error\)\n$/,
      );
      const [{ count } = { count: 0 }] = await other.sql`select count(*)::int from pg_trigger
        where tgname like 'djauth%'`;
      assert.equal(count, 0);
      for (const action of ["sql", "migration"]) {
        const { status, out } = await call(`triggers ${action} --schema crm --database-url ${other.url}`);
        assert.deepEqual([status, out], [1, ""]);
      }

      const told = await call("triggers install --schema crm --no-sessions --no-tokens", env);
      assert.deepEqual([told.status, told.err], [0, ""]);
      assert.match(told.out, /^(installed {2}djauth_\w+ {2}on "crm"\."auth_user"\n)+$/);
      const stands = await call("triggers status --schema crm --no-tokens", env);
      assert.deepEqual([stands.status, stands.out], [1, told.out]);
      assert.match(stands.err, /^djauth: The session table "crm"\."django_session" does not exist/);

      const whole = await call("triggers install --user-schema crm", env);
      assert.deepEqual([whole.status, whole.err], [0, ""]);
      assert.match(whole.out, /on "public"\."django_session"/);
      assert.equal((await call("triggers status --schema crm --session-schema public", env)).status, 0);
      assert.equal((await call("triggers uninstall --schema crm", env)).status, 1);
    } finally {
      await other.drop();
    }
  });
});
