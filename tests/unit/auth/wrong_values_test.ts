/** Wrong ids, contexts and responses: a caller's mistake is a TypeError that names it, never an empty result. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cookiesOf, requestTo, SESSIONS, siteWith } from "./site.ts";

/** A function as an untyped program calls it. */
type Untyped = (...given: readonly unknown[]) => unknown;

const POST = { method: "POST" };

describe("an id that no user can have is refused by", () => {
  test("blacklistUser(), which would otherwise revoke nothing", async () => {
    const { auth } = await siteWith({ jwt: { blacklist: false } });
    const user = await auth.findUser(1);
    const blacklistUser = auth.tokens.blacklistUser as Untyped;
    for (
      const [id, shown] of [[user, "ada"], [null, "null"], [undefined, "undefined"], ["x", "x"]] as const
    ) {
      await assert.rejects(async () => await blacklistUser(id), {
        name: "TypeError",
        message: `blacklistUser() got the userId "${shown}", expected a key of the type integer`,
      });
    }
    assert.equal(await auth.tokens.blacklistUser("1"), 0);
  });

  test("sockets.ofUser() and sockets.ofSession()", async () => {
    const { auth } = await siteWith();
    const sockets = auth.sockets as unknown as Readonly<Record<"ofUser" | "ofSession", Untyped>>;
    const user = await auth.findUser(1);
    assert.throws(() => sockets.ofUser(user), {
      name: "TypeError",
      message: 'ofUser() got the userId "ada", expected a key of the type integer',
    });
    assert.throws(() => sockets.ofSession(undefined), {
      name: "TypeError",
      message: "ofSession() got undefined, expected a session key",
    });
    assert.deepEqual([auth.sockets.ofUser(1), auth.sockets.ofSession("k".repeat(32))], [[], []]);
    await auth.close();
  });

  test("login(), without an auth.failed event", async () => {
    const { auth, events } = await siteWith();
    const context = auth.context(requestTo("/", POST));
    await assert.rejects(auth.login(context, { userId: "c0ffee" }, { csrf: false }), {
      name: "TypeError",
      message: 'login() got the userId "c0ffee", expected a key of the type integer',
    });
    assert.deepEqual(events, []);
  });
});

test("a guard called with another context throws a TypeError that names it", async () => {
  const { auth } = await siteWith();
  const handler = () => new Response();
  const guards = [
    auth.loginRequired(handler),
    auth.userRequired(handler),
    auth.conditionRequired(() => true, handler),
    auth.csrfProtect(handler),
  ] as readonly Untyped[];
  for (const guard of guards) {
    await assert.rejects(async () => await guard(requestTo("/"), { params: {} }), {
      name: "TypeError",
      message: "The context is an object, expected the handler's context or auth.context(request)",
    });
  }
});

test("finish() requires a Response, and safeNext() a fallback", async () => {
  const { auth } = await siteWith();
  const context = auth.context(requestTo("/"));
  for (const [given, shown] of [[undefined, "undefined"], ["done", "a string"], [{}, "an object"]] as const) {
    await assert.rejects(context.finish(given as unknown as Response), {
      name: "TypeError",
      message: `finish() got ${shown}, expected a Response`,
    });
  }
  await assert.rejects(async () => await (auth.safeNext as Untyped)(context), {
    name: "TypeError",
    message: 'safeNext() got undefined as its fallback, expected a URL such as "/"',
  });
});

test("an expire_date that cannot be read is an error, not an expired login", async () => {
  const { auth, database } = await siteWith();
  const context = auth.context(requestTo("/", POST));
  await auth.login(context, { userId: 1 }, { csrf: false });
  const cookie = cookiesOf(await context.finish(new Response()));
  for (const row of database.rows(SESSIONS)) row["expire_date"] = "some day";
  const returning = auth.context(requestTo("/", { headers: { cookie } }));
  await assert.rejects(returning.user(), { code: "database_error", column: "expire_date" });
});
