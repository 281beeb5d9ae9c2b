/** The hash that binds a session to a password. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSessionHash } from "../../../src/users/session_hash.ts";

const PASSWORD = "pbkdf2_sha256$1$salt$hash";
const under = (current: string, ...fallbacks: string[]) =>
  createSessionHash({ keys: { current, fallbacks } });

test("a hash is current with the current key, fallback with an older one, and invalid with another", () => {
  const sessionHash = under("new", "older", "old");
  assert.equal(sessionHash.verify(PASSWORD, under("new").make(PASSWORD)), "current");
  assert.equal(sessionHash.verify(PASSWORD, under("older").make(PASSWORD)), "fallback");
  assert.equal(sessionHash.verify(PASSWORD, under("old").make(PASSWORD)), "fallback");
  assert.equal(sessionHash.verify(PASSWORD, under("stolen").make(PASSWORD)), "invalid");
});

test("a hash of another password is invalid", () => {
  const sessionHash = under("new", "old");
  const hash = sessionHash.make(PASSWORD);
  assert.equal(sessionHash.verify(PASSWORD + "x", hash), "invalid");
  assert.equal(sessionHash.verify("", hash), "invalid");
  assert.equal(sessionHash.verify(PASSWORD, hash), "current");
});

test("any other value in place of a hash is invalid and does not throw", () => {
  const sessionHash = createSessionHash({ keys: { current: "new", fallbacks: ["old"] }, legacy: true });
  const hash = sessionHash.make(PASSWORD);
  for (
    const bad of [
      hash.toUpperCase(),
      hash + "0",
      hash.slice(1),
      [hash],
      null,
      undefined,
      0,
      "\u2019".repeat(64),
    ]
  ) {
    assert.equal(sessionHash.verify(PASSWORD, bad), "invalid");
  }
  fc.assert(fc.property(fc.anything(), (bad) => {
    assert.equal(sessionHash.verify(PASSWORD, bad), "invalid");
  }));
});

test("the SHA-1 hash of Django 3.0 is accepted only with the legacy option, and never made", () => {
  const hash = "a84a90139c446a88abe83b0a8b188557b1e68784";
  const keys = { current: "legacy secret", fallbacks: [] };
  assert.equal(createSessionHash({ keys, legacy: true }).verify(PASSWORD, hash), "current");
  assert.equal(createSessionHash({ keys }).verify(PASSWORD, hash), "invalid");
  assert.match(createSessionHash({ keys, legacy: true }).make(PASSWORD), /^[0-9a-f]{64}$/);
  const rotated = { current: "new", fallbacks: ["legacy secret"] };
  assert.equal(createSessionHash({ keys: rotated, legacy: true }).verify(PASSWORD, hash), "fallback");
});

test("cached hashes do not change the result", () => {
  const used = under("new");
  for (const password of ["a", "b", "a", "b", "b"]) {
    const hash = under("new").make(password);
    assert.equal(used.make(password), hash);
    assert.equal(used.verify(password, hash), "current");
    assert.equal(used.verify(password + "x", hash), "invalid");
  }
});
