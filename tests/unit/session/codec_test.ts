/** The encoding of session data. Data written by Django are tested in `tests/vectors/`. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TimestampSigner } from "../../../src/crypto/timestamp_signer.ts";
import { createSessionCodec, DEFAULT_SESSION_SALT } from "../../../src/session/codec.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import { textFingerprint } from "../../../src/session/text_fingerprint.ts";
import type { SecretKeys } from "../../../src/types.ts";
import { objectText, pythonMembers } from "../internal/python_texts.ts";

const KEYS: SecretKeys = { current: "new secret", fallbacks: ["old secret"] };
const OLD: SecretKeys = { current: "old secret", fallbacks: [] };
const CLOCK = { now: () => 1_700_000_000_000 };
// Made by Django 3.2.25 with DEFAULT_HASHING_ALGORITHM = "sha1" and the key "legacy secret".
const LEGACY_TEXT =
  "MzNkMjVhMDhkM2Y0YzEwZGJiNWZmNmRhNmNjODQwY2NkMTFlNDI1ODp7Il9hdXRoX3VzZXJfaWQiOiIxIiwibiI6MS4w" +
  "LCJ0IjoiXHUyMDE5In0=";
const LEGACY_JSON = '{"_auth_user_id":"1","n":1.0,"t":"\\u2019"}';

const codec = createSessionCodec({ keys: KEYS, clock: CLOCK });

function payloadOf(text: string): SessionPayload {
  return SessionPayload.fromText(text)!;
}

function signed(text: string): string {
  return new TimestampSigner({ key: KEYS.current, salt: DEFAULT_SESSION_SALT, clock: CLOCK }).signText(text);
}

test("a fallback key is still accepted, and only the current key signs", () => {
  const old = createSessionCodec({ keys: OLD, clock: CLOCK }).encode(payloadOf('{"a":1}'));
  assert.equal(codec.decode(old)?.text, '{"a":1}');
  const anew = codec.encode(codec.decode(old)!);
  assert.equal(
    createSessionCodec({ keys: { current: "new secret", fallbacks: [] } }).decode(anew)?.text,
    '{"a":1}',
  );
  assert.equal(createSessionCodec({ keys: OLD }).decode(anew), null);
});

test("an engine with another class name has another salt", () => {
  const other = createSessionCodec({ keys: KEYS, salt: "django.contrib.sessions.MyStore", clock: CLOCK });
  const text = other.encode(payloadOf('{"a":1}'));
  assert.equal(other.decode(text)?.text, '{"a":1}');
  assert.deepEqual(codec.verify(text), { code: "bad_signature" });
});

test("verified data have the fingerprint of their text, and one frozen object serves all readers", () => {
  const text = codec.encode(payloadOf('{"a":1}'));
  const fresh = createSessionCodec({ keys: KEYS });
  // A text is cached when it occurs for the second time.
  const [first, second, third] = [1, 2, 3].map(() => fresh.verify(text));
  for (const verified of [first, third, codec.verify(text)]) {
    assert.ok(verified !== undefined && "payload" in verified);
    assert.equal(verified.payload.text, '{"a":1}');
    assert.equal(verified.fingerprint, textFingerprint(text));
  }
  assert.equal(second, third);
  assert.ok(Object.isFrozen(third));
});

test("long data are compressed", () => {
  const text = codec.encode(payloadOf(`{"long":"${"x".repeat(5000)}"}`));
  assert.equal(text.startsWith("."), true);
  assert.equal(text.length < 200, true);
  assert.equal(createSessionCodec({ keys: KEYS }).decode(text)?.get("long"), "x".repeat(5000));
});

test("data that would be too large to read are not written", () => {
  const payload = SessionPayload.fromText(JSON.stringify({ a: "x".repeat(5_000_000) }))!;
  const codec = createSessionCodec({ keys: KEYS });
  assert.equal(codec.decode(codec.encode(payload))?.text, payload.text);
  assert.throws(() => createSessionCodec({ keys: KEYS, ceiling: 4000 }).encode(payload), {
    name: "RangeError",
    message: "The session has 5000008 bytes of data, expected at most 4000",
  });
});

test("data beyond the size limit are not decompressed", () => {
  const text = codec.encode(payloadOf(`{"long":"${"x".repeat(5000)}"}`));
  assert.deepEqual(createSessionCodec({ keys: KEYS, ceiling: 4000 }).verify(text), { code: "undecodable" });
});

test("correctly signed data that are not an object are undecodable", () => {
  for (const text of ["[1]", "7", "null", '"text"', "{", ""]) {
    assert.deepEqual(codec.verify(signed(text)), { code: "undecodable" }, text);
    assert.equal(codec.decode(signed(text)), null);
  }
});

test("unescaped data of another serializer are read as Latin-1", () => {
  assert.equal(codec.decode(signed('{"a":"é"}'))?.text, '{"a":"\\u00e9"}');
});

test("a text is decoded once and cached, and forgeries of it are still refused", () => {
  const text = codec.encode(payloadOf('{"a":1}'));
  assert.equal(codec.decode(text), codec.decode(text));
  for (const forged of [`${text} `, text.slice(0, -1), text.toUpperCase(), `x${text}`]) {
    assert.equal(codec.decode(forged), null);
  }
});

test("the format of Django 3.0 is read only with the legacy option", () => {
  const keys = { current: "new", fallbacks: ["legacy secret"] };
  const legacy = createSessionCodec({ keys, legacy: true });
  assert.equal(legacy.decode(LEGACY_TEXT)?.text, LEGACY_JSON);
  assert.deepEqual(createSessionCodec({ keys }).verify(LEGACY_TEXT), { code: "bad_signature" });
  assert.deepEqual(createSessionCodec({ keys: KEYS, legacy: true }).verify(LEGACY_TEXT), {
    code: "bad_signature",
  });
  const other = createSessionCodec({ keys, legacy: true, salt: "django.contrib.sessions.MyStore" });
  assert.deepEqual(other.verify(LEGACY_TEXT), { code: "bad_signature" });
});

test("an empty key is refused at once", () => {
  assert.throws(() => createSessionCodec({ keys: { current: "", fallbacks: [] } }), RangeError);
});

test("property: every session is restored byte for byte", () => {
  const reader = createSessionCodec({ keys: KEYS });
  fc.assert(fc.property(pythonMembers, (members) => {
    const text = objectText(members);
    assert.equal(reader.decode(codec.encode(payloadOf(text)))?.text, text);
  }));
});

test("property: no text makes the reader throw, and only signed text is accepted", () => {
  const legacy = createSessionCodec({ keys: KEYS, legacy: true });
  const good = codec.encode(payloadOf('{"_auth_user_id":"1"}'));
  const changed = fc.tuple(fc.nat(good.length - 1), fc.string({ unit: "binary", maxLength: 2 })).map(
    ([at, piece]) => good.slice(0, at) + piece + good.slice(at + 1),
  );
  const strange = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.base64String(),
    fc.stringMatching(/^[.:A-Za-z0-9_-]*$/),
    changed,
  );
  fc.assert(fc.property(strange.filter((text) => text !== good), (text) => {
    assert.deepEqual(codec.verify(text), { code: "bad_signature" });
    assert.deepEqual(legacy.verify(text), { code: "bad_signature" });
  }));
});

test("a short text that decompresses to a long one is not cached", () => {
  const reader = createSessionCodec({ keys: KEYS, clock: CLOCK });
  const small = codec.encode(payloadOf('{"a":1}'));
  // A text is cached on its second occurrence.
  assert.ok(reader.decode(small) !== null && Object.is(reader.decode(small), reader.decode(small)));
  const length = 1024 * 1024;
  const packed = codec.encode(payloadOf(`{"a":"${"x".repeat(length)}"}`));
  assert.ok(packed.length < 8192, `${packed.length} characters`);
  for (const { decode } of [reader, codec]) {
    for (let time = 0; time < 3; time++) decode(packed);
    const [first, second] = [decode(packed)!, decode(packed)!];
    assert.equal(first.text.length, length + 8);
    assert.ok(first.text === second.text);
    assert.ok(!Object.is(first, second), "kept");
  }
});
