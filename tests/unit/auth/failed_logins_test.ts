/** A login that fails half-way has not ended the login that it was to replace. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JwtAuthOptions } from "../../../src/auth/options/jwt_options.ts";
import { DjauthError } from "../../../src/errors.ts";
import { addUser, cookiesOf, requestTo, SESSIONS, USERS } from "./site.ts";
import { COOKIES, seen, tokenSite, visit, withCookie } from "./token_site.ts";

const FREE = { csrf: false } as const;

describe("ada's login survives one of bob that fails", () => {
  const fails = (): never => {
    throw new RangeError("the hook failed");
  };
  const hooks: Readonly<Record<string, JwtAuthOptions>> = {
    "in onLoginSuccess": { updateLastLogin: true, onLoginSuccess: fails },
    "in the hook claims": { claims: fails },
  };
  for (const [name, jwt] of Object.entries(hooks)) {
    test(`${name}: her session`, async () => {
      const { auth, database } = await tokenSite({ ...COOKIES, ...jwt });
      await addUser(database, "bob");
      const login = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
        await auth.login(context, { userId: 1 }, { backend: "session", ...FREE });
      });
      const cookie = cookiesOf(login);
      const failed = await visit(auth, withCookie(cookie, { method: "POST" }), async (context) => {
        await assert.rejects(auth.login(context, { userId: 2 }, { backend: "jwt", ...FREE }), RangeError);
        return (await auth.getUser(context))?.username;
      });
      assert.equal(await failed.json(), "ada");
      assert.equal(database.rows(SESSIONS).length, 1);
      assert.equal((await seen(auth, withCookie(cookie))).user, "ada");
      await auth.close();
    });
  }

  test("because he was deleted: her tokens", async () => {
    const { auth, database } = await tokenSite(COOKIES);
    await addUser(database, "bob");
    const login = await visit(auth, requestTo("/", { method: "POST" }), async (context) => {
      await auth.login(context, { userId: 1 }, { backend: "jwt", ...FREE });
    });
    const bob = (await auth.findUser(2))!;
    database.rows(USERS).pop();
    const failed = await visit(
      auth,
      withCookie(cookiesOf(login), { method: "POST" }),
      async (context) => {
        await assert.rejects(auth.login(context, bob, { backend: "session", ...FREE }), DjauthError);
        return (await auth.getUser(context))?.username;
      },
    );
    assert.equal(await failed.json(), "ada");
    assert.deepEqual(failed.headers.getSetCookie(), []);
    await auth.close();
  });
});
