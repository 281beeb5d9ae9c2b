/** Edge cases of Django's normal forms; `tests/vectors/` compares unusual text with Django itself. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeEmail } from "../../../src/users/normalize.ts";

test("only the domain is lower-cased, and it starts at the last @", () => {
  assert.equal(normalizeEmail("Ada@EXAMPLE.com"), "Ada@example.com");
  assert.equal(normalizeEmail('"A@B"@EXAMPLE.com'), '"A@B"@example.com');
  assert.equal(normalizeEmail("@X"), "@x");
  assert.equal(normalizeEmail("X@"), "X@");
});

test("an address loses the whitespace that Python strips, and other text is unchanged", () => {
  assert.equal(normalizeEmail(" \t\x1c\x85A b@X\u3000\n"), "A b@x");
  assert.equal(normalizeEmail("\ufeffa@X\ufeff"), "\ufeffa@x\ufeff");
  assert.equal(normalizeEmail("  no address "), "  no address ");
  assert.equal(normalizeEmail(null), "");
  assert.equal(normalizeEmail(""), "");
});

test("a long run of spaces takes linear time", () => {
  const started = performance.now();
  assert.equal(normalizeEmail("a" + " ".repeat(200_000) + "@X"), "a" + " ".repeat(200_000) + "@x");
  assert.ok(performance.now() - started < 1000);
});
