/** Which frames are messages of djauth, and which belong to the application. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownMessage, tokenOf } from "../../../src/sockets/protocol/token_messages.ts";
import { tokenIn } from "../../../src/sockets/protocol/subprotocols.ts";

const REFRESH = { type: "djauth.refresh", token: "t" };

describe("a frame", () => {
  test("is a djauth message however its JSON is written", () => {
    const written = [
      '{"type":"djauth.refresh","token":"t"}',
      '{"type": "djauth.refresh", "token": "t"}',
      '{"token":"t","type":"djauth.refresh"}',
      '\n{\n  "id": 7,\n  "type": "djauth.refresh",\n  "token": "t"\n}\n',
      '{"type":"chat","type":"djauth.refresh","token":"t"}',
      '{"type":"\\u0064jauth.refresh","token":"t"}',
      '{"type":"djauth\\u002erefresh","token":"t"}',
      '\r\n\t {"token":"t","type":"djauth\\u002Erefresh"}',
      '{"t\\u0079pe":"djauth.refresh","token":"t"}',
      '{"\\u0074ype":"\\u0064jauth.refresh","token":"\\u0074"}',
    ];
    for (const text of written) {
      assert.deepEqual(ownMessage(text), REFRESH, text);
      assert.equal(tokenOf(text, "djauth.refresh"), "t");
      assert.equal(tokenOf(text, "djauth.authenticate"), null);
    }
  });

  test("is a djauth message if it begins like one, even if it is invalid or unknown", () => {
    for (
      const text of [
        '{"type":"djauth.',
        '{"type":"djauth.refresh","token":"t"',
        '{"type":"djauth.anything"}',
        '{"type":"djauth.refresh","token":7}',
        '{"type":"djauth.refresh","type":"chat"}',
        `{"type":"djauth.refresh","token":"${"t".repeat(20_000)}"}`,
      ]
    ) {
      assert.equal(ownMessage(text)?.token, null, text.slice(0, 50));
    }
  });

  test("that begins like one of djauth's is one whatever its last type is, and nothing is thrown", () => {
    const deep = "[".repeat(9000) + "]".repeat(9000);
    for (
      const last of ['{"toString":1}', '{"toString":null,"valueOf":1}', "[[]]", deep, "null", "7", "true"]
    ) {
      const text = `{"type":"djauth.refresh","token":"t","type":${last}}`;
      assert.equal(ownMessage(text)?.type, "", last.slice(0, 20));
      assert.equal(tokenOf(text, "djauth.refresh"), null);
    }
  });

  test("belongs to the application in every other case", () => {
    for (
      const text of [
        "",
        "djauth.refresh",
        '"djauth.refresh"',
        '["djauth.refresh"]',
        "null",
        '{"type":"chat","text":"I said \\"djauth.refresh\\""}',
        '{"type":"chat","text":"djauth.refresh"}',
        '{"type":["djauth.refresh"]}',
        '{"type":"djauthor"}',
        ' {"type":"djauth.refresh"',
        '{"type":"chat","text":"caf\\u00e9"}',
        '["\\u0064jauth.refresh"]',
        '{"type":"\\\\u0064jauth.refresh"}',
        '{"type":"\\U0064jauth.refresh"}',
        `{"text":"${"x".repeat(20_000)}","type":"\\u0064jauth.refresh"}`,
        `{"text":"${"x".repeat(20_000)}","type":"djauth.refresh"}`,
      ]
    ) {
      assert.equal(ownMessage(text), null, text.slice(0, 50));
    }
    assert.equal(ownMessage(new TextEncoder().encode(JSON.stringify(REFRESH))), null);
  });
});

test("two different tokens among the subprotocols are joined by a comma, a repeated one is not", () => {
  assert.equal(tokenIn(["djauth", "djauth.bearer.a.b.c", "chat"]), "a.b.c");
  assert.equal(tokenIn(["djauth.bearer.a.b.c", "djauth.bearer.a.b.c"]), "a.b.c");
  assert.equal(tokenIn(["djauth.bearer.a.b.c", "djauth.bearer.d.e.f"]), "a.b.c,d.e.f");
  assert.equal(tokenIn(["djauth", "chat"]), null);
});
