/** Usernames and e-mail addresses as real Django normalises them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeEmail, normalizeUsername } from "../../src/users/normalize.ts";
import { vectors } from "./load.ts";

interface NormalizeVector {
  text: string;
  username: string;
  email: string;
}

for (const { release, data } of vectors()) {
  test(`Django ${release}: usernames and e-mail addresses get the same normal form`, () => {
    const entries = data["normalize"] as NormalizeVector[];
    assert.ok(entries.length > 0);
    for (const { text, username, email } of entries) {
      assert.equal(normalizeUsername(text), username);
      assert.equal(normalizeEmail(text), email);
    }
  });
}
