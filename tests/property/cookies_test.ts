/**
 * Cookie headers of arbitrary text never throw, cause a query only for a well-formed key, and never authenticate
 * anybody.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCookies } from "../bridge/parse_cookies.ts";
import { hostileMix, hostileText } from "../unit/internal/hostile_text.ts";
import { countedSite, GOOD_KEY, HARMLESS_COOKIE, requestWith, RUNS } from "./site.ts";

const pieces = hostileMix(
  ...[
    "sessionid=",
    "csrftoken=",
    "=",
    ";",
    "; ",
    " ",
    '"',
    "\\",
    "\\000",
    "\\073",
    "%00",
    "\u0000",
    "\n",
    "é",
  ],
  ...[GOOD_KEY, GOOD_KEY.slice(1), GOOD_KEY.toUpperCase(), "a".repeat(8), "a".repeat(40), "a".repeat(41)],
);
const header = fc.oneof(
  pieces,
  hostileText(),
  pieces.map((text) => `sessionid=${text}`),
  fc.string({ unit: "binary", maxLength: 50 }).map((text) => `sessionid=${text}`),
  fc.integer({ min: 1, max: 300_000 }).map((length) => "sessionid=".padEnd(length, "a;")),
);

/** The format of a session key, repeated independently. */
const KEY_SHAPE = /^[!-~]{8,40}$/;

test("property: any Cookie header gets a 200, and only a stored session authenticates a user", async () => {
  const { auth, database, troubles } = countedSite();
  await fc.assert(
    fc.asyncProperty(header, async (cookie) => {
      database.reset();
      const request = requestWith({ cookie });
      const key = parseCookies(request.headers.get("cookie")!).get("sessionid");
      const isGood = key === GOOD_KEY;
      const context = auth.context(request);
      assert.equal(await context.userId(), isGood ? 7 : null);
      assert.equal((await context.user())?.id ?? null, isGood ? 7 : null);
      assert.equal(await context.refusal() === null, isGood);
      const session = await context.session();
      assert.equal(session.sessionKey, isGood ? GOOD_KEY : null);
      await context.csrfToken();
      const response = await context.finish(new Response("ok"));
      assert.equal(response.status, 200);
      for (const line of response.headers.getSetCookie()) assert.match(line, HARMLESS_COOKIE);
      const isKey = key !== undefined && KEY_SHAPE.test(key);
      assert.deepEqual(database.counts, { sessions: isKey ? 1 : 0, users: isGood ? 1 : 0, writes: 0 });
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});

test("property: an upgrade with any Cookie header is decided, and only a stored session is accepted", async () => {
  const { auth, database, troubles } = countedSite();
  await fc.assert(
    fc.asyncProperty(header, async (cookie) => {
      database.reset();
      const request = requestWith({ cookie, origin: "http://example.com", upgrade: "websocket" });
      const key = parseCookies(request.headers.get("cookie")!).get("sessionid");
      const decision = await auth.upgrade(request);
      assert.equal(decision.accepted, key === GOOD_KEY);
      if (!decision.accepted) assert.equal(decision.code, 4401);
      const isKey = key !== undefined && KEY_SHAPE.test(key);
      assert.deepEqual(database.counts, {
        sessions: isKey ? 1 : 0,
        users: key === GOOD_KEY ? 1 : 0,
        writes: 0,
      });
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});

test("property: hostile cookies next to a valid session cause no error and do not delete the session", async () => {
  const { auth, database, troubles } = countedSite({ csrf: { useSessions: true } });
  await fc.assert(
    fc.asyncProperty(header, header, async (first, second) => {
      database.reset();
      const request = requestWith({ cookie: `${first}; sessionid=${GOOD_KEY}; csrftoken=${second}` });
      const response = await auth.handle(request, async (_request, context) => {
        await context.csrfToken();
        return Response.json({ id: (await context.user())?.id ?? null });
      });
      const key = parseCookies(request.headers.get("cookie")!).get("sessionid");
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { id: key === GOOD_KEY ? 7 : null });
      for (const line of response.headers.getSetCookie()) assert.match(line, HARMLESS_COOKIE);
      assert.ok(database.rows.has(GOOD_KEY));
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});
