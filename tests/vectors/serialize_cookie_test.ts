/** The Set-Cookie lines only; when the middleware sends them is tested with the request context. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { expiredCookie, serializeCookie, type SetCookie } from "../../src/internal/cookies.ts";
import type { SameSite } from "../../src/types.ts";
import { vectorCases } from "./load.ts";

interface Settings {
  SESSION_COOKIE_NAME: string;
  SESSION_COOKIE_AGE: number;
  SESSION_COOKIE_DOMAIN: string | null;
  SESSION_COOKIE_HTTPONLY: boolean;
  SESSION_COOKIE_PATH: string;
  SESSION_COOKIE_SAMESITE: SameSite;
  SESSION_COOKIE_SECURE: boolean;
  SESSION_EXPIRE_AT_BROWSER_CLOSE: boolean;
}

interface Case {
  settings: Settings;
  action: string;
  setCookie: string[];
}

const SESSION_KEY = "k".repeat(32);

describe("a Set-Cookie line equals Django's", () => {
  for (const { release, data, cases } of vectorCases<Case>("setCookie")) {
    const sent = cases.filter(({ setCookie }) => setCookie.length > 0);
    it(`Django ${release}: ${sent.length} lines`, () => {
      for (const { settings, action, setCookie } of sent) {
        assert.deepEqual([serializeCookie(cookieOf(settings, action, data.now))], setCookie);
      }
    });
  }
});

function cookieOf(settings: Settings, action: string, now: number): SetCookie {
  const name = settings.SESSION_COOKIE_NAME;
  const place = {
    path: settings.SESSION_COOKIE_PATH,
    domain: settings.SESSION_COOKIE_DOMAIN,
    sameSite: settings.SESSION_COOKIE_SAMESITE,
  };
  if (action === "empty") return expiredCookie(name, place);
  const maxAge = maxAgeOf(settings, action);
  return {
    ...place,
    name,
    value: SESSION_KEY,
    maxAge,
    expires: maxAge === null ? null : new Date((now + maxAge) * 1000),
    secure: settings.SESSION_COOKIE_SECURE,
    httpOnly: settings.SESSION_COOKIE_HTTPONLY,
  };
}

function maxAgeOf(settings: Settings, action: string): number | null {
  if (action === "expiry-90") return 90;
  if (action === "expiry-0" || settings.SESSION_EXPIRE_AT_BROWSER_CLOSE) return null;
  return settings.SESSION_COOKIE_AGE;
}
