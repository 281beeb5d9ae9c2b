/** Session hashes made by real Django with its current key, with a fallback key, and in the format of Django 3.0. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSessionHash } from "../../src/users/session_hash.ts";
import { vectors } from "./load.ts";

interface SessionHashVector {
  password: string;
  key: "current" | "fallback";
  hash: string;
}

for (const { release, data } of vectors()) {
  const keys = { current: data.secretKey, fallbacks: data.fallbackKeys };
  const sessionHash = createSessionHash({ keys });
  const entries = data["sessionHash"] as SessionHashVector[];

  test(`Django ${release}: session hashes are equal, and verify with their key`, () => {
    assert.ok(entries.length > 0);
    for (const { password, key, hash } of entries) {
      assert.equal(sessionHash.verify(password, hash), key, password);
      if (key === "current") assert.equal(sessionHash.make(password), hash);
    }
  });

  const legacyEntries = (data["sessionHashLegacySha1"] ?? []) as { password: string; hash: string }[];
  if (legacyEntries.length === 0) continue;
  test(`Django ${release}: SHA-1 session hashes are accepted only with the legacy option`, () => {
    const legacy = createSessionHash({ keys, legacy: true });
    for (const { password, hash } of legacyEntries) {
      assert.equal(legacy.verify(password, hash), "current", password);
      assert.equal(sessionHash.verify(password, hash), "invalid", password);
    }
  });
}
