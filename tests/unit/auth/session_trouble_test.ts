/** Unexpired sessions that sign nobody in because of their data: as in Django, but with a session.trouble event. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TimestampSigner } from "../../../src/crypto/timestamp_signer.ts";
import { DEFAULT_SESSION_SALT } from "../../../src/session/codec.ts";
import type { DjangoAuthOptions } from "../../../src/auth/options/options.ts";
import { type DjangoAuth, djangoAuth } from "../../../src/django_auth.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { warningsOf } from "./console.ts";
import type { MemoryDatabase } from "./memory_database.ts";
import {
  cookiesOf,
  PASSWORD,
  requestTo,
  SECRET_KEY,
  SESSIONS,
  type Site,
  siteOptions,
  siteWith,
} from "./site.ts";

/** Logs in with the site's own keys. @returns the cookies */
async function loggedIn({ auth }: Site): Promise<string> {
  const response = await auth.handle(requestTo("/login", { method: "POST" }), async (_, context) => {
    const user = await auth.authenticate({ username: "ada", password: PASSWORD });
    await auth.login(context, user, { csrf: false });
    return new Response("welcome");
  });
  return cookiesOf(response);
}

/** Another server on the same database. */
function other(database: MemoryDatabase, options: Partial<DjangoAuthOptions>): DjangoAuth {
  return djangoAuth({ ...siteOptions(database), ...options });
}

async function visit(auth: DjangoAuth, cookie: string): Promise<string | null> {
  return (await auth.context(requestTo("/", { headers: { cookie } })).user())?.username ?? null;
}

const WRONG = [
  ["secretKey", { secretKey: "another secret key" }],
  ["session.keySalt", { session: { keySalt: "sessions.OwnStore" } }],
] as const;

describe("an unexpired session whose data cannot be used", () => {
  for (const [name, options] of WRONG) {
    test(`emits session.trouble, without its data, if ${name} is a different one`, async () => {
      const site = await siteWith();
      const cookie = await loggedIn(site);
      const events: unknown[] = [];
      const auth = other(site.database, { ...options, onEvent: (event) => void events.push(event) });
      assert.equal(await visit(auth, cookie), null);
      assert.deepEqual(events, [{ type: "session.trouble", code: "bad_signature" }]);
      assert.deepEqual(site.events, []);
    });
  }

  test("emits session.trouble once a minute, however often it is sent", async () => {
    const site = await siteWith();
    const cookie = await loggedIn(site);
    const events: unknown[] = [];
    let now = Date.now();
    const auth = other(site.database, {
      secretKey: "another secret key",
      clock: { now: () => now },
      onEvent: (event) => void events.push(event),
    });
    for (let count = 0; count < 50; count++) await visit(auth, cookie);
    assert.equal(events.length, 1);
    now += 59_999;
    await visit(auth, cookie);
    assert.equal(events.length, 1);
    now += 1;
    await visit(auth, cookie);
    assert.equal(events.length, 2);
  });

  test("causes one warning without onEvent, with the options that may be wrong", async () => {
    const site = await siteWith();
    const cookie = await loggedIn(site);
    let now = Date.now();
    const clock = { now: () => now };
    const auth = other(site.database, { secretKey: "another secret key", clock, onEvent: undefined });
    const said = await warningsOf(async () => {
      for (let hour = 0; hour < 3; hour++, now += 3_600_000) await visit(auth, cookie);
    });
    assert.deepEqual(said, [[
      "djauth: there is a session whose signature does not verify: secretKey, secretKeyFallbacks or session.keySalt " +
      "is not that of the Django site. Until then it counts as empty. This is said once",
    ]]);
  });

  test("has the code undecodable if it is signed but is not JSON", async () => {
    const site = await siteWith();
    const cookie = await loggedIn(site);
    const signer = new TimestampSigner({ key: SECRET_KEY, salt: DEFAULT_SESSION_SALT });
    site.database.rows(SESSIONS)[0]!.session_data = signer.signText("\x80\x04 a pickle");
    assert.equal(await visit(site.auth, cookie), null);
    assert.deepEqual(site.events, [{ type: "session.trouble", code: "undecodable" }]);
  });

  test("emits session.trouble once if its user id is malformed, and keeps its data", async () => {
    const site = await siteWith();
    const cookie = await loggedIn(site);
    const events: unknown[] = [];
    const users = userTable({ columns: { id: "uuid", username: "text", is_active: "boolean" } });
    const options = { ...siteOptions(site.database), users: users as never };
    const listening = djangoAuth({ ...options, onEvent: (event) => void events.push(event) });
    for (let count = 0; count < 3; count++) assert.equal(await visit(listening, cookie), null);
    assert.deepEqual(events, [{ type: "session.trouble", code: "user_id_malformed" }]);
    const context = listening.context(requestTo("/", { headers: { cookie } }));
    assert.equal((await context.session()).get("_auth_user_id"), "1");
    const silent = djangoAuth({ ...options, onEvent: undefined });
    assert.deepEqual(await warningsOf(async () => void await visit(silent, cookie)), [[
      "djauth: there is a session whose user id is invalid: the primary key has a different type in the Django site than " +
      "in users. Until then its user counts as nobody. This is said once",
    ]]);
  });

  test("emits session.trouble once if its backend is not configured", async () => {
    const site = await siteWith();
    const cookie = await loggedIn(site);
    const events: unknown[] = [];
    const options = { ...siteOptions(site.database), authenticationBackends: ["allauth.Backend"] };
    const listening = djangoAuth({ ...options, onEvent: (event) => void events.push(event) });
    for (let count = 0; count < 3; count++) assert.equal(await visit(listening, cookie), null);
    assert.deepEqual(events, [{ type: "session.trouble", code: "backend_unknown" }]);
    const silent = djangoAuth({ ...options, onEvent: undefined });
    assert.deepEqual(await warningsOf(async () => void await visit(silent, cookie)), [[
      "djauth: there is a session that names a backend which is not one of authenticationBackends: list " +
      "AUTHENTICATION_BACKENDS of the Django site. Until then its user counts as nobody. This is said once",
    ]]);
  });

  test("emits nothing if it has expired or has no row, or if a fallback key verifies it", async () => {
    const site = await siteWith();
    const cookie = await loggedIn(site);
    const events: unknown[] = [];
    const onEvent = (event: unknown) => void events.push(event);
    const rotated = { secretKey: "another secret key", onEvent };
    assert.equal(
      await visit(other(site.database, { ...rotated, secretKeyFallbacks: [SECRET_KEY] }), cookie),
      "ada",
    );
    assert.equal(await visit(other(site.database, rotated), `sessionid=${"k".repeat(32)}`), null);
    site.database.rows(SESSIONS)[0]!.expire_date = "2001-01-01T00:00:00Z";
    assert.equal(await visit(other(site.database, rotated), cookie), null);
    assert.deepEqual(events, []);
  });
});
