import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { getPort, splitDomainPort, validateHost, verifyHost } from "../../../src/origin/host.ts";
import { DEFAULT_CSRF_SETTINGS } from "../../bridge/default_settings.ts";
import { facts, type RequestDescription, settingsWith } from "./requests.ts";

function hostOf(description: RequestDescription, settings = settingsWith()): string | null {
  return verifyHost(facts(description, settings), settings);
}

test("a host is split into domain and port", () => {
  assert.deepEqual(splitDomainPort("Example.com:8000"), { domain: "example.com", port: "8000" });
  assert.deepEqual(splitDomainPort("example.com."), { domain: "example.com", port: "" });
  assert.deepEqual(splitDomainPort("[::1]:80"), { domain: "[::1]", port: "80" });
});

test("a malformed host has no domain", () => {
  const malformed = [
    "",
    "a b",
    "a, b",
    "user@example.com",
    "example.com:80:80",
    "example.com:port",
    "example.com:",
    "[::1",
    "::1",
    "example.com\n",
    "example.com/x",
    "ex_ample.com",
    "\u212aelvin.com",
  ];
  for (const host of malformed) assert.deepEqual(splitDomainPort(host), { domain: "", port: "" }, host);
});

test("a host pattern matches exactly, any subdomain with a leading dot, or everything with a star", () => {
  assert.equal(validateHost("example.com", ["example.com"]), true);
  assert.equal(validateHost("a.b.example.com", [".Example.com"]), true);
  assert.equal(validateHost("evil-example.com", [".example.com", "example.com"]), false);
  assert.equal(validateHost("example.com.evil.com", [".example.com"]), false);
  assert.equal(validateHost("anything", ["*"]), true);
  assert.equal(validateHost("example.com", []), false);
});

test("the Host header is used, whatever the URL", () => {
  assert.equal(hostOf({ headers: { host: "example.com:8000" } }), "example.com:8000");
  assert.equal(hostOf({ headers: { host: "EXAMPLE.com" } }), "EXAMPLE.com");
  assert.equal(hostOf({ headers: { host: "evil.com" }, url: "https://example.com/" }), null);
  assert.equal(hostOf({ headers: { host: "" }, url: "https://example.com/" }), null);
});

test("two Host headers are refused, even with a wildcard", () => {
  const headers: [string, string][] = [["host", "example.com"], ["host", "example.com"]];
  assert.equal(hostOf({ headers }, settingsWith({ allowedHosts: ["*"] })), null);
});

test("a host that was allowed lets no other one through, nor itself for other settings", () => {
  const [settings, others] = [settingsWith(), settingsWith({ allowedHosts: ["other.com"] })];
  const answers = [
    ["example.com", "example.com"],
    ["evil.com", null],
    ["example.com:8000", "example.com:8000"],
    ["example.com.evil.com", null],
    ["other.com", null],
    ["", null],
  ] as const;
  assert.equal(hostOf({ headers: { host: "other.com" } }, others), "other.com");
  for (const [host, answer] of [...answers, ...answers]) {
    assert.equal(hostOf({ headers: { host } }, settings), answer);
    assert.equal(hostOf({ headers: { host } }, others), host === "other.com" ? host : null);
  }
});

test("without a Host header the URL's host is used, with its port unless it is the scheme's default", () => {
  assert.equal(hostOf({ url: "https://example.com/" }), "example.com");
  assert.equal(hostOf({ url: "http://example.com:8000/" }), "example.com:8000");
  assert.equal(hostOf({ url: "/relative" }), null);
});

test("X-Forwarded-Host is used only with useXForwardedHost", () => {
  const headers = { host: "inner.local", "x-forwarded-host": "example.com" };
  assert.equal(hostOf({ headers }), null);
  assert.equal(hostOf({ headers }, settingsWith({ useXForwardedHost: true })), "example.com");
  assert.equal(
    hostOf({ headers: { host: "example.com" } }, settingsWith({ useXForwardedHost: true })),
    "example.com",
  );
  const two = { host: "example.com", "x-forwarded-host": "example.com, evil.com" };
  assert.equal(hostOf({ headers: two }, settingsWith({ useXForwardedHost: true })), null);
});

test("with debug and no allowed hosts, localhost names are allowed", () => {
  const debug = { ...DEFAULT_CSRF_SETTINGS, debug: true };
  for (const host of ["localhost:8000", "app.localhost", "127.0.0.1", "[::1]:8000"]) {
    assert.equal(verifyHost(facts({ headers: { host } }), debug), host);
    assert.equal(verifyHost(facts({ headers: { host } }), DEFAULT_CSRF_SETTINGS), null);
    assert.equal(verifyHost(facts({ headers: { host } }), { ...debug, allowedHosts: ["example.com"] }), null);
  }
  assert.equal(verifyHost(facts({ headers: { host: "evil.com" } }), debug), null);
});

test("X-Forwarded-Port is used only with useXForwardedPort", () => {
  const request = facts({ url: "http://example.com:8000/", headers: { "x-forwarded-port": "443" } });
  assert.equal(getPort(request, settingsWith()), "8000");
  assert.equal(getPort(request, settingsWith({ useXForwardedPort: true })), "443");
});

test("property: no Host header throws, and only the site's own hosts are allowed", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const host = verifyHost({ ...facts(), header: () => text }, settingsWith());
    assert.ok(host === null || /^example\.com\.?(:\d+)?$/i.test(host));
  }));
});
