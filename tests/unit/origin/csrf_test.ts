import assert from "node:assert/strict";
import { test } from "node:test";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import { csrfFault, type CsrfSettings, readCsrfSecret } from "../../../src/origin/csrf.ts";
import { maskSecret } from "../../../src/origin/csrf_token.ts";
import { facts, type RequestDescription, settingsWith } from "./requests.ts";

const SECRET = "lcccccccX2kcccccccY2jcccccccssIC";
const OTHER = "a".repeat(32);

interface Case extends RequestDescription {
  cookie?: string;
  header?: string;
  form?: string;
  session?: string;
  settings?: CsrfSettings;
}

/** The refusal reason for a request over plain HTTP, where no Referer is required. */
function reasonFor(request: Case): string | null {
  const { cookie, header, form = null, session = null, settings = settingsWith(), headers = {} } = request;
  const sent = header === undefined ? headers : { ...headers, "x-csrftoken": header };
  return csrfFault({
    facts: facts({ url: "http://example.com/", ...request, headers: sent }, settings),
    cookie: (name) => name === settings.cookieName ? cookie : undefined,
    sessionToken: session,
    formToken: form,
  }, settings)?.reason ?? null;
}

test("safe methods are accepted, all others are checked", () => {
  for (const method of ["GET", "HEAD", "OPTIONS", "TRACE"]) assert.equal(reasonFor({ method }), null);
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "get", "PURGE", ""]) {
    assert.equal(reasonFor({ method }), "CSRF cookie not set.");
  }
});

test("cookie and token match in every combination of masked and unmasked", () => {
  const masked = maskSecret(SECRET, SYSTEM_RANDOM);
  for (const cookie of [SECRET, masked]) {
    for (const token of [SECRET, maskSecret(SECRET, SYSTEM_RANDOM)]) {
      assert.equal(reasonFor({ cookie, header: token }), null);
      assert.equal(reasonFor({ cookie, form: token }), null);
      assert.equal(reasonFor({ method: "PUT", cookie, header: token }), null);
    }
  }
});

test("failures have Django's messages", () => {
  const reasons: [Case, string][] = [
    [{ header: SECRET }, "CSRF cookie not set."],
    [{ cookie: "", header: SECRET }, "CSRF cookie has incorrect length."],
    [{ cookie: "-".repeat(32), header: SECRET }, "CSRF cookie has invalid characters."],
    [{ cookie: SECRET }, "CSRF token missing."],
    [{ cookie: SECRET, header: "" }, "CSRF token from the 'X-Csrftoken' HTTP header has incorrect length."],
    [{ cookie: SECRET, header: OTHER }, "CSRF token from the 'X-Csrftoken' HTTP header incorrect."],
    [{ cookie: SECRET, form: "a" }, "CSRF token from POST has incorrect length."],
    [{ cookie: SECRET, form: "*".repeat(64) }, "CSRF token from POST has invalid characters."],
    [{ cookie: SECRET, form: OTHER }, "CSRF token from POST incorrect."],
  ];
  for (const [request, reason] of reasons) assert.equal(reasonFor(request), reason);
});

test("a form field takes precedence over the header, unless it is empty", () => {
  assert.equal(reasonFor({ cookie: SECRET, form: OTHER, header: SECRET }), "CSRF token from POST incorrect.");
  assert.equal(reasonFor({ cookie: SECRET, form: "", header: SECRET }), null);
});

test("a form field is used for POST only", () => {
  assert.equal(reasonFor({ method: "PUT", cookie: SECRET, form: SECRET }), "CSRF token missing.");
});

test("a repeated header is refused", () => {
  const headers: [string, string][] = [["x-csrftoken", SECRET], ["x-csrftoken", SECRET]];
  const reason = "CSRF token from the 'X-Csrftoken' HTTP header has incorrect length.";
  assert.equal(reasonFor({ cookie: SECRET, headers }), reason);
});

test("cookie and header have the configured names", () => {
  for (const headerName of ["HTTP_X_SITE_2FA_TOKEN", "X-Site-2FA-Token"]) {
    const settings = settingsWith({ cookieName: "csrf_site", headerName });
    assert.equal(reasonFor({ cookie: SECRET, headers: { "x-site-2fa-token": SECRET }, settings }), null);
    assert.equal(reasonFor({ cookie: SECRET, header: SECRET, settings }), "CSRF token missing.");
    assert.equal(
      reasonFor({ cookie: SECRET, headers: { "x-site-2fa-token": "" }, settings }),
      "CSRF token from the 'X-Site-2Fa-Token' HTTP header has incorrect length.",
    );
  }
});

test("with useSessions the secret comes from the session, and the cookie is ignored", () => {
  const settings = settingsWith({ useSessions: true });
  assert.equal(reasonFor({ settings, session: SECRET, header: maskSecret(SECRET, SYSTEM_RANDOM) }), null);
  assert.equal(reasonFor({ settings, cookie: SECRET, header: SECRET }), "CSRF cookie not set.");
  const incorrect = "CSRF token from the 'X-Csrftoken' HTTP header incorrect.";
  for (const session of ["", "damaged", "-".repeat(64)]) {
    assert.equal(reasonFor({ settings, session, header: SECRET }), incorrect);
  }
});

test("a foreign Origin is refused before anything else is checked", () => {
  for (const origin of ["https://evil.com", "null", "", "http://example.com:8000", "https://example.com"]) {
    assert.equal(
      reasonFor({ cookie: SECRET, header: SECRET, headers: { origin } }),
      `Origin checking failed - ${origin} does not match any trusted origins.`,
    );
  }
  assert.equal(
    reasonFor({ cookie: SECRET, header: SECRET, headers: { origin: "http://example.com" } }),
    null,
  );
});

test("over HTTPS a request without an Origin needs a Referer", () => {
  const request = { url: "https://example.com/", cookie: SECRET, header: SECRET };
  assert.equal(reasonFor(request), "Referer checking failed - no Referer.");
  assert.equal(reasonFor({ ...request, headers: { referer: "https://example.com/page" } }), null);
  assert.equal(reasonFor({ ...request, headers: { origin: "https://example.com" } }), null);
});

test("the secret of a request is unmasked, and a malformed one is null", () => {
  const read = (stored: string | undefined, useSessions: boolean): string | null =>
    readCsrfSecret(
      { cookie: () => useSessions ? undefined : stored, sessionToken: useSessions ? stored ?? null : null },
      settingsWith({ useSessions }),
    );
  for (const useSessions of [false, true]) {
    assert.equal(read(SECRET, useSessions), SECRET);
    assert.equal(read(maskSecret(SECRET, SYSTEM_RANDOM), useSessions), SECRET);
    for (const stored of [undefined, "", "a", "-".repeat(32)]) assert.equal(read(stored, useSessions), null);
  }
});
