/** Session data as a value. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SessionPayload } from "../../../src/session/payload.ts";
import { objectText, pythonMembers, pythonText } from "../internal/python_texts.ts";

const TEXT = '{"10":1.0,"2":-0.0,"__proto__":{"x":12345678901234567890},"s":"a\\u00e9","plain":"7"}';

function payloadOf(text: string): SessionPayload {
  const payload = SessionPayload.fromText(text);
  assert.ok(payload !== null, text);
  return payload;
}

test("members are read by key", () => {
  const payload = payloadOf(TEXT);
  assert.equal(payload.get("plain"), "7");
  assert.equal(payload.get("s"), "aé");
  assert.equal(payload.get("10"), 1);
  assert.deepEqual(payload.get("__proto__"), { x: 12345678901234567890n });
  assert.equal(payload.get("toString"), undefined);
  assert.equal(payload.raw("10"), "1.0");
  assert.equal(payload.raw("none"), undefined);
  assert.deepEqual([...payload.keys()], ["10", "2", "__proto__", "s", "plain"]);
  assert.equal(payload.size, 5);
  assert.equal(payload.has("2"), true);
  assert.equal(payload.has("none"), false);
});

test("changing a returned value does not change the payload", () => {
  const payload = payloadOf('{"list":[1]}');
  (payload.get("list") as number[]).push(2);
  assert.deepEqual(payload.get("list"), [1]);
  assert.equal(payload.text, '{"list":[1]}');
});

test("the text is unchanged, and after a change all other members keep theirs", () => {
  const payload = payloadOf(TEXT);
  assert.equal(payload.text, TEXT);
  assert.equal(
    payload.with([["s", null], ["n", "1e5"]]).text,
    `${TEXT.slice(0, TEXT.indexOf(',"s"'))},"plain":"7","n":1e5}`,
  );
  assert.equal(payload.with([["10", "2"]]).text, TEXT.replace("1.0", "2"));
  assert.equal(payload.with(new Map([["10", null]])).with([["10", "3"]]).text.endsWith(',"10":3}'), true);
  assert.equal(payload.text, TEXT);
});

test("non-ASCII characters are escaped, since Django reads session data as Latin-1", () => {
  assert.equal(payloadOf('{"é":"ü\u2028"}').text, '{"\\u00e9":"\\u00fc\\u2028"}');
  assert.equal(SessionPayload.fromEntries([["é", '"ü"']]).text, '{"\\u00e9":"\\u00fc"}');
});

test("text that is not a JSON object has no payload", () => {
  for (const text of ["", "[]", "7", "null", '{"a":}', '{"a":1', "{}x"]) {
    assert.equal(SessionPayload.fromText(text), null, text);
  }
});

test("a backslash before a non-ASCII character is not an escape", () => {
  for (const character of ["é", "\x7f", "\ud800"]) {
    assert.equal(SessionPayload.fromText(`{"a":"\\${character}"}`), null);
    assert.throws(() => SessionPayload.EMPTY.with([["a", `"\\${character}"`]]), SyntaxError);
  }
});

test("a value that is not JSON is refused", () => {
  for (const text of ["", "x", '1,"admin":true', "1}"]) {
    assert.throws(() => SessionPayload.EMPTY.with([["a", text]]), SyntaxError, text);
  }
  assert.throws(() => new SessionPayload(Symbol("unchecked"), new Map()), TypeError);
});

test("the empty payload is an empty object", () => {
  assert.equal(SessionPayload.EMPTY.text, "{}");
  assert.equal(SessionPayload.fromEntries([]).text, "{}");
  assert.equal(SessionPayload.EMPTY.size, 0);
});

test("property: changing one key keeps the bytes and the order of all others", () => {
  fc.assert(fc.property(pythonMembers, fc.nat(), pythonText, (members, index, text) => {
    const key = members[index % Math.max(members.length, 1)]?.[0] ?? "new";
    const payload = payloadOf(objectText(members));
    assert.equal(payload.with([[key, text]]).text, objectText([...new Map(members).set(key, text)]));
    assert.equal(payload.with([[key, null]]).text, objectText(members.filter(([name]) => name !== key)));
  }));
});
