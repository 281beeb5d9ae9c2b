/** Hints for a refused Origin that is probably the site's own, limited so that clients cannot flood the log. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuthOptions } from "../../../src/auth/options/options.ts";
import { type DjangoAuth, djangoAuth } from "../../../src/django_auth.ts";
import { warningsOf } from "./console.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { siteOptions } from "./site.ts";

type Headers = Readonly<Record<string, string>>;

const ONCE = ". This is said once";

/** A site without `onEvent`, unless the options add one. */
function quietSite(options: Partial<DjangoAuthOptions> = {}): DjangoAuth {
  return djangoAuth({ ...siteOptions(new MemoryDatabase()), onEvent: undefined, ...options });
}

/** Sends a form to the Host in its headers. */
async function post(auth: DjangoAuth, headers: Headers): Promise<void> {
  const request = new Request(`http://${headers["host"] ?? "localhost"}/`, { method: "POST", headers });
  await auth.context(request).requireCsrf().then(() => assert.fail("it passed"), () => {});
}

async function upgrade(auth: DjangoAuth, headers: Headers): Promise<void> {
  const request = new Request(`http://${headers["host"] ?? "localhost"}/`, { headers });
  const decision = await auth.upgrade(request, { anonymous: true });
  assert.equal(decision.accepted, false);
}

const HOSTS = { host: "example.com", origin: "https://example.com" };
const PLAIN = { host: "shop.example.com:8001", origin: "https://shop.example.com:8001" };
const FORWARDED = { host: "10.0.0.7:8001", origin: "https://example.com", "x-forwarded-host": "example.com" };

const UNNAMED = { host: "10.0.0.7:8001", origin: "https://example.com" };
const BEHIND_TLS: Partial<DjangoAuthOptions> = {
  allowedHosts: [".example.com"],
  secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"],
};

const TWO_PORTS = { host: "localhost:3000", origin: "http://localhost:8000" };
const TWO_SUBDOMAINS = { host: "live.example.com", origin: "https://app.example.com" };
const TWO_NAMES = { host: "127.0.0.1:3000", origin: "http://localhost:8000" };

const CAUSES:
  readonly (readonly [name: string, options: Partial<DjangoAuthOptions>, headers: Headers, hint: string])[] =
    [
      [
        ...["a host that is not allowed", {}, HOSTS] as const,
        'djauth: the Origin "https://example.com" was refused, since its host is not one of allowedHosts: ' +
        `if it is yours, set allowedHosts: ["example.com"]${ONCE}`,
      ],
      [
        ...["TLS that ends at a proxy", { allowedHosts: [".example.com"] }, PLAIN] as const,
        'djauth: the Origin "https://shop.example.com:8001" was refused, since the request came over plain HTTP: ' +
        `if a proxy terminates TLS, set secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"]${ONCE}`,
      ],
      [
        ...["a proxy that sets its own Host", { allowedHosts: [".example.com"] }, FORWARDED] as const,
        'djauth: the Origin "https://example.com" was refused, since the request has a different Host: ' +
        `if a proxy sets X-Forwarded-Host, set useXForwardedHost: true${ONCE}`,
      ],
      [
        ...["a proxy that does not pass the Host on", { allowedHosts: [".example.com"] }, UNNAMED] as const,
        'djauth: the Origin "https://example.com" was refused, since the request has the Host "10.0.0.7": ' +
        `make the proxy pass on the original one, in nginx with proxy_set_header Host $http_host${ONCE}`,
      ],
      [
        ...["a proxy that does not report https", BEHIND_TLS, HOSTS] as const,
        'djauth: the Origin "https://example.com" was refused, since the request came over plain HTTP, ' +
        "also according to the header in secureProxySslHeader: make the proxy set it, " +
        `in nginx with proxy_set_header X-Forwarded-Proto $scheme${ONCE}`,
      ],
      [
        ...["a page on another port", {}, TWO_PORTS] as const,
        'djauth: the Origin "http://localhost:8000" was refused, since that page was served from another port: ' +
        `if it is yours, set csrf: { trustedOrigins: ["http://localhost:8000"] }${ONCE}`,
      ],
      [
        ...["a page on another subdomain", { allowedHosts: [".example.com"] }, TWO_SUBDOMAINS] as const,
        'djauth: the Origin "https://app.example.com" was refused, since that page was served from another host of ' +
        `allowedHosts: if it is yours, set csrf: { trustedOrigins: ["https://app.example.com"] }${ONCE}`,
      ],
      [
        ...["another name of the local machine", {}, TWO_NAMES] as const,
        'djauth: the Origin "http://localhost:8000" was refused, since the request went to "127.0.0.1": ' +
        `open both under the same name, since cookies are bound to the name${ONCE}`,
      ],
    ];

