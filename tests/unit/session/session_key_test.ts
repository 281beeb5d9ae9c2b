/** Session keys. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import { isSessionKeyShape, newSessionKey, sessionKeyOrNull } from "../../../src/session/session_key.ts";

test("a new key has 32 characters of a-z0-9, and no two are the same", () => {
  const keys = new Set(Array.from({ length: 200 }, () => newSessionKey(SYSTEM_RANDOM)));
  assert.equal(keys.size, 200);
  for (const key of keys) {
    assert.match(key, /^[a-z0-9]{32}$/);
    assert.equal(isSessionKeyShape(key), true);
  }
});

test("only what fits the column may reach a database", () => {
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

test("a key of less than 8 characters is none", () => {
  for (const key of [null, undefined, "", "1234567"]) assert.equal(sessionKeyOrNull(key), null);
  assert.equal(sessionKeyOrNull("12345678"), "12345678");
});

test("property: what has the shape is printable ASCII of 8 to 40 characters", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => {
    const isPrintable = [...text].every((character) => character > " " && character < "\u007f");
    assert.equal(isSessionKeyShape(text), isPrintable && text.length >= 8 && text.length <= 40);
  }));
});
