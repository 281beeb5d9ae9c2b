/** The migration that the command prints, in a real Django project: applied, used and reverted. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { shortHash } from "../../src/crypto/short_hash.ts";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { createTriggers, type TriggersOptions } from "../../src/stores/triggers/triggers.ts";
import { createDatabase } from "../ground/database.ts";
import { type DjangoProject, manage } from "../ground/django_command.ts";
import { eavesdrop } from "../ground/eavesdropper.ts";
import { needsOracle } from "../ground/oracle.ts";

const COMMAND = fileURLToPath(new URL("../../src/cli/djauth.ts", import.meta.url));
const BASE_APPS = ["admin", "auth", "contenttypes", "sessions", "messages", "staticfiles"]
  .map((name) => `django.contrib.${name}`);
const TOKEN_APPS = ["rest_framework", "rest_framework_simplejwt", "rest_framework_simplejwt.token_blacklist"];
const APP = "live_sockets";

/** What the command prints on this runtime. */
async function printed(...args: string[]): Promise<string> {
  const options = "Deno" in globalThis ? ["run", "-A", "--no-check"] : ["run"];
  return (await promisify(execFile)(process.execPath, [...options, COMMAND, ...args])).stdout;
}

/** Creates a folder with an empty app. */
function newApp(label: string): string {
  const folder = mkdtempSync(join(tmpdir(), "djauth-app-"));
  mkdirSync(join(folder, label, "migrations"), { recursive: true });
  for (const path of [[label], [label, "migrations"]]) {
    writeFileSync(join(folder, ...path, "__init__.py"), "");
  }
  return folder;
}

/** Lets the command write a migration of an app. */
async function addMigration(folder: string, label: string, name: string, ...args: string[]): Promise<void> {
  const file = join(folder, label, "migrations", `${name}.py`);
  assert.equal(await printed("triggers", "migration", "--app", label, "--output", file, ...args), "");
}

/** Creates a folder with an app that has nothing but the migration that the command writes. */
async function appWith(...args: string[]): Promise<string> {
  const folder = newApp(APP);
  await addMigration(folder, APP, "0001_djauth_triggers", ...args);
  return folder;
}

interface Case {
  readonly release: DjangoProject["release"];
  readonly model: string;
  readonly args: readonly string[];
  readonly users?: TriggersOptions["users"];
  /** Python that makes the user `user`. */
  readonly make: string;
  readonly count: number;
}

const DJANGO_USER = "user = User.objects.create_user('ann', password='secret')";
const CASES: Case[] = [
  { release: "5.2", model: "auth.User", args: ["--tokens"], make: DJANGO_USER, count: 7 },
  { release: "4.2", model: "auth.User", args: ["--tokens"], make: DJANGO_USER, count: 7 },
  {
    release: "5.2",
    model: "members.Member",
    args: ["--user-table", "Club Members", "--no-active-field", "--user-columns", "password,is_superuser"],
    users: { table: "Club Members", schema: null, primaryKey: "id", activeField: null },
    make: "user = User(email='ann@example.com'); user.set_password('secret'); user.save()",
    count: 6,
  },
];

for (const { release, model, args, users, make, count } of CASES) {
  describe(`the migration, with Django ${release} and ${model}`, needsOracle, () => {
    test(
      "is applied and reverted, and its triggers report what Django writes",
      { timeout: 120_000 },
      async () => {
        const home = await createDatabase("");
        const apps = await appWith(...args);
        const tokens = args.includes("--tokens") ? TOKEN_APPS : [];
        const settings = { AUTH_USER_MODEL: model, INSTALLED_APPS: [...BASE_APPS, ...tokens, APP] };
        const project: DjangoProject = { release, databaseUrl: home.url, settings, apps };
        const database = createPostgresDatabase(home.url);
        const triggers = createTriggers({ database, users });
        const migrate = (...target: string[]): Promise<string> =>
          manage(project, "migrate", "--skip-checks", "-v", "1", ...target);
        try {
          // Its dependencies create the tables first.
          assert.match(
            await migrate(APP),
            /sessions\.0001_initial\.\.\. OK[^]*0001_djauth_triggers\.\.\. OK/,
          );
          assert.deepEqual(
            (await triggers.status()).map(({ state }) => state),
            Array(count).fill("installed"),
          );
          assert.match(await migrate(), /0001|No migrations|Applying/);

          assert.match(
            await manage(project, "sqlmigrate", "--skip-checks", APP, "0001"),
            /pg_advisory_xact_lock/,
          );
          const ear = await eavesdrop(home.url, await triggers.channel());
          const keys = await manage(
            project,
            "shell",
            "-c",
            `from django.contrib.auth import get_user_model; User = get_user_model()
from django.contrib.sessions.backends.db import SessionStore
${make}
store = SessionStore(); store['a'] = 1; store.create(); print('keys', store.session_key, user.pk); store.flush()
user.set_password('other'); user.save()
user.delete()`,
          );
          const [, sessionKey, pk] = /keys (\S+) (\S+)/.exec(keys) ?? [];
          assert.deepEqual(await ear.messages(), [
            { kind: "sessions", hashes: [shortHash(sessionKey!)] },
            { kind: "users", keys: [pk] },
            { kind: "users", keys: [pk] },
          ]);

          assert.match(await migrate(APP, "zero"), /Unapplying live_sockets\.0001_djauth_triggers\.\.\. OK/);
          assert.deepEqual((await triggers.status()).map(({ state }) => state), Array(count).fill("missing"));
          assert.deepEqual(
            (await home.sql`select proname from pg_proc where proname like 'djauth%'`).map((row) =>
              row.proname
            ),
            [],
          );
          await manage(
            project,
            "shell",
            "-c",
            `from django.contrib.auth import get_user_model; User = get_user_model()
${make}
user.delete()`,
          );
          assert.deepEqual(await ear.heard(), []);
          await migrate(APP);
          assert.deepEqual(
            (await triggers.status()).map(({ state }) => state),
            Array(count).fill("installed"),
          );
          // The migration does not change Django's state of the models.
          assert.match(
            await manage(project, "makemigrations", "--check", "--dry-run", "--skip-checks", APP),
            /No changes/,
          );
          await ear.close();
        } finally {
          rmSync(apps, { recursive: true, force: true });
          await database.close();
          await home.drop();
        }
      },
    );
  });
}

