/** Python's `str.strip()`. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { pythonStrip } from "../../../src/internal/python/strip.ts";

/** Every character for which `str.isspace()` is true: `[hex(c) for c in range(0x110000) if chr(c).isspace()]`. */
const SPACES = [
  ...[0x9, 0xa, 0xb, 0xc, 0xd, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680],
  ...[0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a],
  ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
].map((code) => String.fromCharCode(code));

describe("pythonStrip", () => {
  it("strips every character that Python considers space, and no other", () => {
    const stripped = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code))
      .filter((character) => pythonStrip(character) === "");
    assert.deepEqual(stripped, SPACES);
  });

  it("keeps inner space, and characters that only JavaScript trims", () => {
    assert.equal(pythonStrip(" \t\x1c a  b\u3000\n"), "a  b");
    assert.equal(pythonStrip("\ufeffa\u200b"), "\ufeffa\u200b");
    assert.equal(pythonStrip(""), "");
  });

  it("returns the text between leading and trailing space", () => {
    const space = fc.array(fc.constantFrom(...SPACES)).map((characters) => characters.join(""));
    const inner = fc.string({ unit: "binary" }).map((text) => `<${text}>`);
    fc.assert(fc.property(space, inner, space, (before, text, after) => {
      assert.equal(pythonStrip(before + text + after), text);
    }));
  });

  it("takes linear time for a long run of inner space", () => {
    const text = `a${" ".repeat(200_000)}b`;
    const started = performance.now();
    assert.equal(pythonStrip(text), text);
    assert.ok(performance.now() - started < 1000);
  });
});
