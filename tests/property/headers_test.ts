/** Origin, Host, Referer and the like of any text: they never throw, and a foreign page never gets in. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { maskSecret } from "../../src/origin/csrf_token.ts";
import { wantsSocket, wrongVersion } from "../../src/sockets/protocol/upgrade_request.ts";
import { hostileMix, hostileText } from "../unit/internal/hostile_text.ts";
import { countedSite, GOOD_KEY, requestWith, RUNS } from "./site.ts";

const pieces = hostileMix(
  ...[
    "http",
    "https",
    "HTTP",
    "ws",
    "://",
    ":",
    "//",
    "/",
    "\\",
    "@",
    ".",
    "?",
    "#",
    ",",
    " ",
    "null",
    "*",
    "[",
    "]",
  ],
  ...[
    "example.com",
    "EXAMPLE.COM",
    "example.com.",
    "evil-example.com",
    "example.com.evil.com",
    "evil.com",
    "xn--",
  ],
  ...[
    "80",
    "443",
    "8000",
    "0",
    "-1",
    "[::1]",
    "127.0.0.1",
    "localhost",
    "%2e",
    "\u0000",
    "\n",
    "。",
    "ｅ",
    "websocket",
  ],
);
const text = fc.oneof(
  pieces,
  hostileText(),
  fc.webUrl(),
  fc.domain(),
  pieces.map((end) => `http://example.com${end}`),
);

/** The only pages that may: our own, as a browser names it. */
const OWN = /^http:\/\/example\.com\.?(?::\d+)?$/i;

const NAMES = [
  ...[
    "origin",
    "host",
    "referer",
    "upgrade",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "authorization",
  ],
  ...[
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "connection",
    "content-type",
    "x-csrftoken",
  ],
];
const headers = fc.dictionary(fc.constantFrom(...NAMES), text, { noNullPrototype: true });

/** Every setting that makes another header count. */
const TRUSTING = {
  useXForwardedHost: true,
  useXForwardedPort: true,
  secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"] as const,
  csrf: { trustedOrigins: ["https://*.example.com"] },
  socketOrigin: { missing: "allow", null: "refuse" } as const,
};

test("property: an upgrade from a page that is not ours is refused before the database is asked", async () => {
  const { auth, database, troubles } = countedSite();
  await fc.assert(
    fc.asyncProperty(text, async (origin) => {
      database.reset();
      const request = requestWith({ origin, cookie: `sessionid=${GOOD_KEY}`, upgrade: "websocket" });
      const decision = await auth.upgrade(request);
      if (decision.accepted) assert.match(request.headers.get("origin")!, OWN);
      else {
        assert.equal(decision.reason, "origin_not_allowed");
        assert.deepEqual(database.counts, { sessions: 0, users: 0, writes: 0 });
      }
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});

for (
  const [name, options] of [["the default settings", {}], ["a proxy that is believed", TRUSTING]] as const
) {
  test(`property: with ${name}, any headers are decided about`, async () => {
    const { auth, troubles } = countedSite(options);
    await fc.assert(
      fc.asyncProperty(headers, async (given) => {
        const request = requestWith({ cookie: `sessionid=${GOOD_KEY}`, ...given });
        const wants = wantsSocket(request, "/");
        assert.ok(!wants || /websocket/i.test(request.headers.get("upgrade") ?? ""));
        wrongVersion(request);
        const decision = await auth.upgrade(request, { protocols: ["chat"] });
        assert.ok([null, "chat", "djauth"].includes(decision.protocol));
        if (!decision.accepted) assert.equal(decision.response().status, decision.status);
        const response = await auth.handle(request, async (_request, context) => {
          await context.requireCsrf();
          const next = await auth.safeNext(context, "/fallback");
          return new Response(null, { status: 302, headers: { location: next } });
        });
        assert.equal(response.headers.get("location"), "/fallback");
      }),
      RUNS,
    );
    assert.deepEqual(troubles, []);
  });
}

test("property: no token of a client's is ever selected as the protocol", async () => {
  const { auth, troubles } = countedSite();
  const protocol = fc.oneof(
    hostileMix("djauth", "djauth.", "djauth.token", "chat", ",", ", ", " ", "."),
    hostileText(),
  );
  await fc.assert(
    fc.asyncProperty(protocol, async (offered) => {
      const request = requestWith({
        origin: "http://example.com",
        cookie: `sessionid=${GOOD_KEY}`,
        "sec-websocket-protocol": offered,
      });
      const decision = await auth.upgrade(request, { protocols: ["chat"] });
      assert.ok(decision.accepted);
      assert.ok([null, "chat", "djauth"].includes(decision.protocol));
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});

test("property: a form from a page that is not ours is refused, with the right token and all", async () => {
  const { auth, database, troubles } = countedSite();
  const secret = "s".repeat(32);
  const token = maskSecret(secret, (size) => new Uint8Array(size));
  const cookie = `sessionid=${GOOD_KEY}; csrftoken=${secret}`;
  await fc.assert(
    fc.asyncProperty(text, text, async (origin, referer) => {
      database.reset();
      const request = requestWith({ cookie, origin, referer, "x-csrftoken": token }, { method: "POST" });
      const response = await auth.handle(
        request,
        auth.csrfProtect(() => new Response("done")),
      );
      if (response.status === 200) assert.match(request.headers.get("origin")!, OWN);
      else assert.equal(response.status, 403);
      assert.deepEqual(database.counts, { sessions: 0, users: 0, writes: 0 });
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});

test("property: a CSRF token of any text passes only when it is the right one", async () => {
  const { auth, troubles } = countedSite();
  const secret = "s".repeat(32);
  const masked = maskSecret(secret, (size) => new Uint8Array(size));
  const token = fc.oneof(hostileMix(secret, masked, "s", "a".repeat(32)), hostileText());
  await fc.assert(
    fc.asyncProperty(token, token, async (inCookie, inHeader) => {
      const request = requestWith(
        { cookie: `csrftoken=${inCookie}`, origin: "http://example.com", "x-csrftoken": inHeader },
        { method: "POST" },
      );
      const response = await auth.handle(request, auth.csrfProtect(() => new Response("done")));
      assert.ok([200, 403].includes(response.status));
      if (response.status === 200) assert.match(request.headers.get("x-csrftoken")!, /^[a-zA-Z0-9]{32,64}$/);
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});
