/** Sockets keep session data in a compact form that restores the exact text, and that logins share where possible. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSessionCodec } from "../../../src/session/codec.ts";
import { compactOf, fromCompact, SessionPayload } from "../../../src/session/payload.ts";

const BACKEND = "django.contrib.auth.backends.ModelBackend";

function login(id: string, hash: string, rest: string = ""): string {
  return `{"_auth_user_id":"${id}","_auth_user_backend":"${BACKEND}","_auth_user_hash":"${hash}"${rest}}`;
}

function compact(text: string): ReturnType<typeof compactOf> {
  return compactOf(SessionPayload.fromText(text)!);
}

describe("the compact form of session data", () => {
  test("has one form for all sessions that hold only a login", () => {
    const one = compact(login("7", "a".repeat(64)));
    const other = compact(login("123456", "0123456789abcdef".repeat(4)));
    assert.equal(one.form, other.form);
    assert.equal(one.parts, `7.${"a".repeat(64)}`);
    assert.ok(!one.form.includes("a".repeat(64)));
  });

  test("restores every text exactly", () => {
    const hash = "0f".repeat(32);
    const texts = [
      "{}",
      '{"cart":[1.0,NaN,"\\ud800"]}',
      login("7", hash),
      login("0190c3a2-7d4e-7000-8000-0123456789ab", hash),
      login("7", "7"),
      login("7", hash, ',"cart":"7"'),
      login("$&", hash),
      login("a.b", hash),
      login('\\"7\\"', hash),
      login("", hash),
      login("7", ""),
      `{"_auth_user_hash": "${hash}", "_auth_user_id": "7", "_auth_user_backend": "7"}`,
      `{"_auth_user_id":7,"_auth_user_backend":"${BACKEND}","_auth_user_hash":"${hash}"}`,
      `{"_auth_user_id":"7","_auth_user_backend":"7","_auth_user_hash":"_auth_user_id"}`,
      `{"_auth_user_id":"_auth_user_backend","_auth_user_backend":"x","_auth_user_hash":"${hash}"}`,
      `{"_auth_user_id":"7","_auth_user_id":"8","_auth_user_backend":"x","_auth_user_hash":"${hash}"}`,
    ];
    for (const text of texts) {
      const payload = SessionPayload.fromText(text)!;
      assert.equal(fromCompact(compactOf(payload)).text, payload.text);
    }
  });

  test("is computed once for data that come from the codec's cache", () => {
    const codec = createSessionCodec({ keys: { current: "secret", fallbacks: [] } });
    const text = codec.encode(SessionPayload.fromText(login("7", "0f".repeat(32)))!);
    assert.equal(compactOf(codec.decode(text)!), compactOf(codec.decode(text)!));
  });

  test("has a limited number of forms, beyond which texts are kept whole", () => {
    const texts = Array.from(
      { length: 200 },
      (_, index) => login("7", "f0".repeat(32)).replace(BACKEND, `b${index}`),
    );
    const forms = texts.map((text) => compact(text));
    assert.ok(forms.some(({ parts }) => parts === ""));
    texts.forEach((text, index) => assert.equal(fromCompact(forms[index]!).text, text));
  });
});
