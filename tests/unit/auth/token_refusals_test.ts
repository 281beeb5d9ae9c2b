/** Refusals of the token endpoints: the response to the client, and the event. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JwtAuthOptions } from "../../../src/auth/options/jwt_options.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { addUser, PASSWORD, requestTo, type Site, USERS } from "./site.ts";
import {
  bearer,
  claimsIn,
  guarded,
  NOW,
  post,
  seen,
  tokenFor,
  tokenSite,
  type TokenWish,
} from "./token_site.ts";

const NO_ACCOUNT = { detail: "No active account found for the given token." };
const CHANGED = { detail: "The user's password has been changed." };
const notValid = (detail: string) => ({ detail, code: "token_not_valid" });

/** The only event of a refusal, with its code and path. */
function rejected(code: string, path: string): object[] {
  return [{ type: "auth.rejected", code, path }];
}

describe("a token that is refused", () => {
  const cases: readonly (readonly [path: string, wish: TokenWish, code: string, body: object])[] = [
    ["refresh/", { type: "refresh", key: "forged" }, "token_invalid", notValid("Token is invalid")],
    ["refresh/", { type: "refresh", at: NOW - 9e7 }, "token_expired", notValid("Token is expired")],
    ["refresh/", { type: "access" }, "token_invalid", notValid("Token has wrong type")],
    ["refresh/", { type: "refresh", userId: 77 }, "user_not_found", NO_ACCOUNT],
    ["refresh/", { type: "refresh", userId: "one" }, "token_invalid", notValid("Token is invalid")],
    ["refresh/", { type: "refresh", userId: 2 }, "user_inactive", NO_ACCOUNT],
    ["verify/", { key: "forged" }, "token_invalid", notValid("Token is invalid")],
    ["verify/", { at: NOW - 301_000 }, "token_expired", notValid("Token is expired")],
    ["blacklist/", { type: "refresh", key: "forged" }, "token_invalid", notValid("Token is invalid")],
    ["blacklist/", { type: "access" }, "token_invalid", notValid("Token has wrong type")],
    [
      "sliding/refresh/",
      { type: "sliding", at: NOW - 301_000 },
      "token_expired",
      notValid("Token is expired"),
    ],
    ["sliding/refresh/", { type: "sliding", userId: 77 }, "user_not_found", NO_ACCOUNT],
    ["sliding/refresh/", { type: "sliding", userId: 2 }, "user_inactive", NO_ACCOUNT],
  ];
  for (const [path, wish, code, body] of cases) {
    test(`gets its response and emits one event: ${JSON.stringify(wish)} at ${path}`, async () => {
      const { auth, database, events } = await tokenSite();
      await addUser(database, "off", { is_active: "false" });
      const token = await tokenFor(wish);
      const field = /^(?:refresh|blacklist)\/$/.test(path) ? "refresh" : "token";
      const response = await post(auth, `/api/token/${path}`, { [field]: token });
      assert.equal(response.status, 401);
      assert.deepEqual(await response.json(), body);
      assert.deepEqual(events, rejected(code, `/api/token/${path}`));
      assert.ok(!JSON.stringify(events).includes(token));
      await auth.close();
    });
  }

  test("for a changed password is also refused at a refresh, with checkRevokeToken", async () => {
    const { auth, database, events } = await tokenSite({ checkRevokeToken: true });
    const settings = { checkRevokeToken: true };
    const password = String(database.rows(USERS)[0]!.password);
    for (const [type, path] of [["refresh", "refresh/"], ["sliding", "sliding/refresh/"]] as const) {
      const send = async (wish: TokenWish) =>
        await post(auth, `/api/token/${path}`, {
          [type === "refresh" ? "refresh" : "token"]: await tokenFor({ type, ...wish }),
        });
      assert.equal((await send({ settings, password })).status, 200);
      for (const wish of [{ settings, password: "from before" }, {}]) {
        events.length = 0;
        const response = await send(wish);
        assert.deepEqual([response.status, await response.json()], [401, CHANGED]);
        assert.deepEqual(events, rejected("password_changed", `/api/token/${path}`));
      }
    }
    await auth.close();
  });
});

describe("userAuthenticationRule", () => {
  const send = async ({ auth }: Site, path: string) =>
    path === "refresh/"
      ? await post(auth, `/api/token/${path}`, { refresh: await tokenFor({ type: "refresh" }) })
      : await post(auth, `/api/token/${path}`, { username: "ada", password: PASSWORD });

  test("decides who gets tokens, and only true is accepted", async () => {
    const answers = [[true, 200], [Promise.resolve(true), 200], [false, 401], [undefined, 401], [1, 401]];
    for (const [answer, status] of answers) {
      const userAuthenticationRule = () => answer as boolean;
      for (const path of ["", "sliding/", "refresh/"]) {
        const site = await tokenSite({ userAuthenticationRule });
        const response = await send(site, path);
        assert.equal(response.status, status, `${path} ${String(answer)}`);
        if (status === 401) {
          const { detail } = await response.json();
          assert.match(
            detail,
            /^No active account found (?:with the given credentials$|for the given token\.$)/,
          );
          assert.deepEqual(site.events, rejected("permission_denied", `/api/token/${path}`));
        }
        await site.auth.close();
      }
    }
  });

  test("receives the user that it decides about", async () => {
    const asked: unknown[] = [];
    const userAuthenticationRule: JwtAuthOptions["userAuthenticationRule"] = (user) => {
      asked.push(user?.username);
      return true;
    };
    const site = await tokenSite({ userAuthenticationRule });
    await send(site, "");
    assert.deepEqual(asked, ["ada"]);
    await site.auth.close();
  });
});

