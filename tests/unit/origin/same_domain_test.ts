import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameDomain } from "../../../src/origin/same_domain.ts";

test("a pattern without a dot matches exactly that host", () => {
  assert.equal(isSameDomain("example.com", "EXAMPLE.com"), true);
  assert.equal(isSameDomain("a.example.com", "example.com"), false);
});

test("a pattern with a leading dot matches the domain and all subdomains", () => {
  assert.equal(isSameDomain("example.com", ".example.com"), true);
  assert.equal(isSameDomain("a.b.example.com", ".example.com"), true);
  assert.equal(isSameDomain("evil-example.com", ".example.com"), false);
  assert.equal(isSameDomain("example.com.evil.com", ".example.com"), false);
});

test("an empty pattern matches nothing, not even an empty host", () => {
  assert.equal(isSameDomain("", ""), false);
  assert.equal(isSameDomain("example.com", ""), false);
});
