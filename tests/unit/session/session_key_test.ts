/** The format of session keys. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import { isSessionKeyShape, newSessionKey, sessionKeyOrNull } from "../../../src/session/session_key.ts";

test("a new key has 32 characters of a-z0-9 and is unique", () => {
  const keys = new Set(Array.from({ length: 200 }, () => newSessionKey(SYSTEM_RANDOM)));
  assert.equal(keys.size, 200);
  for (const key of keys) {
    assert.match(key, /^[a-z0-9]{32}$/);
    assert.equal(isSessionKeyShape(key), true);
  }
});

test("only a key that fits the column may be queried", () => {
  for (const key of ["12345678", "A".repeat(40), "a/b/c/d/e", "' OR 1=1 --".replaceAll(" ", "")]) {
    assert.equal(isSessionKeyShape(key), true, key);
  }
  for (
    const key of [
      "",
      "1234567",
      "a".repeat(41),
      "aaaaaaa\0",
      "aaaa aaaa",
      "aaaaaaaaé",
      "\ud800".repeat(9),
      "aaaaaaaa\n",
    ]
  ) {
    assert.equal(isSessionKeyShape(key), false, JSON.stringify(key));
  }
});

test("a key of fewer than 8 characters is null", () => {
  for (const key of [null, undefined, "", "1234567"]) assert.equal(sessionKeyOrNull(key), null);
  assert.equal(sessionKeyOrNull("12345678"), "12345678");
});

test("property: a valid key is 8 to 40 characters of printable ASCII", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => {
    const isPrintable = [...text].every((character) => character > " " && character < "\u007f");
    assert.equal(isSessionKeyShape(text), isPrintable && text.length >= 8 && text.length <= 40);
  }));
});
