/** One user id in different spellings, as by another issuer: this is no conflict, and clears no cookies. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { djangoAuth } from "../../../src/django_auth.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { cookiesOf, requestTo, siteOptions } from "./site.ts";
import { bearer, COOKIES, NOW, post, seen, tokenFor, tokenSite } from "./token_site.ts";

interface Member {
  id: string;
  mail: string;
}

const ID = "0f8fad5b-d9cb-469f-a165-70867728950e";
const SPELLINGS = [ID, ID.toUpperCase(), ID.replaceAll("-", "")];

function site() {
  const database = new MemoryDatabase();
  const columns = { id: "uuid", mail: "text" } as const;
  const users = userTable<Member>({ table: "members", columns, usernameField: "mail", activeField: null });
  const auth = djangoAuth<Member>({
    ...siteOptions(database),
    users,
    clock: { now: () => NOW },
    jwt: { ...COOKIES, blacklist: false },
  });
  database.rows('"members"').push({ id: ID, mail: "ada@example.com", password: "!" });
  return auth;
}

test("a token with another spelling of the session user's id does not conflict with the session", async () => {
  for (const userId of SPELLINGS) {
    const auth = site();
    const first = auth.context(requestTo("/", { method: "POST" }));
    await auth.login(first, { userId: ID }, { csrf: false });
    const cookie = cookiesOf(await first.finish(new Response()));
    const authorization = `Bearer ${await tokenFor({ userId })}`;
    const context = auth.context(requestTo("/", { headers: { cookie, authorization } }));
    assert.equal((await context.user())?.mail, "ada@example.com", userId);
    await auth.close();
  }
});

describe("a numeric user id in a token", () => {
  test("is accepted as an integer or as its text, and in no other form", async () => {
    const { auth } = await tokenSite();
    for (const claims of [{}, { roles: ["a"] }, { site: "http://127.0.0.1:8000.example" }]) {
      for (const userIdJson of ["1", '"1"']) {
        const token = await tokenFor({ userIdJson, claims });
        assert.deepEqual(await seen(auth, bearer(token)), { user: "ada", refusal: null }, userIdJson);
      }
      for (const userIdJson of ["1.0", "1e0", "1E0", "10e-1", "0.1e1", "true", '"1.0"', '" 1 "', "1.5"]) {
        const token = await tokenFor({ userIdJson, claims });
        assert.deepEqual(
          await seen(auth, bearer(token)),
          { user: null, refusal: "user_not_found" },
          userIdJson,
        );
      }
    }
    await auth.close();
  });

  test("is refused at a refresh if it is a float, and is returned as Python writes it", async () => {
    const { auth } = await tokenSite();
    for (const [userIdJson, id] of [["1.0", "1.0"], ["1e0", "1.0"], ["0.0", "0.0"], ["1", "1"]] as const) {
      const refresh = await tokenFor({ userIdJson, type: "refresh" });
      const { status } = await post(auth, "/api/token/refresh/", { refresh });
      assert.equal(status, userIdJson === "1" ? 200 : 401, userIdJson);
      const context = auth.context(bearer(await tokenFor({ userIdJson })));
      assert.equal((await context.userFromClaimsAlone())?.id, id);
    }
    await auth.close();
  });
});

test("a session login keeps the tokens of the same user, however they spell the id", async () => {
  const other = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
  for (const userId of [...SPELLINGS, other]) {
    const auth = site();
    const cookie = `access_token=${await tokenFor({ userId })}`;
    const context = auth.context(requestTo("/", { method: "POST", headers: { cookie } }));
    await auth.login(context, { userId: ID }, { csrf: false });
    const sent = (await context.finish(new Response())).headers.getSetCookie();
    const isCleared = sent.some((line) => line.startsWith("access_token=") && line.includes("Max-Age=0"));
    assert.equal(isCleared, userId === other, userId);
    await auth.close();
  }
});
