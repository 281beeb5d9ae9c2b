/** Origin, Host, Referer and similar headers of arbitrary text never throw, and a foreign page is never accepted. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { maskSecret } from "../../src/origin/csrf_token.ts";
import { parseCookies } from "../bridge/parse_cookies.ts";
import { isOnPath, isUpgrade, wrongVersion } from "../../src/sockets/protocol/upgrade_request.ts";
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

/** The only allowed origin: our own, in the browser's spelling. */
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

/** Every setting that makes another header take effect. */
const TRUSTING = {
  useXForwardedHost: true,
  useXForwardedPort: true,
  secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"] as const,
  csrf: { trustedOrigins: ["https://*.example.com"] },
  socketOrigin: { missing: "allow", null: "refuse" } as const,
};

test("property: an upgrade from a foreign origin is refused without a query", async () => {
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
  test(`property: with ${name}, any headers are handled without an error`, async () => {
    const { auth, troubles } = countedSite(options);
    await fc.assert(
      fc.asyncProperty(headers, async (given) => {
        const request = requestWith({ cookie: `sessionid=${GOOD_KEY}`, ...given });
        const wants = isUpgrade(request) && isOnPath(request, "/");
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

test("property: no token offered by a client is ever selected as the protocol", async () => {
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

test("property: a form from a foreign origin is refused even with the right token", async () => {
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

/** The secret in a token by the definition of its masked form, written independently. */
function secretIn(token: string | undefined): string | null {
  if (token === undefined || !/^(?:[a-zA-Z0-9]{32}){1,2}$/.test(token)) return null;
  const [mask, shifted] = [token.slice(0, 32), token.slice(32)];
  if (shifted === "") return mask;
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return Array.from(shifted, (letter, index) => {
    const place = letters.indexOf(letter) - letters.indexOf(mask.charAt(index));
    return letters.at(place % letters.length);
  }).join("");
}

test("property: any CSRF tokens get 200 exactly where header and cookie hold the same secret", async () => {
  const { auth, troubles } = countedSite();
  const secret = "s".repeat(32);
  const forms = [0, 7].map((byte) => maskSecret(secret, (size) => new Uint8Array(size).fill(byte)));
  const token = fc.oneof(
    fc.constantFrom(secret, ...forms, "a".repeat(32), "a".repeat(64)),
    hostileMix(secret, ...forms, "s", "a".repeat(32)),
    hostileText(),
  );
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(token, token, async (inCookie, inHeader) => {
      const request = requestWith(
        { cookie: `csrftoken=${inCookie}`, origin: "http://example.com", "x-csrftoken": inHeader },
        { method: "POST" },
      );
      const response = await auth.handle(request, auth.csrfProtect(() => new Response("done")));
      const known = secretIn(parseCookies(request.headers.get("cookie")!).get("csrftoken"));
      const sent = secretIn(request.headers.get("x-csrftoken")!);
      assert.equal(response.status, known !== null && known === sent ? 200 : 403);
      if (response.status === 200) accepted++;
    }),
    RUNS,
  );
  assert.ok(accepted > 0);
  assert.deepEqual(troubles, []);
});
