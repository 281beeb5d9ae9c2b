import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dumps, dumpsText, loads, loadsText } from "../../src/crypto/signing.ts";
import { vectorCases } from "./load.ts";

interface Case {
  json: string;
  salt: string;
  compress: boolean;
  text: string;
}

describe("signing.dumps and loads equal Django's", () => {
  for (const { release, data, cases } of vectorCases<Case>("signing")) {
    const key = data.secretKey;
    const clock = { now: () => data.now * 1000 };

    it(`Django ${release}: ${cases.length} signed texts are read without loss`, () => {
      for (const { json, salt, text } of cases) {
        assert.equal(loadsText(text, { key, salt, clock, maxAge: 10 }), json);
      }
    });

    it(`Django ${release}: uncompressed output has the same bytes`, () => {
      const uncompressed = cases.filter(({ text }) => !text.startsWith("."));
      assert.notEqual(uncompressed.length, 0);
      for (const { json, salt, text } of uncompressed) {
        assert.equal(dumpsText(json, { key, salt, clock }), text);
      }
    });

    it(`Django ${release}: objects and lists are loaded and dumped to the same bytes`, () => {
      const containers = cases.filter(({ json, text }) => /^[[{]/.test(json) && !text.startsWith("."));
      assert.notEqual(containers.length, 0);
      for (const { salt, text } of containers) {
        assert.equal(dumps(loads(text, { key, salt }), { key, salt, clock }), text);
      }
    });

    it(`Django ${release}: compressed output is read again`, () => {
      for (const { json, salt } of cases) {
        assert.equal(loadsText(dumpsText(json, { key, salt, compress: true }), { key, salt }), json);
      }
    });
  }
});
