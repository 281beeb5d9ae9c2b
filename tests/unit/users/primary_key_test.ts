/** The values accepted as a user's primary key. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isSameKey, parseLookupText, parsePrimaryKey } from "../../../src/users/primary_key.ts";

const UUID = "0b9c1f3e-7a44-4b0e-9d4e-3a1f5d0c2b1a";
/** Python's int() or SQL would accept all of these, but they are not canonical. */
const ODD_NUMBERS = [
  ...[
    "",
    " ",
    "7 ",
    " 7",
    "7\n",
    "+7",
    "-0",
    "00",
    "007",
    "7.0",
    "7.75",
    "7e1",
    "0x7",
    "1_000",
    "٧",
    "７",
    "NaN",
  ],
  ...["Infinity", "null", "true", "7;--", "7\0", "{7}", "9".repeat(400)],
  ...[null, undefined, true, false, 7.75, NaN, Infinity, 2 ** 53, {}, [], [7], ["7"], Symbol("7"), () => 7],
];

test("an integer key is a canonical decimal within 32 bits", () => {
  assert.equal(parsePrimaryKey("integer", "7"), 7);
  assert.equal(parsePrimaryKey("integer", "0"), 0);
  assert.equal(parsePrimaryKey("integer", "-7"), -7);
  assert.equal(parsePrimaryKey("integer", 7), 7);
  assert.equal(parsePrimaryKey("integer", 7n), 7);
  assert.equal(parsePrimaryKey("integer", "2147483647"), 2147483647);
  assert.equal(parsePrimaryKey("integer", "-2147483648"), -2147483648);
  assert.equal(parsePrimaryKey("integer", "2147483648"), null);
  assert.equal(parsePrimaryKey("integer", -0), 0);
  assert.equal(parsePrimaryKey("integer", "-2147483649"), null);
  for (const value of ODD_NUMBERS) assert.equal(parsePrimaryKey("integer", value), null, String(value));
});

test("a bigint key is a canonical decimal within 64 bits", () => {
  assert.equal(parsePrimaryKey("bigint", -0), 0n);
  assert.equal(parsePrimaryKey("bigint", "7"), 7n);
  assert.equal(parsePrimaryKey("bigint", 7), 7n);
  assert.equal(parsePrimaryKey("bigint", "9223372036854775807"), 9223372036854775807n);
  assert.equal(parsePrimaryKey("bigint", "-9223372036854775808"), -9223372036854775808n);
  assert.equal(parsePrimaryKey("bigint", "9223372036854775808"), null);
  assert.equal(parsePrimaryKey("bigint", "-9223372036854775809"), null);
  for (const value of ODD_NUMBERS) assert.equal(parsePrimaryKey("bigint", value), null, String(value));
});

test("a UUID key is converted to the form that databases print", () => {
  for (const value of [UUID, UUID.toUpperCase(), UUID.replaceAll("-", "")]) {
    assert.equal(parsePrimaryKey("uuid", value), UUID);
  }
  const bad = [
    `{${UUID}}`,
    `urn:uuid:${UUID}`,
    UUID.slice(1),
    UUID + "0",
    UUID + "\n",
    ` ${UUID}`,
    "",
    7,
    null,
    {},
  ];
  for (const value of [...bad, UUID.replace("b", "g")]) assert.equal(parsePrimaryKey("uuid", value), null);
});

test("a text key is any text that a database can store", () => {
  for (const value of ["ada", "007", " ", "日本", "😀", "a".repeat(1024), "'; drop table auth_user --"]) {
    assert.equal(parsePrimaryKey("text", value), value);
    assert.equal(parseLookupText(value), value);
  }
  for (
    const value of ["", "a\0", "\ud800", "x\udc00x", "a".repeat(1025), 7, 7n, null, undefined, true, {}, [
      "a",
    ]]
  ) {
    assert.equal(parsePrimaryKey("text", value), null);
    assert.equal(parseLookupText(value), null);
  }
});

test("property: any value gives a key or null, and a key is parsed to itself", () => {
  fc.assert(fc.property(fc.anything(), (value) => {
    for (const type of ["integer", "bigint", "uuid", "text"] as const) {
      const key = parsePrimaryKey(type, value);
      if (key !== null) assert.equal(parsePrimaryKey(type, String(key)), key);
    }
  }));
});

test("property: every number that fits is parsed from its text", () => {
  fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (key) => {
    assert.equal(parsePrimaryKey("bigint", String(key)), key);
  }));
  fc.assert(fc.property(fc.integer(), (key) => {
    assert.equal(parsePrimaryKey("integer", String(key)), key);
  }));
});

test("isSameKey compares numbers and text by value", () => {
  assert.equal(isSameKey(7, "7"), true);
  assert.equal(isSameKey(7n, 7), true);
  assert.equal(isSameKey(2n ** 60n, String(2n ** 60n)), true);
  assert.equal(isSameKey(7, "07"), false);
  assert.equal(isSameKey("a", "A"), false);
});
