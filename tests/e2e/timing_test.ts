/** The time of a refusal does not reveal who has an account. Checked coarsely: within a factor of two. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Credentials } from "../../src/auth/login/authenticate.ts";
import { type DjangoAuth, djangoAuth } from "../../src/django_auth.ts";
import { createPasswords } from "../../src/passwords/passwords.ts";
import { createDatabase, needsDatabase, type TestDatabase } from "../ground/database.ts";
import { PASSWORD, SECRET_KEY } from "./site.ts";

const ROUNDS = 9;
const MOST_ROUNDS = 60;
const WORK = 30_000;
const hasher = (iterations: number) => [{ algorithm: "pbkdf2_sha256", iterations }] as const;
const wrong = (username: string): Credentials => ({ username, password: "wrong" });

describe("authenticate", needsDatabase, () => {
  test("takes equally long for an unknown user, an inactive one, an unusable password and a wrong one", {
    timeout: 20_000,
  }, async () => {
    await withUsers(async (auth) => {
      await assertAlike(auth, {
        "unknown": wrong("nobody"),
        "unknown, with a name that cannot be": wrong("no\0body"),
        "inactive": { username: "inactive", password: PASSWORD },
        "inactive, wrong": wrong("inactive"),
        "unusable": wrong("unusable"),
        "an old hash with less work": wrong("old"),
        "wrong": wrong("active"),
      });
    });
  });

  test("takes equally long for all users if some hashes have more iterations than configured", {
    timeout: 20_000,
  }, async () => {
    await withUsers(async (auth, database) => {
      await auth.createUser({ username: "new", password: null });
      await setHash(database, "new", 4 * WORK);
      await auth.authenticate({ username: "new", password: PASSWORD });
      await assertAlike(auth, {
        "a new hash": wrong("new"),
        "a hash as configured": wrong("active"),
        "an old hash": wrong("old"),
        "unusable": wrong("unusable"),
        "unknown": wrong("nobody"),
      });
    });
  });
});

/** Creates users of all kinds, one of them with an old hash of fewer iterations. */
async function withUsers(work: (auth: DjangoAuth, database: TestDatabase) => Promise<void>): Promise<void> {
  const database = await createDatabase();
  const passwords = { hashers: hasher(WORK) };
  const auth = djangoAuth({ secretKey: SECRET_KEY, database: database.url, passwords });
  try {
    await auth.createUser({ username: "active", password: PASSWORD });
    await auth.createUser({ username: "inactive", password: PASSWORD, is_active: false });
    await auth.createUser({ username: "unusable", password: null });
    await auth.createUser({ username: "old", password: null });
    await setHash(database, "old", 1000);
    await work(auth, database);
  } finally {
    await auth.close();
    await database.drop();
  }
}

async function setHash({ sql }: TestDatabase, username: string, iterations: number): Promise<void> {
  const encoded = await createPasswords({ hashers: hasher(iterations) }).makePassword(PASSWORD);
  await sql`UPDATE auth_user SET password = ${encoded} WHERE username = ${username}`;
}

async function assertAlike(auth: DjangoAuth, visitors: Record<string, Credentials>): Promise<void> {
  // The fastest time of each counts, since other work can only add to it; a busy machine gets more rounds.
  const fastest = new Map<string, number>();
  const areAlike = (): boolean => Math.min(...fastest.values()) * 2 > Math.max(...fastest.values());
  for (let round = 0; round < ROUNDS || round < MOST_ROUNDS && !areAlike(); round++) {
    for (const [name, credentials] of Object.entries(visitors)) {
      const start = performance.now();
      await assert.rejects(auth.authenticate(credentials), { status: 401 });
      fastest.set(name, Math.min(fastest.get(name) ?? Infinity, performance.now() - start));
    }
  }
  assert.ok(areAlike(), JSON.stringify([...fastest]));
}
