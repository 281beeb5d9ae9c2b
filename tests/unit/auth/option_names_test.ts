/** Unknown option names: Django settings and misspellings get a suggestion. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuthOptions } from "../../../src/auth/options/options.ts";
import { djangoAuth } from "../../../src/django_auth.ts";
import { suggestionsFor } from "../../../src/internal/suggestions.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { siteOptions } from "./site.ts";

/** A Django setting or a misspelling, and the suggested option. */
const MEANT: readonly (readonly [written: string, meant: string])[] = [
  ["SECRET_KEY", "secretKey"],
  ["SECRET_KEY_FALLBACKS", "secretKeyFallbacks"],
  ["DATABASES", "database"],
  ["ALLOWED_HOSTS", "allowedHosts"],
  ["DEBUG", "debug"],
  ["USE_TZ", "useTz"],
  ["TIME_ZONE", "timeZone"],
  ["USE_X_FORWARDED_HOST", "useXForwardedHost"],
  ["USE_X_FORWARDED_PORT", "useXForwardedPort"],
  ["SECURE_PROXY_SSL_HEADER", "secureProxySslHeader"],
  ["LOGIN_URL", "loginUrl"],
  ["AUTHENTICATION_BACKENDS", "authenticationBackends"],
  ["AUTH_USER_MODEL", "users"],
  ["SIMPLE_JWT", "jwt"],
  ["simpleJwt", "jwt"],
  ["jwtOptions", "jwt"],
  ["DATABASE_URL", "database"],
  ["databaseUrl", "database"],
  ["hosts", "allowedHosts"],
  ["PASSWORD_HASHERS", "passwords.hashers"],
  ["SESSION_COOKIE_AGE", "session.cookieAge"],
  ["SESSION_COOKIE_HTTPONLY", "session.cookieHttpOnly"],
  ["SESSION_COOKIE_SAMESITE", "session.cookieSameSite"],
  ["SESSION_SAVE_EVERY_REQUEST", "session.saveEveryRequest"],
  ["SESSION_EXPIRE_AT_BROWSER_CLOSE", "session.expireAtBrowserClose"],
  ["CSRF_TRUSTED_ORIGINS", "csrf.trustedOrigins"],
  ["CSRF_USE_SESSIONS", "csrf.useSessions"],
  ["CSRF_HEADER_NAME", "csrf.headerName"],
  ["CSRF_COOKIE_AGE", "csrf.cookieAge"],
  ["secretkey", "secretKey"],
  ["allowdHosts", "allowedHosts"],
  ["alowedHost", "allowedHosts"],
  ["sesion", "session"],
  ["crsf", "csrf"],
  ["onEvents", "onEvent"],
  ["trustedOrigins", "csrf.trustedOrigins"],
  ["cookieDomain", "session.cookieDomain or csrf.cookieDomain"],
  ["session.COOKIE_AGE", "session.cookieAge"],
  ["session.SESSION_COOKIE_AGE", "session.cookieAge"],
  ["session.cookieage", "session.cookieAge"],
  ["session.cookieAeg", "session.cookieAge"],
  ["session.secure", ""],
  ["session.allowedHosts", "allowedHosts"],
  ["csrf.CSRF_TRUSTED_ORIGINS", "csrf.trustedOrigins"],
  ["csrf.TRUSTED_ORIGIN", "csrf.trustedOrigins"],
  ["csrf.cookieSamesite", "csrf.cookieSameSite"],
  ["passwords.PASSWORD_HASHERS", "passwords.hashers"],
  ["passwords.hasher", "passwords.hashers"],
  ["socketOrigin.allowedOrigin", "socketOrigin.allowedOrigins"],
  ["STATIC_ROOT", ""],
  ["x", ""],
  ["_", ""],
  ["allowedHosts".padEnd(65, "s"), ""],
];

describe("djangoAuth() suggests, for an unknown option", () => {
  for (const [written, meant] of MEANT) {
    test(`${written}: ${meant || "nothing"}`, () => {
      const [name = "", group] = written.split(".").reverse();
      const options = group === undefined ? { [name]: 1 } : { [group]: { [name]: 1 } };
      assert.throws(
        () => djangoAuth({ ...siteOptions(new MemoryDatabase()), ...options } as DjangoAuthOptions),
        (error: Error) => {
          const [says, hint] = error.message.split(", ", 2);
          assert.equal(says, `${written} is not an option`);
          if (meant === "") assert.match(hint!, /^expected one of /);
          else assert.equal(hint, `did you mean ${meant}?`);
          return true;
        },
      );
    });
  }
});

const UNAVAILABLE: readonly (readonly [setting: string, reason: string])[] = [
  ["SESSION_ENGINE", "sessions are kept as by django.contrib.sessions.backends.db"],
  ["SESSION_SERIALIZER", "sessions are read and written as by Django's own JSONSerializer"],
  [
    "AUTH_PASSWORD_VALIDATORS",
    "validate a new password before passing it to register() or changePassword()",
  ],
  ["LOGIN_REDIRECT_URL", "pass it to auth.safeNext(context, fallback) as the fallback"],
];

for (const [setting, reason] of UNAVAILABLE) {
  test(`djangoAuth() explains why there is no option for ${setting}, at the top or in a group`, () => {
    for (
      const [options, written] of [[{ [setting]: 1 }, setting], [
        { session: { [setting]: 1 } },
        `session.${setting}`,
      ]]
    ) {
      assert.throws(
        () => djangoAuth({ ...siteOptions(new MemoryDatabase()), ...options as Partial<DjangoAuthOptions> }),
        { code: "improperly_configured", message: `${written} is not an option: ${reason}` },
      );
    }
  });
}

test("two equally close names are both suggested", () => {
  assert.deepEqual(suggestionsFor("cat", ["car", "cap", "dog"]), ["car", "cap"]);
});
