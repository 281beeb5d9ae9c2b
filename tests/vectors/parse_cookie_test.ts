import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cookieValue } from "../../src/internal/cookies.ts";
import { parseCookies } from "../bridge/parse_cookies.ts";
import { vectorCases } from "./load.ts";

interface Case {
  header: string;
  cookies: Record<string, string>;
}

describe("a Cookie header is parsed as in Django", () => {
  for (const { release, cases } of vectorCases<Case>("parseCookie")) {
    it(`Django ${release}: ${cases.length} headers`, () => {
      for (const { header, cookies } of cases) {
        const expected = Object.entries(cookies);
        assert.deepEqual([...parseCookies(header)].sort(), expected.sort());
        for (const [name, value] of expected) assert.equal(cookieValue(header, name), value);
        if (!("" in cookies)) assert.equal(cookieValue(header, ""), undefined);
        assert.equal(cookieValue(header, "absent"), undefined);
      }
    });
  }
});
