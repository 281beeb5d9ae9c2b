import assert from "node:assert/strict";
import { test } from "node:test";
import { Groups } from "../../../src/internal/groups.ts";

const [one, two, three] = [{ name: 1 }, { name: 2 }, { name: 3 }];

test("members are found by their key, in insertion order", () => {
  const groups = new Groups<string, object>();
  groups.add("a", one);
  groups.add("b", one);
  groups.add("a", two);
  groups.add("a", three);
  assert.deepEqual(groups.get("a"), [one, two, three]);
  assert.deepEqual(groups.get("b"), [one]);
  assert.deepEqual(groups.get("c"), []);
  assert.equal(groups.size, 2);
});

test("a member added twice is stored once", () => {
  const groups = new Groups<string, object>();
  for (const member of [one, one, two, one, two]) groups.add("a", member);
  assert.deepEqual(groups.get("a"), [one, two]);
  groups.delete("a", one);
  assert.deepEqual(groups.get("a"), [two]);
});

test("deleting all members leaves nothing, and deleting a non-member changes nothing", () => {
  const groups = new Groups<string, object>();
  for (const member of [one, two, three]) groups.add("a", member);
  groups.delete("a", {});
  groups.delete("b", one);
  assert.deepEqual(groups.get("a"), [one, two, three]);
  for (const member of [two, one, three, one]) groups.delete("a", member);
  assert.deepEqual(groups.get("a"), []);
  groups.add("a", two);
  groups.delete("a", one);
  assert.deepEqual(groups.get("a"), [two]);
  groups.delete("a", two);
  assert.equal(groups.size, 0);
});

test("a list stays unchanged while members are deleted", () => {
  const groups = new Groups<string, object>();
  for (const member of [one, two, three]) groups.add("a", member);
  const seen = [];
  for (const member of groups.get("a")) {
    groups.delete("a", member);
    seen.push(member);
  }
  assert.deepEqual(seen, [one, two, three]);
  assert.equal(groups.size, 0);
});
