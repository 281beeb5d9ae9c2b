/** The claims of a token. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { idIn, TokenClaims } from "../../../src/jwt/claims/claims.ts";

function claims(text: string): TokenClaims {
  const read = TokenClaims.fromText(text);
  assert.ok(read !== null);
  return read;
}

describe("claims", () => {
  it("are written as Python rewrites them", () => {
    assert.equal(
      claims('{ "a":1.0, "b" : "é", "a": 12345678901234567890 }').text,
      '{"a":12345678901234567890,"b":"\\u00e9"}',
    );
  });

  it("are null for anything but an object", () => {
    for (const text of ["", "[]", "1", '"a"', "null", "{", '{"a":}']) {
      assert.equal(TokenClaims.fromText(text), null);
    }
  });

  it("are parsed alike by the fast path for plain JSON and the general one", () => {
    for (
      const text of ['{"a":1,"b":"x","c":null,"d":true}', '{"a":0}', '{"a":999999999999999}', '{"a":1,"a":2}']
    ) {
      const [plain, spaced] = [claims(text), claims(` ${text}`)];
      assert.deepEqual(plain.toObject(), spaced.toObject());
      assert.equal(plain.text, spaced.text);
    }
    for (
      const text of [
        '{"a":1,}',
        '{"a":01}',
        '{"a":1}}',
        '{"a":1} x',
        '{"a":"\n"}',
        '{"a":1,"b"}',
        '{"a":tru}',
        "{a:1}",
      ]
    ) {
      assert.equal(TokenClaims.fromText(text), null, text);
    }
    assert.equal(claims('{"a":1}\n').get("a"), 1);
    assert.equal(claims("{}").text, "{}");
  });

  it("distinguish a float from an integer in an identifier", () => {
    const cases: readonly (readonly [json: string, id: unknown])[] = [
      ...[["1", 1], ['"1.0"', "1.0"], ["null", null], ["true", true]] as const,
      ...[["1.0", "1.0"], ["1e0", "1.0"], ["-1E2", "-100.0"], ["1.5", "1.5"], ["NaN", "NaN"]] as const,
    ];
    for (const [json, id] of cases) {
      for (const rest of ["", ',"b":[]', ',"b":"x:1.5"']) {
        assert.equal(idIn(claims(`{"a": ${json}${rest}}`), "a"), id, `${json}${rest}`);
      }
    }
    assert.equal(idIn(claims("{}"), "a"), undefined);
    assert.equal(claims('{"a":1.0}').text, '{"a":1.0}');
  });

  it("are returned as copies, so that changing one does not affect the token", () => {
    const read = claims('{"roles":["a"]}');
    (read.get("roles") as string[]).push("b");
    assert.deepEqual(read.get("roles"), ["a"]);
    assert.equal(read.text, '{"roles":["a"]}');
  });

  it("have no members of Object.prototype", () => {
    const read = claims('{"a":1}');
    assert.deepEqual([read.get("constructor"), read.has("toString"), read.get("__proto__")], [
      undefined,
      false,
      undefined,
    ]);
    assert.deepEqual(Object.entries(claims('{"__proto__":{"x":1}}').toObject()), [["__proto__", { x: 1 }]]);
    assert.equal(JSON.stringify(claims('{"__proto__":{"x":1}}')), '{"__proto__":{"x":1}}');
  });

  it("are serialised to JSON, with integers that would be rounded as strings", () => {
    const read = claims('{"a":1.5,"b":{"c":[true,1180591620717411303424]},"big":1180591620717411303424}');
    assert.equal(
      JSON.stringify({ read }),
      '{"read":{"a":1.5,"b":{"c":[true,"1180591620717411303424"]},"big":"1180591620717411303424"}}',
    );
  });

  it("keep their position when changed, and are appended when new", () => {
    assert.equal(claims('{"a":1,"b":2}').with([["a", 3], ["c", "4"]]).text, '{"a":3,"b":2,"c":"4"}');
  });

  it("take over another token's claims unchanged, with exceptions", () => {
    const both = claims('{"own":1}').withAll(claims('{"f":1.0,"exp":2,"own":3}'), new Set(["exp", "own"]));
    assert.equal(both.text, '{"own":1,"f":1.0}');
  });

  it("refuse values that JSON cannot represent", () => {
    for (const value of [undefined, () => 1, new Map(), Symbol("s")]) {
      assert.throws(() => claims("{}").with([["a", value]]), TypeError);
    }
  });
});
