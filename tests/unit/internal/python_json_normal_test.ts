/** JSON text as Python would rewrite it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { normalPythonJson } from "../../../src/internal/python/json_normal.ts";

const CASES: [text: string, normal: string][] = [
  [' { "a" : [ 1 , 2.50 ] } ', '{"a":[1,2.5]}'],
  ["1.0", "1.0"],
  ["1E2", "100.0"],
  ["1e22", "1e+22"],
  ["-0", "0"],
  ["-0.0", "-0.0"],
  ["1e400", "Infinity"],
  ["NaN", "NaN"],
  ["123456789012345678901234567890", "123456789012345678901234567890"],
  ['"\\u0041é\\/\u007f"', '"A\\u00e9/\\u007f"'],
  ['"\\ud800"', '"\\ud800"'],
  ['{"b":1,"a":2,"b":3}', '{"b":3,"a":2}'],
  ['{"10":1,"2":2,"__proto__":3}', '{"10":1,"2":2,"__proto__":3}'],
  ["[true,null,false]", "[true,null,false]"],
];

test("a value is written as Python writes it after reading it", () => {
  for (const [text, normal] of CASES) assert.equal(normalPythonJson(text), normal);
});

test("invalid JSON is refused", () => {
  for (const text of ["", "{", "{'a':1}", "01", "[1,]", "1 2", "undefined"]) {
    assert.throws(() => normalPythonJson(text), SyntaxError, text);
  }
});
