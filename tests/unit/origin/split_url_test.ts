import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { joinUrl, splitUrl } from "../../../src/origin/split_url.ts";

function partsOf(url: string): string[] | null {
  const parts = splitUrl(url);
  return parts && [parts.scheme, parts.netloc, parts.path, parts.query, parts.fragment];
}

// The results of CPython 3.11's urlsplit.
const AS_PYTHON: [url: string, parts: string[] | null][] = [
  ["https://user@example.com:80/p?q#f", ["https", "user@example.com:80", "/p", "q", "f"]],
  ["HTTPS://EXAMPLE.com", ["https", "EXAMPLE.com", "", "", ""]],
  ["http:///evil.com", ["http", "", "/evil.com", "", ""]],
  ["http:example.com", ["http", "", "example.com", "", ""]],
  ["//example.com?q#f?g", ["", "example.com", "", "q", "f?g"]],
  ["/path?a?b", ["", "", "/path", "a?b", ""]],
  ["https://a\\.b/c", ["https", "a\\.b", "/c", "", ""]],
  ["\0 https://a/", ["https", "a", "/", "", ""]],
  ["ht\ntps://a\t.b/\rc", ["https", "a.b", "/c", "", ""]],
  ["1http://a", ["", "", "1http://a", "", ""]],
  [":a", ["", "", ":a", "", ""]],
  ["http://[::1]:8000/", ["http", "[::1]:8000", "/", "", ""]],
  ["http://[::1", null],
  ["http://::1]/", null],
  ["http://[evil.com]/", null],
  ["https://evil.com\uff0f.example.com/", null],
  ["https://evil.com\u2100.example.com/", null],
  ["https://m\u00fcnchen.de/", ["https", "m\u00fcnchen.de", "/", "", ""]],
];

test("a URL is split as in Python", () => {
  for (const [url, parts] of AS_PYTHON) assert.deepEqual(partsOf(url), parts, JSON.stringify(url));
});

test("a split URL is joined again without its empty parts", () => {
  const joined = (url: string): string | null => {
    const parts = splitUrl(url);
    return parts && joinUrl(parts);
  };
  assert.equal(joined("HTTPS://a.b/c?d#e"), "https://a.b/c?d#e");
  assert.equal(joined("https://a.b?#"), "https://a.b");
});

test("property: no text throws", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.constantFrom("", "//", "http://[", "https://"),
      (text, start) => {
        const parts = splitUrl(start + text);
        assert.ok(parts === null || !/[/?#]/.test(parts.netloc));
      },
    ),
  );
});