describe("the login hooks", () => {
  test("onLoginSuccess replaces the update of last_login, and only runs with updateLastLogin", async () => {
    for (const updateLastLogin of [false, true]) {
      const seen: unknown[] = [];
      const { auth, database } = await tokenSite({
        updateLastLogin,
        onLoginSuccess: (user, { url }) => void seen.push(user.username, new URL(url).pathname),
      });
      const response = await post(auth, "/api/token/", { username: "ada", password: PASSWORD });
      assert.equal(claimsIn((await response.json()).access).user_id, "1");
      assert.deepEqual(seen, updateLastLogin ? ["ada", "/api/token/"] : []);
      assert.equal(database.rows(USERS)[0]!.last_login, null);
      await auth.close();
    }
  });

  test("onLoginFailed receives the refused username, and no password", async () => {
    const seen: unknown[] = [];
    const { auth } = await tokenSite({ onLoginFailed: (credentials) => void seen.push(credentials) });
    for (const [username, password] of [["ada", "wrong"], ["nobody", PASSWORD], ["ada", PASSWORD]]) {
      await post(auth, "/api/token/", { username, password });
    }
    assert.deepEqual(seen, [{ username: "ada" }, { username: "nobody" }]);
    await auth.close();
  });
});

describe("an access token whose id the blacklist cannot store", () => {
  const ODD_TEXTS = ["x".repeat(256), "nul\0"];
  /** PyJWT itself refuses a `jti` that is not a string. */
  const ODD_IDS = [["jti", ODD_TEXTS], ["id", [...ODD_TEXTS, 7, null, ["a"]]]] as const;

  /** A database with simplejwt's tables, or without them. */
  class DatabaseWithApp extends MemoryDatabase {
    isThere = true;
    override async query(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
      const isAsked = statement.includes("to_regclass");
      return isAsked ? [[String(this.isThere)]] : await super.query(statement, parameters);
    }
  }

  async function siteOf(jwt: JwtAuthOptions, isThere = true): Promise<Site> {
    const database = new DatabaseWithApp();
    database.isThere = isThere;
    await addUser(database, "ada");
    return await tokenSite({ blacklist: undefined, ...jwt }, { database });
  }

  for (const [jtiClaim, oddIds] of ODD_IDS) {
    const oddToken = (id: unknown) => tokenFor({ settings: { jtiClaim }, claims: { [jtiClaim]: id } });

    test(`is refused with checkAccessTokens (${jtiClaim})`, async () => {
      const { auth } = await siteOf({ jtiClaim, checkAccessTokens: true });
      for (const id of oddIds) {
        const response = await guarded(auth, bearer(await oddToken(id)));
        const token_class = { token_class: "AccessToken", token_type: "access" };
        assert.deepEqual([response.status, await response.json()], [401, {
          ...notValid("Given token not valid for any token type"),
          messages: [{ ...token_class, message: "Token is invalid" }],
        }]);
      }
      assert.equal((await seen(auth, bearer(await oddToken("x".repeat(255))))).user, "ada");
      await auth.close();
    });

    test(`opens no socket, neither directly nor by a ticket (${jtiClaim})`, async () => {
      const { auth } = await siteOf({ jtiClaim });
      for (const id of [...oddIds, "good"]) {
        const request = bearer(await oddToken(id));
        // It is valid for a request, as in simplejwt.
        assert.equal((await seen(auth, request)).user, "ada");
        const ticket = await auth.createTicket(auth.context(request));
        for (const upgrade of [request, requestTo(`/?ticket=${ticket}`)]) {
          const decision = await auth.upgrade(upgrade);
          const reason = decision.accepted ? "none" : decision.reason;
          assert.equal(reason, id === "good" ? "none" : "token_invalid");
        }
      }
      await auth.close();
    });
  }

  test("is accepted if there is no blacklist", async () => {
    const { auth } = await siteOf({ checkAccessTokens: true }, false);
    for (const id of ODD_TEXTS) {
      const request = bearer(await tokenFor({ claims: { jti: id } }));
      assert.equal((await seen(auth, request)).user, "ada");
      assert.equal((await auth.upgrade(request)).accepted, true);
    }
    await auth.close();
  });
});
