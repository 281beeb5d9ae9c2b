/** The feed's short hash compared with SHA-256. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { shortHash } from "../../../src/crypto/short_hash.ts";

test("shortHash is the first twelve hex digits of SHA-256, as a number", () => {
  // FIPS 180-4: SHA-256("abc") = ba7816bf8f01cfea…
  assert.equal(shortHash("abc"), 0xba7816bf8f01);
  for (let index = 0; index < 1000; index++) {
    const text = `key ${index} é😀`;
    const hex = createHash("sha256").update(text).digest("hex").slice(0, 12);
    assert.equal(shortHash(text).toString(16).padStart(12, "0"), hex);
  }
});
