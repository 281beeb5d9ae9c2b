/** Arguments of logins and handlers: unknown options and invalid contexts are programming errors. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Handler } from "../../../src/auth/request/handler.ts";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { requestTo, siteWith } from "./site.ts";

const ADA = { userId: 1 };
const POST = { method: "POST" };

/** The API as an untyped program calls it. */
type Untyped = Readonly<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>;

describe("unknown and invalid options are refused by", () => {
  const CALLS: readonly (readonly [call: string, given: readonly unknown[], message: string])[] = [
    ["login", [ADA, { csfr: false }], 'login() does not take "csfr", did you mean csrf?'],
    ["login", [ADA, { backends: "jwt" }], 'login() does not take "backends", did you mean backend?'],
    ["logout", [{ csfr: false }], 'logout() does not take "csfr", did you mean csrf?'],
    [
      "register",
      [{ username: "eve", password: null }, { CSRF: false, fields: [] }],
      'register() does not take "CSRF", did you mean csrf?',
    ],
    [
      "changePassword",
      [{ oldPassword: "a", newPassword: "b" }, { csfr: false }],
      'changePassword() does not take "csfr", did you mean csrf?',
    ],
    ["login", [ADA, "jwt"], "login() got a string as its options, expected { backend, csrf }"],
    ["login", [ADA, null], "login() got null as its options, expected { backend, csrf }"],
    ["logout", [["jwt"]], "logout() got a list as its options, expected { backend, refresh, csrf }"],
    [
      "register",
      [{ username: "eve" }, null],
      "register() got null as its options, expected { fields, csrf }",
    ],
    ["changePassword", [{}, true], "changePassword() got true as its options, expected { csrf }"],
  ];
  for (const [call, given, message] of CALLS) {
    test(`${call}(): ${message}`, async () => {
      const { auth } = await siteWith();
      const context = auth.context(requestTo("/", POST));
      await assert.rejects((auth as unknown as Untyped)[call]!(context, ...given), {
        name: "TypeError",
        message,
      });
    });
  }
});

test("login() checks its subject before the request, and before any query", async () => {
  const { auth, database } = await siteWith();
  database.fault = new DatabaseUnavailable();
  const promised = auth.findUser(1);
  promised.catch(() => {});
  for (const subject of [null, undefined, {}, promised]) {
    await assert.rejects(
      (auth as unknown as Untyped)["login"]!(auth.context(requestTo("/", POST)), subject),
      {
        name: "TypeError",
        message: "login() got neither a user nor { userId }, expected one of them",
      },
    );
  }
});

test("findUser() and findUserByNaturalKey() send no query for impossible keys and usernames", async () => {
  const { auth, database } = await siteWith();
  database.fault = new DatabaseUnavailable();
  const untyped = auth as unknown as Record<string, (key: unknown) => Promise<unknown>>;
  for (
    const [given, what] of [[null, "null"], [undefined, "undefined"], [{ pk: 1 }, "an object"], [
      true,
      "true",
    ]]
  ) {
    await assert.rejects(untyped["findUser"]!(given), {
      name: "TypeError",
      message:
        `findUser() got ${what}, expected a primary key: a number, a bigint or a string, such as user.pk`,
    });
    await assert.rejects(untyped["findUserByNaturalKey"]!(given), {
      name: "TypeError",
      message: `findUserByNaturalKey() got ${what}, expected the username as a string`,
    });
  }
  await assert.rejects(untyped["findUserByNaturalKey"]!(7), { name: "TypeError" });
  // No user can have these, so no query is sent.
  for (const key of ["", "x", " 1", "1.0", NaN, 1.5, 2n ** 70n]) {
    assert.equal(await untyped["findUser"]!(key), null);
  }
  for (const name of ["", "a\0b", "\ud800", "x".repeat(1025)]) {
    assert.equal(await auth.findUserByNaturalKey(name), null);
  }
});

test("a request in place of its context throws a TypeError that says so", async () => {
  const { auth } = await siteWith();
  for (const call of ["login", "logout", "changePassword"]) {
    for (
      const [given, what] of [[requestTo("/", POST), "a Request"], [undefined, "undefined"], [
        {},
        "an object",
      ]]
    ) {
      await assert.rejects(
        (auth as unknown as Untyped)[call]!(given, ADA),
        {
          name: "TypeError",
          message: `The context is ${what}, expected the handler's context or auth.context(request)`,
        },
      );
    }
  }
  for (const call of ["getUser", "getUserId", "createTicket", "updateSessionAuthHash", "redeem"]) {
    const untyped = auth as unknown as Untyped;
    // Rejects and does not throw: `.catch()` has to see it.
    const promise = untyped[call]!(requestTo("/")) as Promise<unknown>;
    await assert.rejects(promise, /^TypeError: The context is a Request, expected /);
  }
});

test("a token endpoint with a missing or wrong argument throws a TypeError that names it", async () => {
  const { auth } = await siteWith({ jwt: { blacklist: false } });
  const endpoints = auth.tokens as unknown as Untyped;
  const request = requestTo("/api/token/refresh/", POST);
  const context = auth.context(request);
  const CONTEXT = "expected the handler's context or auth.context(request)";
  const mistakes: [given: unknown[], message: string][] = [
    [[], `The context is undefined, ${CONTEXT}`],
    [[request], `The context is undefined, ${CONTEXT}`],
    [[context], `The context is undefined, ${CONTEXT}`],
    [[context, request], `The context is a Request, ${CONTEXT}`],
    [[context, context], "The request is an object, expected the handler's request"],
    [[request.url, context], "The request is a string, expected the handler's request"],
    [[undefined, context], "The request is undefined, expected the handler's request"],
  ];
  for (const [given, message] of mistakes) {
    assert.throws(() => endpoints["handle"]!(...given), { name: "TypeError", message });
    for (const view of ["obtainPair", "refresh", "verify", "blacklist", "obtainSliding", "refreshSliding"]) {
      await assert.rejects(endpoints[view]!(...given), { name: "TypeError", message }, view);
    }
  }
});

test("handle() without a handler function answers 500 and emits a TypeError", async () => {
  const { auth, events } = await siteWith();
  const response = await auth.handle(requestTo("/"), {} as Handler);
  assert.equal(response.status, 500);
  const message = "handle() got no function as its second argument, expected handle(request, handler)";
  const [event] = events;
  assert.ok(event?.type === "error" && event.error instanceof TypeError);
  assert.deepEqual([event.where, event.error.message], ["fetch", message]);
});
