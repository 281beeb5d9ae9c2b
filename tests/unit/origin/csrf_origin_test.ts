import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ImproperlyConfigured } from "../../../src/errors.ts";
import { isOriginVerified, refererFault, requireTrustedOrigins } from "../../../src/origin/csrf_origin.ts";
import { facts, settingsWith } from "./requests.ts";

const WILDCARD = settingsWith({ trustedOrigins: ["https://*.example.org"] });

function refererReason(
  referer: string,
  settings = settingsWith(),
  url = "https://example.com/",
): string | null {
  return refererFault(facts({ url, headers: { referer } }, settings), settings);
}

function bad(referer: string): string {
  return `Referer checking failed - ${referer} does not match any trusted origins.`;
}

test("a wildcard covers the domain and all subdomains, for its own scheme and port only", () => {
  const verified = (origin: string): boolean => isOriginVerified(facts({ headers: { origin } }), WILDCARD);
  for (const host of ["example.org", "a.example.org", "a.b.c.example.org"]) {
    assert.equal(verified(`https://${host}`), true);
    assert.equal(verified(`http://${host}`), false);
    assert.equal(verified(`https://${host}:8443`), false);
  }
});

test("a lone star trusts no origin", () => {
  const settings = settingsWith({ trustedOrigins: ["https://*", "*"] });
  assert.equal(isOriginVerified(facts({ headers: { origin: "https://evil.com" } }), settings), false);
});

test("an exact trusted origin is compared as text", () => {
  const settings = settingsWith({ trustedOrigins: ["https://example.org:8443"] });
  const verified = (origin: string): boolean => isOriginVerified(facts({ headers: { origin } }), settings);
  assert.equal(verified("https://example.org:8443"), true);
  assert.equal(verified("https://example.org"), false);
  assert.equal(verified("https://example.org:8443/"), false);
  assert.equal(verified("HTTPS://example.org:8443"), false);
});

test("an origin that browsers never send is refused, even if Python would parse a trusted subdomain from it", () => {
  const odd = [
    "https://evil.com, .example.org",
    "https://evil.com\\.example.org",
    "https://evil.com@a.example.org",
    "https://a.example.org/",
    "https://a.example.org?",
    "https://*.example.org",
    " https://a.example.org",
  ];
  for (const origin of odd) {
    const request = { ...facts(), header: (name: string) => name === "origin" ? origin : null };
    assert.equal(isOriginVerified(request, WILDCARD), false, origin);
  }
});

test("a trusted origin without a scheme is a configuration error", () => {
  assert.throws(() => requireTrustedOrigins(["https://a.com", "example.com"]), (error: unknown) => {
    assert.ok(error instanceof ImproperlyConfigured);
    assert.match(error.message, /csrf\.trustedOrigins contains "example\.com"/);
    return true;
  });
  requireTrustedOrigins(["https://example.com", "https://*.example.com"]);
});

test("a trusted origin that no browser sends is a configuration error", () => {
  const wrong = [
    ...["https://example.com/", "https://example.com/app", "https://*.example.com/", "https://example.com?"],
    ...["https://example.com#", "https://Example.com", "HTTPS://example.com", "https://b\u00fccher.example"],
    ...[
      "https://example.com:443",
      "http://*.example.com:80",
      "https://me@example.com",
      "https://",
      "http://[",
    ],
    ...["https://*", "https://*example.com", "https://a.*.com", " https://example.com", "app://site/page"],
  ];
  for (const origin of wrong) {
    assert.throws(() => requireTrustedOrigins(["https://a.com", origin]), {
      code: "improperly_configured",
      message:
        `csrf.trustedOrigins contains ${JSON.stringify(origin)}, expected an origin as browsers send it, ` +
        'without a path and in lower case, such as "https://example.com", "https://example.com:8443" or ' +
        '"https://*.example.com"',
    });
  }
  requireTrustedOrigins([
    ...[
      "http://localhost:8000",
      "http://127.0.0.1:8000",
      "http://[::1]:8000",
      "https://xn--bcher-kva.example",
    ],
    ...["https://*.example.com:8443", "https://a_b.example.com", "capacitor://localhost", "file://"],
  ]);
});

test("a referer must have the request's own host and port", () => {
  assert.equal(refererReason("https://example.com/a?b"), null);
  assert.equal(refererReason("https://example.com:8443/"), bad("https://example.com:8443/"));
  assert.equal(refererReason("https://evil.com/"), bad("https://evil.com/"));
  const other = "https://other.com/";
  assert.equal(
    refererReason(other, settingsWith(), other),
    bad(other),
    "a host that is not allowed is not its own either",
  );
});

test("missing, malformed and insecure referers are refused with Django's reasons", () => {
  assert.equal(refererFault(facts(), settingsWith()), "Referer checking failed - no Referer.");
  for (const referer of ["", "example.com", "//example.com/", "https://", "https://[", "mailto:a@b"]) {
    assert.equal(refererReason(referer), "Referer checking failed - Referer is malformed.");
  }
  assert.equal(
    refererReason("http://example.com/"),
    "Referer checking failed - Referer is insecure while host is secure.",
  );
});

test("a referer of a trusted origin is accepted", () => {
  assert.equal(refererReason("https://a.b.example.org/x", WILDCARD), null);
  assert.equal(refererReason("https://example.org/x", WILDCARD), null);
  assert.equal(refererReason("https://evil-example.org/", WILDCARD), bad("https://evil-example.org/"));
});

test("a referer with userinfo or a backslash is refused, whatever its end", () => {
  for (const referer of ["https://evil.com\\.example.org/", "https://evil.com@a.example.org/"]) {
    assert.equal(refererReason(referer, WILDCARD), bad(referer));
  }
});

test("with a cookie domain, the referer must be of that domain, with the request's port", () => {
  const settings = settingsWith({ cookieDomain: ".example.com" });
  assert.equal(refererReason("https://app.example.com/", settings), null);
  assert.equal(
    refererReason("https://app.example.com:8443/", settings),
    bad("https://app.example.com:8443/"),
  );
  assert.equal(refererReason("https://app.example.com:8443/", settings, "https://example.com:8443/"), null);
  assert.equal(refererReason("https://evil-example.com/", settings), bad("https://evil-example.com/"));
});

test("with the secret in the session, the session cookie's domain is used", () => {
  const settings = settingsWith({
    useSessions: true,
    cookieDomain: ".evil.com",
    sessionCookieDomain: ".example.com",
  });
  assert.equal(refererReason("https://app.example.com/", settings), null);
  assert.equal(refererReason("https://app.evil.com/", settings), bad("https://app.evil.com/"));
});

test("property: no text of Origin or Referer throws or is accepted", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "binary" }).map((tail) => `https://${tail}`),
    fc.string({ unit: "binary" }).map((head) => `https://${head}.evil.com`),
  );
  fc.assert(fc.property(text, (header) => {
    const request = { ...facts(), header: (name: string) => name === "host" ? "example.com" : header };
    assert.equal(isOriginVerified(request, WILDCARD), false);
    assert.match(String(refererFault(request, WILDCARD)), /^Referer checking failed - /);
  }));
});
