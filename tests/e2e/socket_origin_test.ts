/** Which Origins may open a socket with a session cookie: every look-alike is refused. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuthOptions } from "../../src/auth/options/options.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, newPerson, served, siteAuth } from "./site.ts";
import { upgrade, type WireEnd, type WireHeaders } from "./wire.ts";

const OPENED: WireEnd = { code: 1000, reason: "" };
const REFUSED: WireEnd = { code: 4403, reason: "origin_not_allowed" };

/** Origins that are not `http://example.com`, separated by bars. */
const LOOK_ALIKES: readonly string[] = String.raw`
  http://evil.com | http://evil-example.com | http://example.com.evil.com | http://evilexample.com
  http://www.example.com | http://example.co | http://example.com. | http://example.org
  http://example.com:80 | http://example.com:8080 | http://example.com: | http://example.com:99999
  https://example.com | ws://example.com | HTTP://example.com | http://EXAMPLE.com | //example.com
  http://evil.com@example.com | http://example.com@evil.com | http://user:pw@example.com
  http://example.com/ | http://example.com/path | http://example.com?x | http://example.com#x
  http://example.com, http://evil.com | http://evil.com, http://example.com | http://example.com,http://example.com
  http://example.com http://evil.com | http://example.com\@evil.com | http://example.com\.evil.com
  javascript://example.com | file:// | data: | chrome-extension://example.com | example.com | http:example.com
  http://[::1:80 | http://[::1 | http://::1] | http:// | http | : | * | http://* | undefined
  http://example.com%00.evil.com | http://exämple.com
`.trim().split(/\s*(?:\||\n)\s*/);

/** Opens a socket with a valid cookie and returns how it ended; one that opened is closed. */
async function knock(host: string, cookie: string, headers: WireHeaders): Promise<WireEnd> {
  const socket = await upgrade(host, { headers: [["cookie", cookie], ...headers] });
  const greeted = await Promise.race([socket.receive().catch(() => null), socket.ended.then(() => null)]);
  return await (greeted === null ? socket.ended : socket.close());
}

/** Tries many handshakes on one server. */
async function each(
  options: Partial<DjangoAuthOptions>,
  cases: readonly (readonly [name: string, headers: WireHeaders, end: WireEnd])[],
): Promise<void> {
  const cookie = await cookieOf(await newPerson());
  const websocket = { open: (socket: { send(text: string): void }) => socket.send("open") };
  await served(siteAuth(options), { websocket }, async ({ host }) => {
    for (const [name, headers, end] of cases) assert.deepEqual(await knock(host, cookie, headers), end, name);
  });
}

function from(origin: string, host: string = "example.com"): WireHeaders {
  return [["host", host], ["origin", origin]];
}

