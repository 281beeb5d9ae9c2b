import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type SocketOriginVerdict,
  verifyAllowedOrigins,
  verifySocketOrigin,
} from "../../../src/origin/socket_origin.ts";
import { parseOrigin } from "../../../src/origin/web_origin.ts";
import { facts, settingsWith } from "./requests.ts";

const WILDCARD = settingsWith({ trustedOrigins: ["https://*.example.org"] });

/** The verdict on an upgrade to https://example.com, or to the given URL. */
function verdictOn(
  origin: string | null,
  settings = settingsWith(),
  url = "https://example.com/",
): SocketOriginVerdict {
  const host = new URL(url).host;
  const request = facts({ method: "GET", url }, settings);
  const headers: Record<string, string | null> = { host, origin };
  return verifySocketOrigin(
    { ...request, secure: request.secure, header: (name) => headers[name] ?? null },
    settings,
  );
}

const LOOK_ALIKES: Record<string, string> = {
  "a longer name": "https://evil-example.com",
  "a longer name without a hyphen": "https://evilexample.com",
  "a name that begins alike": "https://example.com.evil.com",
  "a subdomain": "https://a.example.com",
  "a trailing dot": "https://example.com.",
  "another port": "https://example.com:8443",
  "the scheme's own port": "https://example.com:443",
  "another scheme": "http://example.com",
  "the scheme of sockets": "wss://example.com",
  "a scheme of scripts": "javascript://example.com",
  "userinfo": "https://evil@example.com",
  "the host as userinfo": "https://example.com@evil.com",
  "a path": "https://example.com/",
  "a longer path": "https://example.com/path",
  "a query": "https://example.com?.evil.com",
  "a fragment": "https://example.com#.evil.com",
  "a backslash": "https://example.com\\.evil.com",
  "two in one": "https://example.com, https://evil.com",
  "twice the same": "https://example.com, https://example.com",
  "two separated by a space": "https://example.com https://evil.com",
  "brackets that do not close": "http://[::1:80",
  "a port that is no number": "https://example.com:port",
  "a port out of range": "https://example.com:99999",
  "capitals": "HTTPS://EXAMPLE.COM",
  "another alphabet": "https://ex\u0430mple.com",
  "a line feed": "https://example.com\n",
  "a NUL": "https://example.com\0",
  "white space before it": " https://example.com",
  "no scheme": "example.com",
  "no scheme but slashes": "//example.com",
  "a star": "*",
  "a wildcard": "https://*.example.org",
  "nothing": "",
};

for (const [title, origin] of Object.entries(LOOK_ALIKES)) {
  test(`a look-alike origin opens no socket: ${title}`, () => {
    assert.equal(verdictOn(origin), "refused");
    assert.equal(verdictOn(origin, WILDCARD), "refused");
    assert.equal(verdictOn(origin.replace("example.com", "evil.com"), WILDCARD), "refused");
  });
}

test("the request's own origin opens a socket, for http and ws URLs alike", () => {
  assert.equal(verdictOn("https://example.com"), "allowed");
  assert.equal(verdictOn("https://example.com", settingsWith(), "wss://example.com/"), "allowed");
  assert.equal(verdictOn("http://example.com:8000", settingsWith(), "http://example.com:8000/"), "allowed");
  assert.equal(verdictOn("http://example.com:8000", settingsWith(), "ws://example.com:8000/"), "allowed");
});

test("the own origin is refused on a host that is not allowed", () => {
  assert.equal(verdictOn("https://evil.com", settingsWith(), "https://evil.com/"), "refused");
  assert.equal(verdictOn("https://null", settingsWith(), "https://evil.com/"), "refused");
});

test("a missing and a null Origin have separate verdicts, even if null is trusted", () => {
  assert.equal(verdictOn(null), "missing");
  assert.equal(verdictOn("null"), "null");
  assert.equal(verdictOn("null", settingsWith({ trustedOrigins: ["null"] })), "null");
});

test("two Origin headers are refused even if both are the own origin", () => {
  const headers: [string, string][] = [
    ["host", "example.com"],
    ["origin", "https://example.com"],
    ["origin", "https://example.com"],
  ];
  assert.equal(verifySocketOrigin(facts({ headers }), settingsWith()), "refused");
});

test("with two Host headers there is no own origin", () => {
  const headers: [string, string][] = [["host", "example.com"], ["host", "evil.com"], [
    "origin",
    "https://example.com",
  ]];
  assert.equal(verifySocketOrigin(facts({ headers }), settingsWith({ allowedHosts: ["*"] })), "refused");
});

