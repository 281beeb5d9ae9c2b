import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import {
  doesTokenMatch,
  maskSecret,
  newCsrfSecret,
  secretOf,
  tokenFormatFault,
  unmaskToken,
} from "../../../src/origin/csrf_token.ts";

// From Django's own tests.
const SECRET = "lcccccccX2kcccccccY2jcccccccssIC";
const MASKED = "1bcdefghij2bcdefghij3bcdefghij4bcdefghij5bcdefghij6bcdefghijABCD";

test("secrets are 32 letters and digits and all different", () => {
  const secrets = new Set(Array.from({ length: 50 }, () => newCsrfSecret(SYSTEM_RANDOM)));
  assert.equal(secrets.size, 50);
  for (const secret of secrets) assert.match(secret, /^[a-zA-Z0-9]{32}$/);
});

test("the masked token of Django's tests is unmasked to their secret", () => {
  assert.equal(unmaskToken(MASKED), SECRET);
});

test("a masked secret differs each time and is always unmasked to the secret", () => {
  const tokens = new Set(Array.from({ length: 50 }, () => maskSecret(SECRET, SYSTEM_RANDOM)));
  assert.equal(tokens.size, 50);
  for (const token of tokens) {
    assert.match(token, /^[a-zA-Z0-9]{64}$/);
    assert.equal(unmaskToken(token), SECRET);
    assert.equal(doesTokenMatch(token, SECRET), true);
  }
});

test("masking refuses anything but a secret", () => {
  for (const secret of ["", SECRET.slice(1), SECRET.slice(1) + "-", MASKED]) {
    assert.throws(() => maskSecret(secret, SYSTEM_RANDOM), RangeError);
  }
});

test("a malformed token has Django's message, its length counted in characters", () => {
  assert.equal(tokenFormatFault(SECRET), null);
  assert.equal(tokenFormatFault(MASKED), null);
  for (const token of ["", "a", SECRET + "a", MASKED + "a", "a".repeat(10_000), "\u{1f600}".repeat(16)]) {
    assert.equal(tokenFormatFault(token), "has incorrect length");
  }
  for (const token of ["-".repeat(32), "\n".repeat(64), "\u{1f600}".repeat(32), SECRET.slice(1) + "\n"]) {
    assert.equal(tokenFormatFault(token), "has invalid characters");
  }
});

test("token and secret match, masked or not, only if they are the same secret", () => {
  for (const token of [SECRET, MASKED]) {
    for (const secret of [SECRET, MASKED]) assert.equal(doesTokenMatch(token, secret), true);
    assert.equal(doesTokenMatch(token, newCsrfSecret(SYSTEM_RANDOM)), false);
  }
  assert.equal(doesTokenMatch("", ""), false);
  assert.equal(doesTokenMatch("-".repeat(32), "-".repeat(32)), false);
  assert.equal(doesTokenMatch(SECRET.toLowerCase(), SECRET), false);
});

test("property: no text throws, and a malformed one has no secret", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "binary", minLength: 32, maxLength: 32 }),
  );
  fc.assert(fc.property(text, (token) => {
    assert.equal(secretOf(token) === null, tokenFormatFault(token) !== null);
    assert.equal(doesTokenMatch(token, SECRET), token === SECRET);
  }));
});