/** An app's own user model. */
const accountModel = (passwordLength: number): string =>
  `from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class Account(AbstractBaseUser):
    email = models.EmailField(unique=True)
    password = models.CharField(max_length=${passwordLength})
    is_active = models.BooleanField(default=True)
    USERNAME_FIELD = "email"
`;

test("a reverse migration precedes one that changes the type of a watched column", {
  ...needsOracle,
  timeout: 120_000,
}, async () => {
  const home = await createDatabase("");
  const apps = newApp("accounts");
  const settings = { AUTH_USER_MODEL: "accounts.Account", INSTALLED_APPS: BASE_APPS };
  const project: DjangoProject = { release: "5.2", databaseUrl: home.url, settings, apps };
  const run = (...args: string[]): Promise<string> => manage(project, ...args, "--skip-checks");
  const database = createPostgresDatabase(home.url);
  const users = { table: "accounts_account", schema: null, primaryKey: "id", activeField: "is_active" };
  const triggers = createTriggers({ database, users });
  const states = async (): Promise<string[]> => (await triggers.status()).map(({ state }) => state);
  const lengthen = (length: number): Promise<string> => {
    writeFileSync(join(apps, "accounts", "models.py"), accountModel(length));
    return run("makemigrations", "accounts", "--name", `password_${length}`);
  };
  const table = ["--user-table", users.table, "--user-columns", "password,is_active"];
  const add = (name: string, dependency: string, ...args: string[]): Promise<void> =>
    addMigration(apps, "accounts", name, "--dependency", `accounts.${dependency}`, ...args, ...table);
  try {
    await lengthen(128);
    await add("0002_djauth", "0001_password_128");
    await add("0003_djauth_uninstall", "0002_djauth", "--reverse");
    await lengthen(200);
    await add("0005_djauth", "0004_password_200");

    await run("migrate");
    assert.deepEqual(await states(), Array(6).fill("installed"));
    await run("migrate", "accounts", "0003");
    assert.deepEqual(await states(), Array(6).fill("missing"));
    await run("migrate", "accounts", "0002");
    assert.deepEqual(await states(), Array(6).fill("installed"));
    await assert.rejects(
      home.sql`alter table accounts_account alter column password type varchar(200)`,
      /cannot alter type of a column used in a trigger definition/,
    );
  } finally {
    rmSync(apps, { recursive: true, force: true });
    await database.close();
    await home.drop();
  }
});

/** A site's tests, whose database Django creates with the migrations. */
const TEST_RUN = `from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import TransactionTestCase


class Tests(TransactionTestCase):
    def test(self):
        migrations = MigrationRecorder(connection).migration_qs.filter(app="${APP}").order_by("name")
        print("applied", list(migrations.values_list("name", flat=True)))
        call_command("sqlmigrate", "${APP}", "0001", no_color=True)
        call_command("migrate", "${APP}", "zero", verbosity=0)
        print("reverted", list(migrations.values_list("name", flat=True)))
`;

for (const release of ["5.2", "4.2"] as const) {
  test(`on SQLite, a test run with Django ${release} gets through the migrations`, needsOracle, async () => {
    const apps = await appWith();
    const after = ["--dependency", `${APP}.0001_djauth_triggers`];
    await addMigration(apps, APP, "0002_reverse", "--reverse", ...after);
    writeFileSync(join(apps, APP, "tests.py"), TEST_RUN);
    const settings = {
      DATABASES: { default: { ENGINE: "django.db.backends.sqlite3", NAME: ":memory:" } },
      INSTALLED_APPS: [...BASE_APPS, APP],
    };
    const project: DjangoProject = { release, databaseUrl: process.env.DATABASE_URL!, settings, apps };
    try {
      const output = await manage(project, "test", APP);
      assert.match(output, /applied \['0001_djauth_triggers', '0002_reverse'\]/);
      assert.match(output, /reverted \[\]/);
      assert.match(output, /-- Raw SQL operation\n--\n-- \(no-op\)/);
    } finally {
      rmSync(apps, { recursive: true, force: true });
    }
  });
}

test(
  "a migration for tables with odd names contains the same SQL as the command prints",
  needsOracle,
  async () => {
    const names = [
      "--user-table",
      `o'"""\\ é😀$djauth$ %s`,
      "--primary-key",
      `"""\\n%(x)s`,
      "--active-field",
      "b\\",
      "--schema",
      '"',
    ];
    const sql = await printed("triggers", "sql", ...names);
    const apps = await appWith(...names);
    const python =
      `import json, importlib; module = importlib.import_module('${APP}.migrations.0001_djauth_triggers')
print('JSON', json.dumps(module.INSTALL))`;
    try {
      const output = await manage(
        { release: "5.2", databaseUrl: process.env.DATABASE_URL!, apps },
        "shell",
        "-c",
        python,
      );
      const statements = JSON.parse(/JSON (.*)/.exec(output)![1]!) as string[];
      assert.equal(["begin;", ...statements, "commit;"].map((text) => `${text}\n`).join("\n"), sql);
    } finally {
      rmSync(apps, { recursive: true, force: true });
    }
  },
);