describe("an Origin that is refused because of", () => {
  for (const [name, options, headers, hint] of CAUSES) {
    test(`${name} causes one warning for forms and sockets together`, async () => {
      const auth = quietSite(options);
      const said = await warningsOf(async () => {
        for (let count = 0; count < 3; count++) {
          await post(auth, headers);
          await upgrade(auth, headers);
        }
      });
      assert.deepEqual(said, [[hint]]);
    });

    test(`${name} emits one hint to onEvent, and nothing on the console`, async () => {
      const hints: unknown[] = [];
      const auth = quietSite({
        ...options,
        onEvent: (event) => void (event.type === "settings.hint" && hints.push(event.hint)),
      });
      const said = await warningsOf(async () => {
        await post(auth, headers);
        await upgrade(auth, headers);
      });
      assert.deepEqual(said, []);
      assert.deepEqual(hints, [hint.slice("djauth: ".length, -ONCE.length)]);
    });
  }
});

describe("there is no hint", () => {
  const FOREIGN = [
    ...[
      "https://evil.com",
      "null",
      "",
      "https://example.com.evil.com",
      "https://evil.com\u00e9",
      "https://a@example.com",
    ],
    ...["https://EXAMPLE.com", "https://example.com/\u001b", "https://example.com, https://evil.com"],
  ];
  test("for an Origin of another site, or one that no browser sends", async () => {
    const auth = quietSite({ allowedHosts: ["example.com"] });
    const said = await warningsOf(async () => {
      for (const origin of FOREIGN) {
        const request = new Request("http://example.com/", { method: "POST" });
        const { headers } = request;
        // What `Headers` refuses cannot come over HTTP either.
        try {
          headers.set("host", "example.com");
          headers.set("origin", origin);
        } catch {
          continue;
        }
        await auth.context(request).requireCsrf().then(() => assert.fail(origin), () => {});
      }
    });
    assert.deepEqual(said, []);
  });

  test("for a request with an accepted Origin and a missing CSRF token", async () => {
    const auth = quietSite({ csrf: { trustedOrigins: ["https://localhost"] } });
    const said = await warningsOf(async () => {
      await post(auth, { origin: "http://localhost", host: "localhost" });
      await post(auth, { origin: "https://localhost", host: "localhost" });
    });
    assert.deepEqual(said, []);
  });

  test("after the tenth host, so that invented ones cannot flood a log", async () => {
    const auth = quietSite();
    const said = await warningsOf(async () => {
      for (let number = 0; number < 100; number++) {
        await post(auth, { host: `h${number}.example.com`, origin: `http://h${number}.example.com` });
      }
    });
    assert.equal(said.length, 10);
    assert.match(String(said[9]), /"http:\/\/h9\.example\.com"/);
  });

  test("that is longer than 800 characters, even if the host is", async () => {
    const auth = quietSite();
    const host = "a".repeat(5_000);
    const [[hint] = []] = await warningsOf(() => post(auth, { host, origin: `http://${host}` }));
    assert.ok(typeof hint === "string" && hint.length < 800, String(hint));
  });
});
