/** Password hashes made by real Django: the right password matches and the wrong one does not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HASHER_NAMES } from "../../src/passwords/hashers.ts";
import { createPasswords } from "../../src/passwords/passwords.ts";
import { vectors } from "./load.ts";

interface PasswordVector {
  hasher: string;
  password: string;
  encoded: string;
  wrong: string;
}

const passwords = createPasswords();

for (const { release, data } of vectors()) {
  const known = (data["passwords"] as PasswordVector[]).filter(({ hasher }) => HASHER_NAMES.includes(hasher));

  for (const hasher of HASHER_NAMES) {
    test(`Django ${release}: passwords hashed with ${hasher} verify`, { timeout: 60_000 }, async () => {
      const cases = known.filter((vector) => vector.hasher === hasher);
      assert.ok(cases.length > 0);
      for (const { password, encoded, wrong } of cases) {
        const isCorrect = async (tried: string) => (await passwords.verifyPassword(tried, encoded)).isCorrect;
        assert.equal(passwords.identifyHasher(encoded), hasher);
        assert.equal(await isCorrect(password), true, encoded);
        assert.equal(await isCorrect(wrong), false, encoded);
      }
    });
  }
}
