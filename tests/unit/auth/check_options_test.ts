/** Invalid options: `djangoAuth()` refuses each with its name, and without quoting secrets. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { djangoAuth } from "../../../src/django_auth.ts";
import { refusal } from "./site.ts";

const SECURE = { cookieSecure: true };
const SECONDS = "expected a number of seconds above 0";
const HOSTS =
  'expected hosts without scheme, port and path, such as "example.com", ".example.com" or "[::1]"';
const HEADER = 'expected a header name such as "HTTP_X_CSRFTOKEN" or "X-CSRFToken"';
const DRIVER = { query: () => {}, read: () => {}, transaction: () => {}, close: () => {} };
const DATABASE = "expected a postgres:// URL, an instance of postgres.js or a driver";
const ENTRY =
  "database is an object, expected the address in Django's DATABASES, as postgres://USER:PASSWORD@HOST:PORT/NAME";
const ADDRESS = 'expected a path such as "/accounts/login/" or a URL such as "https://example.com/login/"';

const REFUSED: readonly (readonly [options: Record<string, unknown>, message: string | RegExp])[] = [
  [{ whatever: "x" }, /^whatever is not an option, expected one of secretKey, /],
  [{ database: null }, `database is null, ${DATABASE}`],
  [
    { database: undefined },
    `database is undefined, ${DATABASE}; is its environment variable set?`,
  ],
  [{ database: {} }, `database is an object, ${DATABASE}`],
  [
    { database: { ...DRIVER, transaction: undefined } },
    "database is a driver without transaction, expected one with query, read, transaction, close",
  ],
  [
    { database: { read: () => {} } },
    "database is a driver without query, transaction, close, expected one with query, read, transaction, close",
  ],
  [{ database: 7 }, `database is 7, ${DATABASE}`],
  [{ database: { ENGINE: "django.db.backends.postgresql", PASSWORD: "hush" } }, ENTRY],
  [{ database: { default: { ENGINE: "django.db.backends.postgresql" } } }, ENTRY],
  ...["sqlite:///db.sqlite3", "mysql://user:hush@host/name", "postgis://host/name"].map((url) =>
    [
      { database: url },
      `database is a URL with the scheme "${url.split(":")[0]}", expected postgres://user@host/name`,
    ] as const
  ),
  [{ database: "site" }, "database is a string that is not a URL, expected postgres://user@host/name"],
  [{ databaseDeadline: 0 }, `databaseDeadline is 0, ${SECONDS}, at most 86400`],
  [{ databaseDeadline: 86_401 }, `databaseDeadline is 86401, ${SECONDS}, at most 86400`],
  [{ databaseDeadline: NaN }, `databaseDeadline is NaN, ${SECONDS}, at most 86400`],
  [{ databaseDeadline: "5" }, `databaseDeadline is "5", ${SECONDS}, at most 86400`],
  [{ django: "3.1" }, /^django is "3.1", expected one of "4.2", /],
  [{ django: 5.2 }, "django is 5.2, expected a string"],
  [{ useTz: "yes" }, 'useTz is "yes", expected a boolean'],
  [{ timeZone: "Paris" }, 'timeZone is "Paris", expected an IANA zone such as "Europe/Paris"'],
  [{ debug: 1 }, "debug is 1, expected a boolean"],
  [{ useXForwardedHost: null }, "useXForwardedHost is null, expected a boolean"],
  [{ useXForwardedPort: [] }, "useXForwardedPort is a list, expected a boolean"],
  [{ loginUrl: false }, "loginUrl is false, expected a string"],
  ...[
    "login",
    "",
    "accounts/login/",
    "javascript:alert(1)",
    "https://",
    "/lo gin",
    "/\n",
    "./login",
    "two_factor:login",
  ]
    .map((url) => [{ loginUrl: url }, `loginUrl is ${JSON.stringify(url)}, ${ADDRESS}`] as const),
  [{ onEvent: "log" }, 'onEvent is "log", expected a function'],
  [{ clock: Date.now }, "clock is a function, expected an object with now()"],
  [{ clock: {} }, "clock is an object, expected an object with now()"],
  [{ clock: null }, "clock is null, expected an object with now()"],
  [{ randomBytes: {} }, "randomBytes is an object, expected a function"],

  [
    { secureProxySslHeader: "HTTP_X" },
    /^secureProxySslHeader is "HTTP_X", expected \["HTTP_X_FORWARDED_PROTO"/,
  ],
  [
    { secureProxySslHeader: ["HTTP_X"] },
    /^secureProxySslHeader is a list, expected \["HTTP_X_FORWARDED_PROTO"/,
  ],
  [{ secureProxySslHeader: ["a b", "https"] }, `secureProxySslHeader is "a b", ${HEADER}`],
  ...["", " ", "https ", "https,http"].map((value) =>
    [
      { secureProxySslHeader: ["HTTP_X", value] },
      `secureProxySslHeader has the value "${value}", expected one that the proxy sends, such as "https"`,
    ] as const
  ),
  [{ allowedHosts: "example.com" }, 'allowedHosts is "example.com", expected a list of strings'],
  ...[
    ...["https://example.com", "example.com/", "example.com:8000", "[::1]:8000", "::1", ":80", ""],
    ...["*.example.com", "example.com.", "my_host", "a b", ".", "bücher.example"],
  ].map((host) => [{ allowedHosts: ["a.b", host] }, `allowedHosts contains "${host}", ${HOSTS}`] as const),

  [{ users: {} }, "users is an object, expected the result of userTable()"],
  [{ users: "auth_user" }, 'users is "auth_user", expected the result of userTable()'],
  [{ users: null }, "users is null, expected the result of userTable()"],
  [{ users: { table: "auth_user" } }, "users is an object, expected the result of userTable()"],
  [{ passwords: ["pbkdf2_sha256"] }, "passwords is a list, expected an object"],
  [{ passwords: null }, "passwords is null, expected an object"],
  [
    { passwords: { maxWaiting: "8" } },
    'passwords.maxWaiting is "8", expected an integer of 0 or more, or Infinity',
  ],
  [
    { passwords: { randomBytes: () => {} } },
    "passwords.randomBytes is not an option, did you mean randomBytes?",
  ],
  [{ passwords: { django: "4.2" } }, "passwords.django is not an option, did you mean django?"],
  [{ passwords: { hashers: null } }, "passwords.hashers is null, expected a list"],
  [{ passwords: { hashers: [] } }, /^passwords\.hashers is .*expected at least one hasher/],
  [{ passwords: { hashers: ["md5"] } }, /^passwords\.hashers contains "md5", expected one of /],
  [{ authenticationBackends: [] }, "authenticationBackends is empty, expected at least one path"],
  [{ authenticationBackends: [1] }, "authenticationBackends is a list, expected a list of strings"],

  [{ session: [] }, "session is a list, expected an object"],
  [{ session: null }, "session is null, expected an object"],
  [{ session: "db" }, "session is a string, expected an object"],
  [{ session: { age: 1 } }, /^session\.age is not an option/],
  [{ session: { cookieAge: -1 } }, `session.cookieAge is -1, ${SECONDS}`],
  [{ session: { cookieAge: null } }, `session.cookieAge is null, ${SECONDS}`],
  [{ session: { saveEveryRequest: 1 } }, "session.saveEveryRequest is 1, expected a boolean"],
  [{ session: { expireAtBrowserClose: 1 } }, "session.expireAtBrowserClose is 1, expected a boolean"],
  [{ session: { legacy: "2.2" } }, 'session.legacy is "2.2", expected a boolean'],
  [{ session: { keySalt: 1 } }, "session.keySalt is 1, expected a string"],
  [{ session: { table: "" } }, /^session\.table .*"", expected .*1 to 63 bytes/],
  [{ session: { table: 1 } }, "session.table is 1, expected a string"],
  [{ session: { schema: "a\nb" } }, /^session\.schema .*"a\nb", expected .*1 to 63 bytes/],

  [{ csrf: [] }, "csrf is a list, expected an object"],
  [{ csrf: { cookieAge: 0 } }, `csrf.cookieAge is 0, ${SECONDS}`],
  [{ csrf: { headerName: "X CSRF" } }, `csrf.headerName is "X CSRF", ${HEADER}`],
  [{ csrf: { headerName: "" } }, `csrf.headerName is "", ${HEADER}`],
  [{ csrf: { useSessions: 1 } }, "csrf.useSessions is 1, expected a boolean"],
  [{ csrf: { trustedOrigins: "*" } }, 'csrf.trustedOrigins is "*", expected a list of strings'],
  [
    { csrf: { trustedOrigins: ["example.com"] } },
    /^csrf\.trustedOrigins contains "example.com", expected an origin with its scheme/,
  ],
  [
    { csrf: { trustedOrigins: ["https://example.com/"] } },
    /^csrf\.trustedOrigins contains "https:\/\/example.com\/", expected an origin as browsers send it, without a path/,
  ],
  [
    { csrf: { cookieName: "sessionid" } },
    'csrf.cookieName is "sessionid", expected a different name than session.cookieName',
  ],
  [
    { session: { cookieName: "csrftoken" } },
    'csrf.cookieName is "csrftoken", expected a different name than session.cookieName',
  ],

  [{ socketOrigin: [] }, "socketOrigin is a list, expected an object"],
  [{ socketOrigin: { missing: true } }, 'socketOrigin.missing is true, expected one of "refuse", "allow"'],
  [{ socketOrigin: { null: "deny" } }, 'socketOrigin.null is "deny", expected one of "refuse", "allow"'],
  [
    { socketOrigin: { allowedOrigins: "*" } },
    'socketOrigin.allowedOrigins is "*", expected a list of strings',
  ],

  ...(["session", "csrf"] as const).flatMap((group) =>
    [
      [{ [group]: { cookieName: "a b" } }, `${group}.cookieName is "a b", expected a cookie name`],
      [{ [group]: { cookieName: "path" } }, `${group}.cookieName is "path", expected a cookie name`],
      [{ [group]: { cookieName: 1 } }, `${group}.cookieName is 1, expected a string`],
      [
        { [group]: { cookieDomain: "a;b" } },
        `${group}.cookieDomain is "a;b", expected a domain such as example.com`,
      ],
      [{ [group]: { cookiePath: "/\n" } }, `${group}.cookiePath is "/\\n", expected a path such as "/"`],
      [{ [group]: { cookieHttpOnly: "no" } }, `${group}.cookieHttpOnly is "no", expected a boolean`],
      [{ [group]: { cookieSecure: 1 } }, `${group}.cookieSecure is 1, expected a boolean`],
      [
        { [group]: { cookieSameSite: "lax" } },
        /cookieSameSite is "lax", expected one of "Lax", "Strict", "None", false$/,
      ],
    ] as const
  ),
];

describe("djangoAuth() refuses", () => {
  for (const [options, message] of REFUSED) {
    test(typeof message === "string" ? message : message.source, () => {
      const said = refusal(options);
      if (typeof message === "string") assert.equal(said, message);
      else assert.match(said, message);
    });
  }

  test("options that are not an object, and invalid keys, without quoting them", () => {
    const secret = "hush-hush";
    for (const options of [secret, [secret], null, undefined, 7]) {
      assert.throws(() => djangoAuth(options as never), {
        message:
          "The options of djangoAuth() are not an object, expected options such as { secretKey, database }",
      });
    }
    const missing = "secretKey is missing, expected Django's SECRET_KEY";
    for (const secretKey of [undefined, null, [secret], { secret }]) {
      assert.equal(refusal({ secretKey }), missing);
    }
    assert.equal(refusal({ secretKey: "" }), "secretKey is empty, expected Django's SECRET_KEY");
    const noList = "secretKeyFallbacks is not a list of strings, expected SECRET_KEY_FALLBACKS";
    for (const secretKeyFallbacks of [secret, null, { secret }, [secret, 7]]) {
      assert.equal(refusal({ secretKeyFallbacks }), noList);
    }
    const empty = "secretKeyFallbacks contains an empty key, expected SECRET_KEY_FALLBACKS";
    assert.equal(refusal({ secretKeyFallbacks: [secret, ""] }), empty);
  });
});

describe("djangoAuth() accepts", () => {
  for (
    const options of [
      {},
      { allowedHosts: [] },
      { allowedHosts: ["*", "example.com", ".Example.com", "[::1]", "127.0.0.1", "localhost"] },
      { databaseDeadline: 86_400, secretKeyFallbacks: [], secureProxySslHeader: null },
      { passwords: { maxWaiting: 0 } },
      { passwords: {}, session: {}, csrf: {}, socketOrigin: {} },
      {
        session: { cookieName: "__Host-sessionid", ...SECURE },
        csrf: { cookieName: "__Secure-csrf", ...SECURE },
      },
      { session: { cookieSameSite: "None", ...SECURE }, csrf: { cookieSameSite: false, cookieAge: null } },
      { session: { cookieDomain: null }, csrf: { cookieDomain: ".example.com", cookiePath: "" } },
      { loginUrl: "https://sso.example.com/in?a=b#c" },
      { loginUrl: "//sso.example.com/in" },
      { loginUrl: "/ä" },
      { csrf: { headerName: "X-XSRF-Token", trustedOrigins: ["https://*.example.com"] } },
    ]
  ) {
    test(JSON.stringify(options), () => assert.equal(refusal(options), "taken"));
  }
});
