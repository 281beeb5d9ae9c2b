/**
 * Stored sessions of arbitrary text and signed ones of arbitrary content never throw, and authenticate only the right
 * user.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePythonJson } from "../../src/internal/python/json.ts";
import { hostileMix, hostileText } from "../unit/internal/hostile_text.ts";
import { pythonText } from "../unit/internal/python_texts.ts";
import { countedSite, GOOD_KEY, GOOD_MEMBERS, HARMLESS_COOKIE, requestWith, RUNS, signed } from "./site.ts";

const GOOD_TEXT = signed(GOOD_MEMBERS);
const cookie = `sessionid=${GOOD_KEY}`;

test("property: stored session data of any text are either what Django signed or treated as empty", async () => {
  const { auth, database, troubles } = countedSite();
  const cut = fc.integer({ min: 0, max: GOOD_TEXT.length });
  const stored = fc.oneof(
    hostileText(),
    hostileMix(GOOD_TEXT, ":", ".", GOOD_TEXT.slice(0, 20), "=", "-", "eyJ"),
    fc.tuple(cut, cut, hostileText(2)).map(([a, b, text]) =>
      GOOD_TEXT.slice(0, a) + text + GOOD_TEXT.slice(b)
    ),
    fc.constantFrom<unknown>(null, 7, {}, GOOD_TEXT),
  );
  await fc.assert(
    fc.asyncProperty(stored, async (data) => {
      database.reset(data);
      const context = auth.context(requestWith({ cookie }));
      const isGood = data === GOOD_TEXT;
      assert.equal(await context.userId(), isGood ? 7 : null);
      assert.equal((await context.user())?.id ?? null, isGood ? 7 : null);
      assert.equal((await context.session()).keys().length, isGood ? 3 : 0);
      assert.equal((await context.finish(new Response("ok"))).status, 200);
      const decision = await auth.upgrade(requestWith({ cookie, origin: "http://example.com" }));
      assert.equal(decision.accepted, isGood);
      assert.equal(database.counts.users, isGood ? 2 : 0);
      assert.equal(database.counts.writes, 0);
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});

test("property: a session with an unreadable expire date authenticates nobody", async () => {
  const { auth, database } = countedSite();
  const moment = fc.oneof(
    hostileText(12),
    fc.constantFrom<unknown>(null, NaN, "-infinity", new Date(NaN), "1999-01-01"),
  );
  await fc.assert(
    fc.asyncProperty(moment, async (end) => {
      database.reset(GOOD_TEXT, end);
      const context = auth.context(requestWith({ cookie }));
      const outcome = await context.user().then((user) => user?.id ?? null, ({ code }) => code);
      const isLiving = new Date(String(end)).getTime() > Date.now();
      if (isLiving) assert.equal(outcome, 7);
      else assert.ok(outcome === null || outcome === "database_error", String(outcome));
    }),
    RUNS,
  );
});

/** The valid text most of the time, else any JSON. */
function member(name: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(GOOD_MEMBERS[name]!) },
    { weight: 1, arbitrary: pythonText },
    {
      weight: 1,
      arbitrary: fc.constantFrom('"007"', '" 7 "', '"7.0"', '"٧"', '"7\\n"', "7", "7.0", "true", '"-7"'),
    },
    { weight: 1, arbitrary: fc.constantFrom('""', "[]", '["7"]', '{"a":7}', "1e400", `"${"7".repeat(40)}"`) },
  );
}

const members = fc.record(
  {
    _auth_user_id: member("_auth_user_id"),
    _auth_user_backend: member("_auth_user_backend"),
    _auth_user_hash: member("_auth_user_hash"),
    _csrftoken: pythonText,
    other: pythonText,
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** Whether a JSON text is an id in Django's format. */
function isId(text: string | undefined): boolean {
  const value = text === undefined ? null : parsePythonJson(text);
  if (typeof value === "string") {
    return /^(?:0|-?[1-9][0-9]{0,9})$/.test(value) && Math.abs(Number(value)) < 2 ** 31;
  }
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
}

test("property: any signed data authenticate a user only if id, backend and hash are all right", async () => {
  const { auth, database, troubles } = countedSite({ csrf: { useSessions: true } });
  await fc.assert(
    fc.asyncProperty(members, async (given) => {
      database.reset(signed(given));
      const hasBackend = given._auth_user_backend === GOOD_MEMBERS._auth_user_backend;
      const isAsked = hasBackend && isId(given._auth_user_id);
      const isSeven = isAsked && String(parsePythonJson(given._auth_user_id!)) === "7";
      const isGood = isSeven && given._auth_user_hash === GOOD_MEMBERS._auth_user_hash;
      const decision = await auth.upgrade(requestWith({ cookie, origin: "http://example.com" }));
      assert.equal(decision.accepted, isGood);
      const context = auth.context(requestWith({ cookie }));
      assert.equal(await context.userId() === 7, isSeven);
      assert.equal((await context.user())?.id ?? null, isGood ? 7 : null);
      await context.csrfToken();
      const session = await context.session();
      for (const [key, value] of session.entries()) assert.notEqual(value, undefined, key);
      const response = await context.finish(new Response("ok"));
      assert.equal(response.status, 200);
      for (const line of response.headers.getSetCookie()) assert.match(line, HARMLESS_COOKIE);
      assert.equal(database.counts.users, isAsked ? 2 : 0);
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});

test("property: a session with any JSON as its expiry is read and saved", async () => {
  const { auth, database, troubles } = countedSite();
  const expiry = fc.oneof(
    pythonText,
    fc.constantFrom(
      '"2026-11-22T10:00:00"',
      '"2026-11-22T10:00:00+05:30"',
      '"9999-12-31"',
      '"x"',
      "0",
      "-1",
      "1e400",
      "1e20",
      "-1e20",
    ),
    fc.double({ noNaN: true }).map(String),
  );
  await fc.assert(
    fc.asyncProperty(expiry, async (text) => {
      database.reset(signed({ ...GOOD_MEMBERS, _session_expiry: text }));
      const response = await auth.handle(requestWith({ cookie }), async (_request, context) => {
        const session = await context.session();
        session.set("seen", 1);
        return Response.json({ id: (await context.user())?.id ?? null });
      });
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { id: 7 });
      for (const line of response.headers.getSetCookie()) assert.match(line, HARMLESS_COOKIE);
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});
