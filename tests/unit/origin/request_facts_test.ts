import assert from "node:assert/strict";
import { test } from "node:test";
import { ImproperlyConfigured } from "../../../src/errors.ts";
import { headerNameOf } from "../../../src/origin/request_facts.ts";
import { facts, settingsWith } from "./requests.ts";

const BEHIND_PROXY = settingsWith({ secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"] });

test("the scheme comes from the URL, for sockets as for requests", () => {
  for (
    const [url, secure] of [["https://a/", true], ["wss://a/", true], ["http://a/", false], [
      "ws://a/",
      false,
    ]]
  ) {
    assert.equal(facts({ url: String(url) }).secure, secure);
  }
});

test("a proxy's headers are ignored by default", () => {
  const headers = { "x-forwarded-proto": "https", "x-forwarded-ssl": "on", forwarded: "proto=https" };
  assert.equal(facts({ url: "http://a/", headers }).secure, false);
  assert.equal(facts({ url: "https://a/", headers: { "x-forwarded-proto": "http" } }).secure, true);
});

test("the header of secureProxySslHeader, if present, determines whether the request is secure", () => {
  const secure = (url: string, proto: string): boolean =>
    facts({ url, headers: { "x-forwarded-proto": proto } }, BEHIND_PROXY).secure;
  assert.equal(secure("http://a/", "https"), true);
  assert.equal(secure("https://a/", "http"), false);
  assert.equal(secure("https://a/", ""), false);
  assert.equal(secure("http://a/", "HTTPS"), false);
  assert.equal(secure("http://a/", "wss"), false);
  assert.equal(facts({ url: "https://a/" }, BEHIND_PROXY).secure, true);
  assert.equal(facts({ url: "http://a/" }, BEHIND_PROXY).secure, false);
});

test("of several values of that header the first is used, as in Django", () => {
  const headers: [string, string][] = [["X-Forwarded-Proto", " https "], ["X-Forwarded-Proto", "http"]];
  assert.equal(facts({ url: "http://a/", headers }, BEHIND_PROXY).secure, true);
  assert.equal(facts({ url: "http://a/", headers: headers.reverse() }, BEHIND_PROXY).secure, false);
});

test("the server's name and port come from the URL", () => {
  const of = (url: string): unknown[] => [facts({ url }).serverName, facts({ url }).serverPort];
  assert.deepEqual(of("https://example.com/"), ["example.com", "443"]);
  assert.deepEqual(of("http://example.com/"), ["example.com", "80"]);
  assert.deepEqual(of("wss://example.com/"), ["example.com", "443"]);
  assert.deepEqual(of("ws://example.com:8000/"), ["example.com", "8000"]);
  assert.deepEqual(of("http://[::1]:8000/"), ["[::1]", "8000"]);
});

test("a relative URL, which Bun leaves without a readable Host, has no server name and does not throw", () => {
  const relative = facts({ url: "/path" });
  assert.deepEqual([relative.secure, relative.serverName, relative.serverPort], [
    false,
    undefined,
    undefined,
  ]);
});

test("both spellings of a header name are equivalent", () => {
  assert.equal(headerNameOf("HTTP_X_CSRFTOKEN"), "x-csrftoken");
  assert.equal(headerNameOf("X-CSRFToken"), "x-csrftoken");
  assert.equal(headerNameOf("X_Token"), "x_token");
});

test("an invalid header name is a configuration error", () => {
  for (const name of ["", "HTTP_", "X CSRF", "X:Y", "Tökén", "a\nb"]) {
    assert.throws(() => headerNameOf(name), ImproperlyConfigured);
  }
});
