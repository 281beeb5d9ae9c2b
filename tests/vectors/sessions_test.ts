/** Session data written by real Django: read byte for byte, written to the same data, and refused when changed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSessionCodec, type SessionCodec } from "../../src/session/codec.ts";
import { SessionPayload } from "../../src/session/payload.ts";
import { vectorCases, type VectorFile } from "./load.ts";

interface SessionVector {
  json: string;
  key: "current" | "fallback";
  text: string;
}

interface TamperedVector {
  text: string;
  json: string;
}

function codecOf(
  { secretKey, fallbackKeys, now }: VectorFile,
  options: { legacy?: boolean } = {},
): SessionCodec {
  const keys = { current: secretKey, fallbacks: fallbackKeys };
  return createSessionCodec({ keys, clock: { now: () => now * 1000 }, ...options });
}

/** As {@link codecOf}, without the fallback keys. */
function currentCodecOf(data: VectorFile): SessionCodec {
  return codecOf({ ...data, fallbackKeys: [] });
}

for (const { release, data, cases } of vectorCases<SessionVector>("sessions")) {
  test(`Django ${release}: session data are read byte for byte`, () => {
    for (const { text, json } of cases) assert.equal(codecOf(data).decode(text)?.text, json);
  });

  test(`Django ${release}: session data of a fallback key are refused without it`, () => {
    // Django 3.2 has no SECRET_KEY_FALLBACKS.
    assert.equal(cases.some(({ key }) => key === "fallback"), release !== "3.2");
    for (const { text, key } of cases) {
      assert.equal(currentCodecOf(data).decode(text) !== null, key === "current", text);
    }
  });

  test(`Django ${release}: data are written with the current key and read again unchanged`, () => {
    for (const { json } of cases) {
      const text = codecOf(data).encode(SessionPayload.fromText(json)!);
      assert.equal(currentCodecOf(data).decode(text)?.text, json);
    }
  });

  test(`Django ${release}: all members can be read, and adding and removing one leaves the text unchanged`, () => {
    for (const { json } of cases) {
      const payload = SessionPayload.fromText(json)!;
      for (const key of payload.keys()) assert.notEqual(payload.get(key), undefined);
      assert.equal(payload.with([["new key", "1"], ["new key", null]]).text, json);
    }
  });
}

for (const { release, data, cases } of vectorCases<TamperedVector>("sessionsTampered")) {
  test(`Django ${release}: tampered session data give the same result`, () => {
    for (const { text, json } of cases) {
      assert.equal((codecOf(data).decode(text) ?? SessionPayload.EMPTY).text, json, text);
    }
  });
}

for (const { release, data, cases } of vectorCases<SessionVector>("sessionsLegacySha1")) {
  test(`Django ${release}: session data in the SHA-1 format are read only with the legacy option`, () => {
    const legacy = codecOf(data, { legacy: true });
    for (const { text, json } of cases) {
      assert.equal(legacy.decode(text)?.text, json);
      assert.deepEqual(codecOf(data).verify(text), { code: "bad_signature" });
    }
  });
}
