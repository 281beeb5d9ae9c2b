/** The option `jwt`: `djangoAuth()` refuses invalid values with their name, and without quoting secrets. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { userTable } from "../../../src/users/user_table.ts";
import { refusal } from "./site.ts";

const REFUSED: readonly (readonly [jwt: unknown, message: string])[] = [
  [true, "jwt is true, expected an object"],
  [null, "jwt is null, expected an object"],
  [
    { ACCESS_TOKEN_LIFETIME: 5 },
    "jwt.ACCESS_TOKEN_LIFETIME is not an option, did you mean jwt.accessTokenLifetime?",
  ],
  [{ cookie: true }, "jwt.cookie is not an option, did you mean jwt.cookies?"],
  [
    { accessTokenLifetime: 0 },
    "jwt.accessTokenLifetime is 0, expected a number of seconds above 0, at most 3162240000",
  ],
  [
    { algorithm: "none" },
    'jwt.algorithm is "none", expected one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA',
  ],
  [{ cookies: "yes" }, "jwt.cookies is a string, expected an object"],
  [{ cookies: { acces: {} } }, "jwt.cookies.acces is not an option, did you mean jwt.cookies.access?"],
  [
    { cookies: { access: { cookiName: "a" } } },
    "jwt.cookies.access.cookiName is not an option, did you mean jwt.cookies.access.cookieName?",
  ],
  [
    { cookies: { refresh: { cookieNam: "a" } } },
    "jwt.cookies.refresh.cookieNam is not an option, did you mean jwt.cookies.refresh.cookieName?",
  ],
  [{ cookies: { access: 1 } }, "jwt.cookies.access is 1, expected an object"],
  [
    { cookies: { access: { cookieName: "a b" } } },
    'jwt.cookies.access.cookieName is "a b", expected a cookie name',
  ],
  [
    { cookies: { refresh: { cookieSameSite: "lax" } } },
    'jwt.cookies.refresh.cookieSameSite is "lax", expected one of "Lax", "Strict", "None", false',
  ],
  [
    { cookies: { access: { cookieName: "sessionid" } } },
    'jwt.cookies.access.cookieName is "sessionid", expected a different name than session.cookieName',
  ],
  [
    { cookies: { access: { cookieName: "t" }, refresh: { cookieName: "t" } } },
    'jwt.cookies.refresh.cookieName is "t", expected a different name than jwt.cookies.access.cookieName',
  ],
  [{ queryToken: true }, "jwt.queryToken is true, expected a string"],
  [{ queryToken: "" }, 'jwt.queryToken is "", expected the name of a query parameter, or nothing'],
  [{ precedence: "header" }, 'jwt.precedence is "header", expected a list of strings'],
  [{ precedence: [] }, "jwt.precedence is empty, expected at least one of header, cookie, session"],
  [
    { precedence: ["header", "header"] },
    "jwt.precedence is a list, expected some of header, cookie, session, each once",
  ],
  [{ precedence: ["query"] }, 'jwt.precedence is "query", expected one of "header", "cookie", "session"'],
  [{ checkAccessTokens: 1 }, "jwt.checkAccessTokens is 1, expected a boolean"],
  [{ socketGrace: -1 }, "jwt.socketGrace is -1, expected a number of seconds of 0 or more, at most 86400"],
  [
    { socketGrace: Infinity },
    "jwt.socketGrace is Infinity, expected a number of seconds of 0 or more, at most 86400",
  ],
];

describe("djangoAuth() refuses", () => {
  for (const [jwt, message] of REFUSED) {
    test(`jwt: ${JSON.stringify(jwt)}`, () => assert.equal(refusal({ jwt }), message));
  }

  test("related options that are invalid or conflict with jwt", () => {
    assert.equal(
      refusal({ defaultBackend: "token" }),
      'defaultBackend is "token", expected one of "session", "jwt"',
    );
    assert.equal(
      refusal({ defaultBackend: "jwt" }),
      'jwt is undefined, expected an object, since defaultBackend is "jwt"',
    );
    assert.equal(refusal({ fetch: "x", jwt: {} }), 'fetch is "x", expected a function');
    assert.match(refusal({ SIMPLE_JWT: {} }), /^SIMPLE_JWT is not an option, did you mean jwt\?$/);
    const users = userTable({
      columns: { id: "integer", username: "text", score: "float", is_active: "boolean" },
    });
    for (const userIdField of ["nothing", "score"]) {
      assert.match(
        refusal({ users, jwt: { userIdField } }),
        /^jwt.userIdField is "\w+", expected a column of type /,
      );
    }
  });
});

test("djangoAuth() accepts jwt with valid options", () => {
  const jwt = {
    ...{ cookies: { access: { cookiePath: "/api" }, refresh: {} }, queryToken: "t", precedence: ["session"] },
    ...{ checkAccessTokens: true, socketGrace: 0, leeway: 2, audience: ["a"] },
  };
  assert.equal(refusal({ jwt, defaultBackend: "jwt" }), "taken");
});
