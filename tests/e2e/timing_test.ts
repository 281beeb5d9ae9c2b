/** How long a refusal takes says nothing about who has an account. Coarse: within a factor of two. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { djangoAuth } from "../../src/django_auth.ts";
import { createPasswords } from "../../src/passwords/passwords.ts";
import { createDatabase, needsDatabase } from "../ground/database.ts";
import { PASSWORD, SECRET_KEY } from "./site.ts";

const ROUNDS = 9;
const MOST_ROUNDS = 60;
const hasher = (iterations: number) => [{ algorithm: "pbkdf2_sha256", iterations }] as const;
const hashers = hasher(60_000);

describe("authenticate", needsDatabase, () => {
  test("takes as long for an unknown, an inactive, a passwordless and a mistaken visitor", {
    timeout: 20_000,
  }, async () => {
    const database = await createDatabase();
    const auth = djangoAuth({ secretKey: SECRET_KEY, database: database.url, passwords: { hashers } });
    await auth.createUser({ username: "active", password: PASSWORD });
    await auth.createUser({ username: "inactive", password: PASSWORD, is_active: false });
    await auth.createUser({ username: "unusable", password: null });
    await auth.createUser({ username: "old", password: PASSWORD });
    const weak = await createPasswords({ hashers: hasher(1000) }).makePassword(PASSWORD);
    await database.sql`UPDATE auth_user SET password = ${weak} WHERE username = 'old'`;
    const visitors = {
      "unknown": { username: "nobody", password: "wrong" },
      "unknown, with a name that cannot be": { username: "no\0body", password: "wrong" },
      "inactive": { username: "inactive", password: PASSWORD },
      "inactive, wrong": { username: "inactive", password: "wrong" },
      "unusable": { username: "unusable", password: "wrong" },
      "an old hash with less work": { username: "old", password: "wrong" },
      "wrong": { username: "active", password: "wrong" },
    };
    // The fastest of each: whatever else the machine does can only add to it, and a busy one gets more rounds.
    const fastest = new Map<string, number>();
    const areAlike = (): boolean => Math.min(...fastest.values()) * 2 > Math.max(...fastest.values());
    for (let round = 0; round < ROUNDS || round < MOST_ROUNDS && !areAlike(); round++) {
      for (const [name, credentials] of Object.entries(visitors)) {
        const start = performance.now();
        await assert.rejects(auth.authenticate(credentials), { status: 401 });
        fastest.set(name, Math.min(fastest.get(name) ?? Infinity, performance.now() - start));
      }
    }
    await auth.close();
    await database.drop();
    assert.ok(areAlike(), JSON.stringify([...fastest]));
  });
});
