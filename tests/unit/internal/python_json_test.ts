/** Python's JSON: how JavaScript represents it, and that nothing is lost on the way back. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  parseCheckedJson,
  parsePythonJson,
  requirePythonJson,
  scanPythonObject,
  stringifyPythonJson,
} from "../../../src/internal/python/json.ts";
import { objectText, pythonMembers, pythonText } from "./python_texts.ts";

type Tree = Record<string, unknown>;

function parsed<Value = Tree>(text: string): Value {
  return parsePythonJson(text) as Value;
}

test("values that only Python has are read in a documented form", () => {
  assert.deepEqual(parsed("[9007199254740991,9007199254740992,-9007199254740993,1.0,1e3,-0,-0.0]"), [
    9007199254740991,
    9007199254740992n,
    -9007199254740993n,
    1,
    1000,
    0,
    -0,
  ]);
  assert.deepEqual(parsed("[NaN,Infinity,-Infinity,1e400]"), [NaN, Infinity, -Infinity, Infinity]);
  assert.equal(parsed(String(2n ** 70n)), 2n ** 70n);
  assert.equal(parsed('"\\ud800"'), "\ud800");
});

test("a repeated key has its last value at its first position", () => {
  assert.deepEqual(Object.entries(parsed('{"a":1,"b":2,"a":3}')), [["a", 3], ["b", 2]]);
  assert.deepEqual([...scanPythonObject('{"a":1,"b":2,"a":3}')!], [["a", "3"], ["b", "2"]]);
});

test("__proto__ is an ordinary key", () => {
  const object = parsed('{"__proto__":{"isAdmin":true}}');
  assert.deepEqual(Object.keys(object), ["__proto__"]);
  assert.equal(object["isAdmin"], undefined);
  assert.equal(stringifyPythonJson(object), '{"__proto__":{"isAdmin":true}}');
});

test("text that Python's json.loads refuses is refused", () => {
  const refused = [
    "",
    " ",
    "{",
    "[1,]",
    '{"a":1,}',
    "{'a':1}",
    "{a:1}",
    "01",
    "1.",
    ".5",
    "+1",
    "-",
    "1 2",
    "nan",
    "-NaN",
    "undefined",
    '"\n"',
    '"\\x41"',
    '"\\u12"',
    '"\\u12 4"',
    '"',
    '"\\',
    "\ufeff1",
    "\u00a01",
    "[1]]",
    "1".repeat(4301),
    `-${"1".repeat(4301)}`,
  ];
  for (const text of refused) {
    assert.throws(() => parsePythonJson(text), SyntaxError, text.slice(0, 20));
    assert.throws(() => requirePythonJson(text), SyntaxError, text.slice(0, 20));
    assert.equal(scanPythonObject(`{"a":${text}}`), null, text.slice(0, 20));
  }
});

test("an integer may have as many digits as Python reads", () => {
  assert.equal(stringifyPythonJson(parsePythonJson(`-${"1".repeat(4300)}`)), `-${"1".repeat(4300)}`);
});

test("nesting is limited when reading and writing", () => {
  assert.equal(stringifyPythonJson(parsePythonJson("[".repeat(1000) + "]".repeat(1000))).length, 2000);
  for (const [open, close] of [["[", "]"], ['{"a":', "}"]] as const) {
    const text = open.repeat(100_000) + "1" + close.repeat(100_000);
    assert.throws(() => parsePythonJson(text), SyntaxError);
    assert.equal(scanPythonObject(`{"a":${text}}`), null);
  }
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  assert.throws(() => stringifyPythonJson(deep), TypeError);
});

test("white space between tokens is accepted", () => {
  assert.deepEqual(parsed(' \n{ "a" :\t[ 1 ,\r2 ] , "b" : { } , "c" : [ ] } '), { a: [1, 2], b: {}, c: [] });
  assert.deepEqual([...scanPythonObject(' { "a" : [ 1 ] } ')!], [["a", "[ 1 ]"]]);
});

test("scanPythonObject returns null for anything but an object", () => {
  for (const text of ["[1]", "1", "null", '"{}"', "", "{} {}"]) {
    assert.equal(scanPythonObject(text), null, text);
  }
});

test("values are written as json.dumps writes them", () => {
  const texts: [unknown, string][] = [
    [1, "1"],
    [-0, "-0.0"],
    [0.1, "0.1"],
    [1e16, "1e+16"],
    [2 ** 53, "9007199254740992.0"],
    [123456789012345680000, "1.2345678901234568e+20"],
    [0.0001, "0.0001"],
    [0.00001234, "1.234e-05"],
    [1e-7, "1e-07"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [NaN, "NaN"],
    [-Infinity, "-Infinity"],
    [2n ** 70n, "1180591620717411303424"],
    [
      'é\u007f\u2028\ud83d\ude00\ud800\b\f\n\r\t\0"\\/',
      '"\\u00e9\\u007f\\u2028\\ud83d\\ude00\\ud800\\b\\f\\n\\r\\t\\u0000\\"\\\\/"',
    ],
    [[true, false, null], "[true,false,null]"],
    [{ b: 1, a: { c: [] }, u: undefined }, '{"b":1,"a":{"c":[]}}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ];
  for (const [value, text] of texts) assert.equal(stringifyPythonJson(value), text);
});

test("values that JSON cannot represent are refused, not dropped", () => {
  const circle: unknown[] = [];
  circle.push({ circle });
  const refused = [
    undefined,
    () => 1,
    Symbol("s"),
    [undefined],
    new Array(1),
    new Map(),
    new Set(),
    /x/,
    circle,
  ];
  for (const value of refused) assert.throws(() => stringifyPythonJson(value), TypeError);
  const shared = { n: 1 };
  assert.equal(stringifyPythonJson([shared, shared]), '[{"n":1},{"n":1}]');
});

test("an untouched value is written as it was read", () => {
  const text = '{ "10": 1.0, "2": [1E5, -0.0, {"x": 12345678901234567890}], "é": "\\/", "n": NaN }';
  assert.equal(stringifyPythonJson(parsePythonJson(text)), text);
});

test("everything around a change is written as it was read", () => {
  const value = parsed<{ list: unknown[]; deep: Tree }>(
    '{"10":1.0,"2":-0.0,"list":[1.0,2.0,3.0],"deep":{"a":1.0,"b":2}}',
  );
  value.deep["b"] = 3;
  value.list.splice(1, 1);
  value.list.push(4, { n: 1 });
  assert.equal(
    stringifyPythonJson(value),
    '{"10":1.0,"2":-0.0,"list":[1.0,3.0,4,{"n":1}],"deep":{"a":1.0,"b":3}}',
  );
  delete (value as Tree)["2"];
  (value as Tree)["new"] = value.list;
  assert.equal(
    stringifyPythonJson(value),
    '{"10":1.0,"list":[1.0,3.0,4,{"n":1}],"deep":{"a":1.0,"b":3},"new":[1.0,3.0,4,{"n":1}]}',
  );
});

test("numbers keep their text when their array is sorted or reversed", () => {
  const value = parsed<number[]>("[3.0,1.0,2]");
  assert.equal(stringifyPythonJson(value.sort()), "[1.0,2,3.0]");
  assert.equal(stringifyPythonJson(value.reverse()), "[3.0,2,1.0]");
});

test("a changed copy keeps the text of what it copied", () => {
  const text = '{"10":1.0,"2":{"x":2.0,"y":[3.0,{"z":4.0}]},"3":5}';
  const copy = { ...parsed(text), 3: 6 };
  assert.equal(stringifyPythonJson(copy, text), '{"10":1.0,"2":{"x":2.0,"y":[3.0,{"z":4.0}]},"3":6}');
  assert.equal(stringifyPythonJson(structuredClone(parsed(text)), text), text);
  assert.equal(stringifyPythonJson([1], text), "[1]");
  assert.equal(stringifyPythonJson(1, "1.0"), "1.0");
  assert.equal(stringifyPythonJson(2, "1.0"), "2");
});

test("replacing a number by the identical one keeps its text", () => {
  const value = parsed('{"a":1.0,"b":-0.0}');
  value["a"] = 1;
  value["b"] = 0;
  assert.equal(stringifyPythonJson(value), '{"a":1.0,"b":0}');
});

test("property: Python's text is preserved byte for byte", () => {
  fc.assert(fc.property(pythonText, (text) => {
    assert.equal(stringifyPythonJson(parsePythonJson(`[${text}]`)), `[${text}]`);
    assert.equal(stringifyPythonJson(parsePythonJson(text), text), text);
    assert.equal(requirePythonJson(text), text);
    assert.deepEqual(parseCheckedJson(text), parsePythonJson(text));
  }));
});

test("property: other members keep their bytes and their order when one changes", () => {
  fc.assert(fc.property(pythonMembers, fc.nat(), (members, index) => {
    const value = parsed(objectText(members));
    const changed = members[index % Math.max(members.length, 1)]?.[0] ?? "new";
    Object.defineProperty(value, changed, { value: "changed", enumerable: true });
    const expected = new Map(members).set(changed, '"changed"');
    assert.equal(stringifyPythonJson(value), objectText([...expected]));
  }));
});

test("property: scanPythonObject returns the members with their raw texts", () => {
  fc.assert(fc.property(pythonMembers, (members) => {
    assert.deepEqual([...scanPythonObject(objectText(members))!], members);
  }));
});

test("property: invalid text throws only a SyntaxError, and both readers agree on it", () => {
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "u00e9",
    "1",
    "-",
    ".0",
    "e5",
    "NaN",
    "true",
    " ",
    "\u0000",
    "é",
  ];
  const strange = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join("")),
  );
  fc.assert(fc.property(strange, (text) => {
    let object: unknown = null;
    try {
      object = parsePythonJson(text);
    } catch (error) {
      assert.ok(error instanceof SyntaxError);
    }
    const isObject = typeof object === "object" && object !== null && !Array.isArray(object);
    assert.equal(scanPythonObject(text) !== null, isObject);
  }));
});
