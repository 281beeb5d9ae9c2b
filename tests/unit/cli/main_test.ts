/** The command `djauth`, with a process that the test makes up. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { main } from "../../../src/cli/main.ts";
import { createDatabase, needsDatabase, type TestDatabase } from "../../ground/database.ts";

/** What a call of the command did. */
interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function call(line: string | readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  let [out, err] = ["", ""];
  const args = typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line;
  const status = await main(args, {
    env: (name) => env[name],
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return { status, out, err };
}

describe("djauth", () => {
  it("says what it can do", async () => {
    assert.deepEqual([(await call("")).status, (await call("--help")).status], [2, 0]);
    assert.match((await call("help")).out, /^Django identity.*djauth triggers ACTION/s);
    for (const line of ["triggers", "triggers --help", "triggers install -h"]) {
      const { status, out, err } = await call(line);
      assert.deepEqual([status, err], [0, ""]);
      assert.match(out, /install.*uninstall.*status.*sql.*migration/s);
      assert.ok(out.split("\n").every((text) => text.length <= 80));
    }
  });

  it("names every option in its help", async () => {
    const { out } = await call("triggers --help");
    const options = "database-url schema user-table primary-key active-field no-active-field user-columns " +
      "session-table no-sessions tokens token-schema outstanding-table blacklisted-table no-tokens " +
      "reverse app dependency";
    for (const name of options.split(" ")) assert.match(out, new RegExp(`--${name}\\b`), name);
  });

  it("refuses what it does not understand, with status 2 and one line", async () => {
    const calls: [string | string[], RegExp][] = [
      ["frob", /no command "frob"/],
      ["triggers frob", /The action is "frob"/],
      ["triggers --schema x", /The action is ""/],
      ["triggers sql now", /"now" is one argument too many/],
      ["triggers sql --frob", /--frob/],
      ["triggers sql --schema", /--schema/],
      ["triggers install --reverse", /--reverse goes with sql only/],
      ["triggers sql --app accounts", /--app goes with migration only/],
      ["triggers status --tokens", /--tokens goes with sql and migration only/],
      ["triggers sql --tokens --database-url postgres://x/y", /--tokens does not go with --database-url/],
      ["triggers sql --active-field x --no-active-field", /does not go with --no-active-field/],
      ["triggers sql --session-table x --no-sessions", /does not go with --no-sessions/],
      ["triggers sql --tokens --no-tokens", /--tokens does not go with --no-tokens/],
      ["triggers status --no-tokens --token-schema x", /--token-schema does not go with --no-tokens/],
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
      const { status, out, err } = await call(line);
      assert.deepEqual([status, out], [2, ""], String(line));
      assert.match(err, /^djauth: /);
      assert.match(err, message);
    }
  });

  it("prints SQL for the tables that it is told of", async () => {
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

  it("says which table of users a migration was written for", async () => {
    const { out, err } = await call("triggers migration");
    assert.match(out, /^# Users are in the table "public\.auth_user"\.$/m);
    assert.equal(err, 'Users are in "public.auth_user"; --user-table names another table\n');
    const other = await call("triggers migration --schema club --user-table members");
    assert.match(other.out, /^# Users are in the table "club\.members"\.$/m);
  });

  it("prints a migration with the dependencies that its tables have", async () => {
    const { out } = await call(
      "triggers migration --tokens --app accounts --dependency accounts.0007_profile",
    );
    assert.match(
      out,
      /dependencies = \[\n {8}\("sessions", "0001_initial"\),\n {8}\("token_blacklist", "0001_initial"\),\n {8}\("accounts", "0007_profile"\),\n {8}migrations\.swappable_dependency\(settings\.AUTH_USER_MODEL\),\n {4}\]/,
    );
    assert.match(out, /operations = \[migrations\.RunSQL\(INSTALL, UNINSTALL\)\]\n$/);
    assert.doesNotMatch((await call("triggers migration --no-sessions")).out, /"sessions"|django_session/);
  });
});

describe("djauth triggers on a database", needsDatabase, () => {
  let home: TestDatabase;
  before(async () => void (home = await createDatabase()));
  after(() => home?.drop());

  it("installs, tells how things stand, and takes away", async () => {
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
      out: "The triggers are gone\n",
      err: "",
    });
    assert.equal((await call("triggers status", env)).out, missing.out);
  });

  it("prints the same SQL with and without a database whose tables are Django's", async () => {
    const asked = await call(["triggers", "sql", "--database-url", home.url]);
    assert.equal(asked.out, (await call("triggers sql")).out);
    const { out } = await call("triggers sql --reverse");
    assert.match(out, /^drop trigger if exists djauth_\w+ on "public"\."django_session";$/m);
    assert.doesNotMatch(out, /\bcreate\b/);
  });

  it("says with status 1 why it did not succeed, and never a password", async () => {
    const nobody = await call("triggers install --user-table nobody", { DATABASE_URL: home.url });
    assert.equal(nobody.status, 1);
    assert.match(
      nobody.err,
      /^djauth: There is no table "nobody"; has Django migrated this database\?.* --user-table.*\(database_error\)\n$/,
    );
    const away = await call("triggers status", { DATABASE_URL: "postgres://ann:secret@127.0.0.1:1/x" });
    assert.equal(away.status, 1);
    assert.match(away.err, / at 127\.0\.0\.1:1: ECONNREFUSED \(database_unavailable\)\n$/);
    assert.doesNotMatch(away.err, /secret|ann/);
  });
});
