/** Quoting of SQL. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrayLiteral, quoteName, quoteTable } from "../../../src/stores/sql.ts";

describe("names in SQL", () => {
  it("are quoted, whatever they contain", () => {
    assert.equal(quoteTable("user", undefined), '"user"');
    assert.equal(quoteTable("user", "my.schema"), '"my.schema"."user"');
    assert.equal(quoteTable('a"; drop table x; --', null), '"a""; drop table x; --"');
  });

  it("are refused if Postgres would not take them unchanged", () => {
    assert.equal(quoteName("table", "x".repeat(63)).length, 65);
    for (const name of ["", "x".repeat(64), "a\0b"]) {
      assert.throws(() => quoteName("columns", name), {
        code: "improperly_configured",
        message: /^columns has the name/,
      });
    }
  });
});

describe("arrayLiteral", () => {
  it("escapes special characters of Postgres arrays", () => {
    assert.equal(
      arrayLiteral(["a", 'b"c', "d\\e", "{f,g}", "", "null"]),
      '{"a","b\\"c","d\\\\e","{f,g}","","null"}',
    );
    assert.equal(arrayLiteral([1, 2n, -3]), "{1,2,-3}");
    assert.equal(arrayLiteral([]), "{}");
  });
});