describe("the Origin of an upgrade", needsOracle, () => {
  test("is accepted if it has the site's scheme, host and port", async () => {
    await each({ allowedHosts: ["example.com", "[::1]"] }, [
      ["own", from("http://example.com"), OPENED],
      ["own, with a port", from("http://example.com:8080", "example.com:8080"), OPENED],
      ["own, an address in brackets", from("http://[::1]:8080", "[::1]:8080"), OPENED],
    ]);
  });

  test("is refused if it is foreign or a look-alike", async () => {
    await each(
      { allowedHosts: ["example.com"] },
      LOOK_ALIKES.map((origin) => [origin, from(origin), REFUSED]),
    );
  });

  test("is refused if it is missing, null, empty or sent twice", async () => {
    await each({ allowedHosts: ["example.com"] }, [
      ["missing", [["host", "example.com"]], REFUSED],
      ["null", from("null"), REFUSED],
      ["empty", from(""), REFUSED],
      ["own and foreign", [...from("http://example.com"), ["origin", "http://evil.com"]], REFUSED],
      ["foreign and own", [...from("http://evil.com"), ["origin", "http://example.com"]], REFUSED],
      ["own twice", [...from("http://example.com"), ["Origin", "http://example.com"]], REFUSED],
    ]);
  });

  test("is refused if its host is not allowed, even if the Host header is the same", async () => {
    await each({ allowedHosts: ["example.com"] }, [
      ["a host of the attacker's", from("http://evil.com", "evil.com"), REFUSED],
      ["an address", from("http://127.0.0.1:80", "127.0.0.1:80"), REFUSED],
      ["a host with userinfo", from("http://evil@example.com", "evil@example.com"), REFUSED],
    ]);
    await each({ allowedHosts: [] }, [[
      "an empty list allows none",
      from("http://localhost", "localhost"),
      REFUSED,
    ]]);
    await each({}, [
      ["without a list the own machine", from("http://localhost:1", "localhost:1"), OPENED],
      ["and no other", from("http://example.com"), REFUSED],
    ]);
  });

  test("is accepted if it is trusted, with Django's wildcards", async () => {
    const trustedOrigins = ["https://other.example", "https://*.wild.example", "http://ported.example:8080"];
    await each({ allowedHosts: ["example.com"], csrf: { trustedOrigins } }, [
      ["exact", from("https://other.example"), OPENED],
      ["exact, other scheme", from("http://other.example"), REFUSED],
      ["exact, below", from("https://www.other.example"), REFUSED],
      ["exact, other port", from("https://other.example:8443"), REFUSED],
      ["with its port", from("http://ported.example:8080"), OPENED],
      ["without its port", from("http://ported.example"), REFUSED],
      ["wildcard, below", from("https://a.wild.example"), OPENED],
      ["wildcard, far below", from("https://a.b.c.wild.example"), OPENED],
      ["wildcard, the apex", from("https://wild.example"), OPENED],
      ["wildcard, other scheme", from("http://a.wild.example"), REFUSED],
      ["wildcard, look-alike", from("https://evilwild.example"), REFUSED],
      ["wildcard, other end", from("https://a.wild.example.evil.com"), REFUSED],
      ["wildcard, port", from("https://a.wild.example:8443"), REFUSED],
      ["wildcard, userinfo", from("https://evil@a.wild.example"), REFUSED],
      ["wildcard, two in one", from("https://evil.com, https://a.wild.example"), REFUSED],
      ["wildcard, path", from("https://evil.com/.wild.example"), REFUSED],
    ]);
  });

  test("may be missing or null if the option for that allows it", async () => {
    const allowedHosts = ["example.com"];
    await each({ allowedHosts, socketOrigin: { missing: "allow" } }, [
      ["missing", [["host", "example.com"]], OPENED],
      ["null", from("null"), REFUSED],
      ["foreign", from("http://evil.com"), REFUSED],
      ["empty", from(""), REFUSED],
    ]);
    await each({ allowedHosts, socketOrigin: { null: "allow" } }, [
      ["missing", [["host", "example.com"]], REFUSED],
      ["null", from("null"), OPENED],
      ["foreign", from("http://evil.com"), REFUSED],
      ["null twice", [...from("null"), ["origin", "null"]], REFUSED],
    ]);
  });

  test("is checked only against allowedOrigins if given, and still refused if no browser would send it", async () => {
    const allowedOrigins = ["https://app.example:8443", ".wide.example", "//plain.example"];
    await each({ allowedHosts: ["example.com"], socketOrigin: { allowedOrigins } }, [
      ["in the list", from("https://app.example:8443"), OPENED],
      ["other port", from("https://app.example"), REFUSED],
      ["other scheme", from("http://app.example:8443"), REFUSED],
      ["a domain", from("http://a.wide.example:1"), OPENED],
      ["the own one, which is not in the list", from("http://example.com"), REFUSED],
      ["userinfo", from("http://evil@a.wide.example"), REFUSED],
      ["a path", from("http://evil.com/.wide.example"), REFUSED],
      ["two in one", from("http://evil.com, http://a.wide.example"), REFUSED],
      ["missing", [["host", "example.com"]], REFUSED],
      ["null", from("null"), REFUSED],
    ]);
    await each({ socketOrigin: { allowedOrigins: ["*"] } }, [
      ["anything", from("http://anything.example"), OPENED],
      ["what no browser sends", from("http://evil@example.com"), REFUSED],
      ["a bad bracket", from("http://[::1:80"), REFUSED],
    ]);
  });
});

describe("the Origin of an upgrade behind a proxy that ends TLS", needsOracle, () => {
  const https: WireHeaders = [...from("https://example.com"), ["x-forwarded-proto", "https"]];
  const forwarded: WireHeaders = [...from("http://example.com", "inner:8000"), [
    "x-forwarded-host",
    "example.com",
  ]];

  test("is compared without the proxy's headers unless the options are set", async () => {
    await each({ allowedHosts: ["example.com", "inner"] }, [
      ["scheme", https, REFUSED],
      ["host", forwarded, REFUSED],
      ["plain", [...from("http://example.com"), ["x-forwarded-proto", "https"]], OPENED],
    ]);
  });

  test("is compared with the scheme from secureProxySslHeader", async () => {
    const options = {
      allowedHosts: ["example.com"],
      secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"],
    } as const;
    await each(options, [
      ["https", https, OPENED],
      ["http in the header", [...from("https://example.com"), ["x-forwarded-proto", "http"]], REFUSED],
      ["no header", from("https://example.com"), REFUSED],
      [
        "http page on an https site",
        [...from("http://example.com"), ["x-forwarded-proto", "https"]],
        REFUSED,
      ],
      [
        "the first of two counts",
        [...from("https://example.com"), ["x-forwarded-proto", "http, https"]],
        REFUSED,
      ],
      ["another header", [...from("https://example.com"), ["x-forwarded-ssl", "on"]], REFUSED],
    ]);
  });

  test("is compared with the host from X-Forwarded-Host with useXForwardedHost", async () => {
    await each({ allowedHosts: ["example.com"], useXForwardedHost: true }, [
      ["forwarded", forwarded, OPENED],
      ["the inner host is not the own one then", [["host", "example.com"], ["x-forwarded-host", "evil.com"], [
        "origin",
        "http://example.com",
      ]], REFUSED],
      ["a host that is not allowed", [["host", "example.com"], ["x-forwarded-host", "evil.com"], [
        "origin",
        "http://evil.com",
      ]], REFUSED],
      ["two hosts", [["host", "inner"], ["x-forwarded-host", "example.com, evil.com"], [
        "origin",
        "http://example.com",
      ]], REFUSED],
    ]);
  });
});
