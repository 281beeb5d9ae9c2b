/** Errors as responses: each class has its status and code, and internal details are not revealed. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { errorResponse, problem } from "../../../src/auth/request/problem.ts";
import {
  AuthenticationError,
  InvalidUser,
  NotAuthenticated,
  UserExists,
} from "../../../src/account_errors.ts";
import * as errors from "../../../src/errors.ts";
import { PASSWORD, requestTo, siteWith } from "./site.ts";

type Case = readonly [error: errors.DjauthError, status: number, code: string, detail?: string];

const CASES: readonly Case[] = [
  [new errors.ImproperlyConfigured("secretKey is empty"), 500, "improperly_configured"],
  [new errors.BadSignature(), 400, "bad_signature", "Signature does not match"],
  [new errors.SignatureExpired(), 400, "signature_expired", "Signature is older than maxAge"],
  [new errors.SessionError("session_deleted", "It ended"), 400, "session_deleted", "It ended"],
  [new errors.SessionError("session_exists", "It is there"), 409, "session_exists", "It is there"],
  [
    new NotAuthenticated(),
    ...[401, "not_authenticated", "Authentication credentials were not provided"] as const,
  ],
  [new NotAuthenticated("session_expired"), 401, "session_expired", "The session has expired"],
  [new errors.PermissionDenied("Not yours"), 403, "permission_denied", "Not yours"],
  [new errors.CsrfError("CSRF cookie not set."), 403, "csrf_failed", "CSRF cookie not set."],
  [new UserExists(), 409, "user_exists", "A user with that username already exists"],
  [new UserExists("Taken", { constraint: "member_phone_key" }), 409, "user_exists", "Taken"],
  [new InvalidUser("Too long"), 400, "invalid_user", "Too long"],
  [new errors.DatabaseError("column x of y"), 500, "database_error"],
  [new errors.DatabaseError("table y", "database_permission_denied"), 500, "database_permission_denied"],
  [new errors.DatabaseUnavailable(), 503, "database_unavailable"],
  [new errors.DjauthError("user_deleted", "Gone"), 404, "user_deleted", "Gone"],
  [new errors.DjauthError("server_busy", "Too many wait"), 503, "server_busy"],
  [new errors.DjauthError("body_too_large", "Too much"), 413, "body_too_large", "Too much"],
];

const TITLES: Readonly<Record<number, string>> = {
  ...{ 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict" },
  ...{ 413: "Content Too Large", 426: "Upgrade Required", 429: "Too Many Requests" },
  ...{ 500: "Internal Server Error", 503: "Service Unavailable" },
};

describe("errorResponse()", () => {
  for (const [error, status, code, detail] of CASES) {
    test(`${error.name} ${code} is answered with ${status}`, async () => {
      const response = errorResponse(error)!;
      assert.equal(response.status, status);
      assert.deepEqual(await response.json(), {
        ...{ title: TITLES[status], status, code },
        ...detail === undefined ? {} : { detail },
      });
      assert.deepEqual([...response.headers], [
        ["cache-control", "no-store"],
        ["content-type", "application/problem+json"],
        ...status === 503 ? [["retry-after", "1"]] : [],
        ...status === 401 ? [["www-authenticate", 'Session realm="django"']] : [],
      ]);
    });
  }

  test("refused credentials get the same response for every reason", async () => {
    const codes = ["user_not_found", "user_inactive", "wrong_password"] as const;
    const answers = await Promise.all(codes.map(async (code) => {
      const response = errorResponse(new AuthenticationError(code, `because of ${code}`))!;
      return { status: response.status, headers: [...response.headers], body: await response.text() };
    }));
    assert.deepEqual(JSON.parse(answers[0]!.body), {
      ...{ title: "Unauthorized", status: 401, code: "invalid_credentials" },
      detail: "No active account found with the given credentials",
    });
    assert.deepEqual(answers[1], answers[0]);
    assert.deepEqual(answers[2], answers[0]);
  });

  test("a wrong old password is named as such, since its user is already logged in", async () => {
    const response = errorResponse(new AuthenticationError("wrong_old_password", "It is wrong"))!;
    assert.deepEqual(await response.json(), {
      ...{ title: "Unauthorized", status: 401, code: "wrong_old_password", detail: "It is wrong" },
    });
  });

  test("returns null for errors that are not from djauth", () => {
    for (const error of [new TypeError("x"), "x", null, { code: "csrf_failed", status: 403 }]) {
      assert.equal(errorResponse(error), null);
    }
  });

  test("every status in a response of djauth has its title", async () => {
    for (const [status, title] of Object.entries(TITLES)) {
      assert.equal((await problem(Number(status), "server_error").json()).title, title);
    }
  });
});

describe("refused credentials", () => {
  const attempts = [
    ["user_not_found", { username: "nobody", password: PASSWORD }],
    ["wrong_password", { username: "ada", password: "wrong" }],
    ["user_inactive", { username: "ada", password: PASSWORD }],
  ] as const;
  for (const [code, credentials] of attempts) {
    test(`${code} emits auth.failed once, whether the handler catches the error or not`, async () => {
      const { auth, database, events } = await siteWith();
      if (code === "user_inactive") database.rows('"auth_user"')[0]!.is_active = "false";
      const request = requestTo("/login", { method: "POST" });
      const caught = await auth.handle(request, async () => {
        await auth.authenticate(credentials).catch((error) => assert.equal(error.code, code));
        return new Response("try again");
      });
      assert.equal(caught.status, 200);
      assert.deepEqual(events.splice(0), [{ type: "auth.failed", code }]);
      const thrown = await auth.handle(request, async () => {
        await auth.authenticate(credentials);
        return new Response("welcome");
      });
      assert.equal(thrown.status, 401);
      assert.deepEqual(events, [{ type: "auth.failed", code }]);
    });
  }

  test("an unknown user id emits auth.failed as well", async () => {
    const { auth, events } = await siteWith();
    const context = auth.context(requestTo("/login", { method: "POST" }));
    await assert.rejects(auth.login(context, { userId: 99 }, { csrf: false }), { code: "user_not_found" });
    assert.deepEqual(events, [{ type: "auth.failed", code: "user_not_found" }]);
  });
});
