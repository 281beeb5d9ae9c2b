/** A hasher given as in `PASSWORD_HASHERS`: the error contains the name of its algorithm. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createPasswords } from "../../../src/passwords/passwords.ts";

const CLASSES = [
  ["PBKDF2PasswordHasher", 'the name of its algorithm, "pbkdf2_sha256"'],
  ["PBKDF2SHA1PasswordHasher", 'the name of its algorithm, "pbkdf2_sha1"'],
  ["Argon2PasswordHasher", "one of pbkdf2_sha256, pbkdf2_sha1"],
] as const;

for (const [name, expected] of CLASSES) {
  test(`${name}: expected ${expected}`, () => {
    const path = `django.contrib.auth.hashers.${name}`;
    assert.throws(() => createPasswords({ hashers: [path as "pbkdf2_sha256"] }), {
      message: `passwords.hashers contains "${path}", expected ${expected}`,
    });
  });
}
