/** When the session cookie is sent, and with which `Vary`: equal to Django's SessionMiddleware, release by release. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { djangoAuth } from "../../src/django_auth.ts";
import { createSessionCodec } from "../../src/session/codec.ts";
import { SessionPayload } from "../../src/session/payload.ts";
import type { SameSite } from "../../src/types.ts";
import { createDatabase, needsDatabase, type TestDatabase } from "../ground/database.ts";
import { vectorCases } from "../vectors/load.ts";
import { served } from "./site.ts";
import { send } from "./wire.ts";

interface Case {
  settings: {
    SESSION_COOKIE_NAME: string;
    SESSION_COOKIE_AGE: number;
    SESSION_COOKIE_DOMAIN: string | null;
    SESSION_COOKIE_HTTPONLY: boolean;
    SESSION_COOKIE_PATH: string;
    SESSION_COOKIE_SAMESITE: SameSite;
    SESSION_COOKIE_SECURE: boolean;
    SESSION_EXPIRE_AT_BROWSER_CLOSE: boolean;
    SESSION_SAVE_EVERY_REQUEST: boolean;
  };
  action: keyof typeof ACTIONS;
  setCookie: string[];
  vary: string | null;
}

const KEY = "k".repeat(32);

/** What the views did in Django when the expected values were recorded. */
const ACTIONS = {
  "none": () => {},
  "read": async (context: RequestContext) => void (await context.session()).get("a"),
  "modify": async (context: RequestContext) => (await context.session()).set("a", 2),
  "error": async (context: RequestContext) => (await context.session()).set("a", 2),
  "empty": async (context: RequestContext) => await (await context.session()).flush(),
  "expiry-0": async (context: RequestContext) => (await context.session()).setExpiry(0),
  "expiry-90": async (context: RequestContext) => (await context.session()).setExpiry(90),
};

describe("the session's cookie is sent as by Django's middleware", needsDatabase, () => {
  let database: TestDatabase;
  before(async () => void (database = await createDatabase()));
  after(() => database?.drop());

  for (const { release, data, cases } of vectorCases<Case>("setCookie")) {
    test(`Django ${release}: ${cases.length} views`, { timeout: 20_000 }, async () => {
      const clock = { now: () => data.now * 1000 };
      const codec = createSessionCodec({ keys: { current: data.secretKey, fallbacks: [] }, clock });
      const text = codec.encode(SessionPayload.fromText('{"a":1}')!);
      for (const { settings, action, setCookie, vary } of cases) {
        await database.sql`DELETE FROM django_session`;
        const end = new Date((data.now + 1000) * 1000);
        await database.sql`INSERT INTO django_session VALUES (${KEY}, ${text}, ${end})`;
        const auth = djangoAuth({
          secretKey: data.secretKey,
          database: database.url,
          clock,
          session: {
            cookieName: settings.SESSION_COOKIE_NAME,
            cookieAge: settings.SESSION_COOKIE_AGE,
            cookieDomain: settings.SESSION_COOKIE_DOMAIN,
            cookieHttpOnly: settings.SESSION_COOKIE_HTTPONLY,
            cookiePath: settings.SESSION_COOKIE_PATH,
            cookieSameSite: settings.SESSION_COOKIE_SAMESITE,
            cookieSecure: settings.SESSION_COOKIE_SECURE,
            expireAtBrowserClose: settings.SESSION_EXPIRE_AT_BROWSER_CLOSE,
            saveEveryRequest: settings.SESSION_SAVE_EVERY_REQUEST,
          },
        });
        const fetch = async (_request: Request, context: RequestContext) => {
          await ACTIONS[action](context);
          return new Response(null, { status: action === "error" ? 500 : 200 });
        };
        await served(auth, { fetch }, async ({ host }) => {
          const cookie = `${settings.SESSION_COOKIE_NAME}=${KEY}`;
          const response = await send(host, { headers: [["cookie", cookie]] });
          const seen = { setCookie: response.setCookies, vary: response.headers.get("vary") };
          // Older releases send no Vary with a cookie that is merely renewed, which a shared cache might store.
          const expected = { setCookie, vary: vary ?? (setCookie.length > 0 ? "Cookie" : null) };
          assert.deepEqual(seen, expected, JSON.stringify({ settings, action }));
        });
        const rows = await database.sql`SELECT session_data, expire_date FROM django_session`;
        const isSaved = setCookie.length > 0 && action !== "empty";
        assert.equal(rows.length, action === "empty" ? 0 : 1);
        if (action !== "empty") {
          assert.equal(rows[0]!.expire_date.getTime() !== end.getTime(), isSaved, action);
        }
      }
    });
  }
});