test("a trusted origin opens a socket, and a wildcard covers the domain and all subdomains", () => {
  for (const host of ["example.org", "a.example.org", "a.b.example.org"]) {
    assert.equal(verdictOn(`https://${host}`, WILDCARD), "allowed");
    assert.equal(verdictOn(`http://${host}`, WILDCARD), "refused");
    assert.equal(verdictOn(`https://${host}:8443`, WILDCARD), "refused");
    assert.equal(verdictOn(`https://${host}.evil.com`, WILDCARD), "refused");
    assert.equal(verdictOn(`https://evil.com, .${host}`, WILDCARD), "refused");
  }
});

test("behind a TLS proxy the scheme comes from its header, if that is trusted", () => {
  const headers = { host: "example.com", origin: "https://example.com", "x-forwarded-proto": "https" };
  const believing = settingsWith({ secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"] });
  const url = "http://example.com/";
  assert.equal(verifySocketOrigin(facts({ url, headers }), settingsWith()), "refused");
  assert.equal(verifySocketOrigin(facts({ url, headers }, believing), believing), "allowed");
});

test("property: no Origin header throws or opens a socket", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "binary" }).map((tail) => `https://example.com${tail || "/"}`),
    fc.string({ unit: "binary" }).map((head) => `https://${head}evil.com`),
    fc.webUrl(),
  );
  fc.assert(fc.property(text, (origin) => {
    assert.equal(verdictOn(origin, WILDCARD), origin === "null" ? "null" : "refused");
  }));
});

test("an origin is parsed in the form that browsers write", () => {
  assert.deepEqual(parseOrigin("https://a.example.com"), {
    scheme: "https",
    host: "a.example.com",
    port: null,
    netloc: "a.example.com",
  });
  assert.deepEqual(parseOrigin("http://[::1]:8000"), {
    scheme: "http",
    host: "[::1]",
    port: 8000,
    netloc: "[::1]:8000",
  });
  assert.equal(parseOrigin("http://[:::]"), null);
  assert.equal(parseOrigin("http://a:080"), null);
  assert.equal(parseOrigin("null"), null);
});

test("allowedOrigins has the syntax of Channels", () => {
  const cases: [origin: string, pattern: string, isAllowed: boolean][] = [
    ["http://example.com:8000", "example.com", true],
    ["https://a.example.com", "example.com", false],
    ["https://a.b.example.com", ".example.com", true],
    ["https://example.com", ".Example.com", true],
    ["https://evil-example.com", ".example.com", false],
    ["https://example.com", "https://example.com", true],
    ["https://example.com:443", "https://example.com", true],
    ["https://example.com", "https://example.com:443", true],
    ["https://example.com:8443", "https://example.com", false],
    ["http://example.com", "https://example.com", false],
    ["http://example.com:8443", "https://example.com:8443", false],
    ["https://a.example.com:8443", "https://.example.com:8443", true],
    ["http://[::1]:8000", "[::1]", true],
    ["chrome-extension://abcdef", "chrome-extension://abcdef", true],
    ["https://example.com", "", false],
    ["https://example.com", "http://[::1", false],
    ["https://example.com", "https://example.com:port", false],
    ["https://anything.com", "*", true],
  ];
  for (const [origin, pattern, isAllowed] of cases) {
    assert.equal(verifyAllowedOrigins(origin, [pattern]), isAllowed, `${origin} by ${pattern}`);
    assert.equal(verifyAllowedOrigins(origin, ["other.com", pattern]), isAllowed);
  }
  assert.equal(verifyAllowedOrigins("https://example.com", []), false);
});

test("allowedOrigins accepts a missing or opaque Origin only with a star, as Channels does", () => {
  for (const origin of [null, "null", "file://"]) {
    assert.equal(verifyAllowedOrigins(origin, ["null", "example.com", "."]), false);
    assert.equal(verifyAllowedOrigins(origin, ["*"]), true);
  }
});

test("allowedOrigins refuses an origin that no browser sends, even with a star", () => {
  const odd = [
    "http://evil@example.com",
    "http://example.com@evil.com",
    "http://example.com/path",
    "http://example.com:99999",
    "http://example.com:port",
    "http://[::1:80",
    "http://]",
    "http://example.com, http://evil.com",
    "",
  ];
  for (const origin of odd) {
    assert.equal(verifyAllowedOrigins(origin, ["example.com", ".example.com", "*"]), false, origin);
  }
});

test("property: no origin and no pattern makes allowedOrigins throw", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), fc.domain());
  fc.assert(fc.property(text, text, (origin, pattern) => {
    assert.equal(typeof verifyAllowedOrigins(origin, [pattern]), "boolean");
    assert.equal(
      typeof verifyAllowedOrigins("https://example.com", [pattern, `https://${pattern}`]),
      "boolean",
    );
  }));
});
