/** The migration that the command prints, in a real Django project: applied, at work, taken back. */

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

/** A folder with an app that has the migration that the command writes, and nothing else. */
async function appWith(...args: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "djauth-app-"));
  mkdirSync(join(folder, APP, "migrations"), { recursive: true });
  for (const path of [[APP], [APP, "migrations"]]) writeFileSync(join(folder, ...path, "__init__.py"), "");
  const file = join(folder, APP, "migrations", "0001_djauth_triggers.py");
  assert.equal(await printed("triggers", "migration", "--output", file, ...args), "");
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
      "goes forwards and backwards, and its triggers tell what Django writes",
      { timeout: 120_000 },
      async () => {
        const home = await createDatabase("");
        const apps = await appWith("--app", APP, ...args);
        const tokens = args.includes("--tokens") ? TOKEN_APPS : [];
        const settings = { AUTH_USER_MODEL: model, INSTALLED_APPS: [...BASE_APPS, ...tokens, APP] };
        const project: DjangoProject = { release, databaseUrl: home.url, settings, apps };
        const database = createPostgresDatabase(home.url);
        const triggers = createTriggers({ database, users });
        const migrate = (...target: string[]): Promise<string> =>
          manage(project, "migrate", "--skip-checks", "-v", "1", ...target);
        try {
          // Its dependencies bring the tables into being before it.
          assert.match(
            await migrate(APP),
            /sessions\.0001_initial\.\.\. OK[^]*0001_djauth_triggers\.\.\. OK/,
          );
          assert.deepEqual(
            (await triggers.status()).map(({ state }) => state),
            Array(count).fill("installed"),
          );
          assert.match(await migrate(), /0001|No migrations|Applying/);

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
          // What Django thinks of the models is not changed by it.
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

test("a migration for tables with odd names is Python that says the same SQL", needsOracle, async () => {
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
});
