import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { iriToUri, urlHasAllowedHostAndScheme } from "../../../src/origin/safe_url.ts";

function isSafe(url: string | null, requireHttps = false): boolean {
  return urlHasAllowedHostAndScheme(url, ["example.com"], requireHttps);
}

test("a path on this site is safe", () => {
  for (
    const url of [
      "/",
      "/a/b?c=http://d.com#e",
      "page",
      "?next=/",
      "#top",
      " /a ",
      "/m\u00fcnchen/",
      "/a//b",
      "/@x",
    ]
  ) {
    assert.equal(isSafe(url), true, url);
  }
});

test("an allowed host is safe; HTTPS is required only if requested", () => {
  assert.equal(isSafe("https://example.com/a"), true);
  assert.equal(isSafe("https://example.com/a", true), true);
  assert.equal(isSafe("http://example.com/a"), true);
  assert.equal(isSafe("http://example.com/a", true), false);
  assert.equal(isSafe("//example.com/a"), true);
  assert.equal(isSafe("//example.com/a", true), false);
});

test("a URL that leads elsewhere in any browser is unsafe", () => {
  const unsafe = [
    "",
    " ",
    "https://evil.com/",
    "//evil.com",
    "//",
    "//?a",
    "//#a",
    "///evil.com",
    "////evil.com",
    "/\\evil.com",
    "\\\\evil.com",
    "\\/evil.com",
    "/\\/evil.com",
    "/\t/evil.com",
    "/\t//evil.com",
    "/\n/evil.com",
    "\t//evil.com",
    "\x08//evil.com",
    "\0//evil.com",
    "\ufeff//evil.com",
    "\u200b//evil.com",
    "/\0",
    "/a\r\nSet-Cookie: a=b",
    "http:///evil.com",
    "http:/evil.com",
    "http:evil.com",
    "https:example.com",
    "https://evil.com\\@example.com",
    "https://example.com@evil.com",
    "https://example.com:80/",
    "https://example.com\\.evil.com",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "ftp://example.com/",
    "http://[::1",
    "/" + "x".repeat(2048),
  ];
  for (const url of unsafe) assert.equal(isSafe(url), false, JSON.stringify(url));
  assert.equal(isSafe(null), false);
});

test("property: a safe URL leads a browser to this site or to an allowed host", () => {
  const piece = fc.constantFrom(
    "/",
    "\\",
    "//",
    "\t",
    "\n",
    "http:",
    "https:",
    "evil.com",
    "example.com",
    "@",
    ":",
    "?",
    "#",
    ".",
    " ",
    "\xa0",
    "\u3000",
    "\ufeff",
    "%2f",
    "[",
    "x",
  );
  const start = fc.constantFrom(
    "",
    "/",
    "//",
    "\\\\",
    "https:",
    "http://",
    "//example.com",
    "https://example.com",
  );
  const pieces = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  const url = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(start, pieces).map((parts) => parts.join("")) },
    { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  );
  const seen = new Map([["here.org", 0], ["example.com", 0]]);
  fc.assert(
    fc.property(url, (text) => {
      if (!isSafe(text)) return;
      for (const written of [text, iriToUri(text)]) {
        // White space after the host, which the rule strips as Django does, makes the URL invalid.
        if (!URL.canParse(written, "https://here.org/")) continue;
        const { host } = new URL(written, "https://here.org/");
        const count = seen.get(host);
        if (count === undefined) assert.fail(`${JSON.stringify(text)} leads to ${host}`);
        seen.set(host, count + 1);
      }
    }),
    { numRuns: 3000 },
  );
  // Enough URLs of both kinds, so that the rule was exercised.
  for (const [host, count] of seen) assert.ok(count > 20, `only ${count} lead to ${host}`);
});

test("a URL is encoded to ASCII for a header, and keeps what is already encoded", () => {
  assert.equal(iriToUri("/I \u2665 Django/?a=b&c=%20#d"), "/I%20%E2%99%A5%20Django/?a=b&c=%20#d");
  assert.equal(iriToUri('/a\r\nb"<>\\^`{|}'), "/a%0D%0Ab%22%3C%3E%5C%5E%60%7B%7C%7D");
  assert.equal(iriToUri("/\ud800"), "/%EF%BF%BD");
  assert.equal(iriToUri("/#%[]=:;$&()+,!?*@'~-._"), "/#%[]=:;$&()+,!?*@'~-._");
});
