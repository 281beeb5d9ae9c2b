/** The table of algorithms: the work factors of each release of Django. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import { createHasher, HASHER_NAMES } from "../../../src/passwords/hashers.ts";
import type { DjangoVersion } from "../../../src/types.ts";

const SALT = "abcdefghijklmnopqrstuv";

test("a new hash has the work factor of the configured Django release", () => {
  const iterations: Record<DjangoVersion, number> = {
    "4.2": 600_000,
    "5.0": 720_000,
    "5.1": 870_000,
    "5.2": 1_000_000,
    "6.0": 1_200_000,
    "6.1": 1_500_000,
  };
  for (const [django, expected] of Object.entries(iterations) as [DjangoVersion, number][]) {
    for (const algorithm of ["pbkdf2_sha256", "pbkdf2_sha1"] as const) {
      const hasher = createHasher(algorithm, { django, randomBytes: SYSTEM_RANDOM });
      assert.equal(hasher.isWeaker(`${algorithm}$${expected}$${SALT}$hash`), false);
      assert.equal(hasher.isWeaker(`${algorithm}$${expected - 1}$${SALT}$hash`), true);
    }
  }
});

test("custom work factors replace those of the release", () => {
  const hasher = createHasher(
    { algorithm: "pbkdf2_sha1", iterations: 7, saltEntropy: 12 },
    { django: "5.2", randomBytes: SYSTEM_RANDOM },
  );
  assert.equal(hasher.salt().length, 3);
  assert.equal(hasher.isWeaker("pbkdf2_sha1$7$abc$hash"), false);
  assert.equal(hasher.isWeaker("pbkdf2_sha1$7$ab$hash"), true);
});

test("the preferred algorithm is Django's", () => {
  assert.equal(HASHER_NAMES[0], "pbkdf2_sha256");
});
