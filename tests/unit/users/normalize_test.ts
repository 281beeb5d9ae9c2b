/** The edges of Django's normal forms; what Django itself makes of odd text is in `tests/vectors/`. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeEmail } from "../../../src/users/normalize.ts";

test("only the domain is lowered, and only the last @ begins it", () => {
  assert.equal(normalizeEmail("Ada@EXAMPLE.com"), "Ada@example.com");
  assert.equal(normalizeEmail('"A@B"@EXAMPLE.com'), '"A@B"@example.com');
  assert.equal(normalizeEmail("@X"), "@x");
  assert.equal(normalizeEmail("X@"), "X@");
});

test("an address is stripped of what Python calls space, and other text is left alone", () => {
  assert.equal(normalizeEmail(" \t\x1c\x85A b@X\u3000\n"), "A b@x");
  assert.equal(normalizeEmail("\ufeffa@X\ufeff"), "\ufeffa@x\ufeff");
  assert.equal(normalizeEmail("  no address "), "  no address ");
  assert.equal(normalizeEmail(null), "");
  assert.equal(normalizeEmail(""), "");
});

test("a long run of space takes no long time", () => {
  const started = performance.now();
  assert.equal(normalizeEmail("a" + " ".repeat(200_000) + "@X"), "a" + " ".repeat(200_000) + "@x");
  assert.ok(performance.now() - started < 1000);
});
