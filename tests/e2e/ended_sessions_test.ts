/** Sessions that end during a request are not recreated, and their data is not shown. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, keyIn, newPerson, PASSWORD, served, siteAuth } from "./site.ts";
import { send } from "./wire.ts";

const NEW_PASSWORD = "another-Horse-2";

/** Status and problem code of a response. */
async function refusalOf(response: Response): Promise<[status: number, code: unknown]> {
  return [response.status, (await response.json()).code];
}

/** When a session row expires or has expired. */
async function endOf(key: string): Promise<string | undefined> {
  return (await django().readSession(key))?.expire_date;
}

describe("a session that Django deletes while a handler runs", needsOracle, () => {
  for (const what of ["cycleKey", "updateSessionAuthHash", "changePassword", "change", "save"] as const) {
    test(`is not recreated by ${what}: 400 session_deleted, and nobody is logged in`, async () => {
      const person = await newPerson();
      const cookie = await cookieOf(person);
      const auth = siteAuth();
      const fetch = async (_request: Request, context: RequestContext) => {
        const user = (await context.user())!;
        const session = await context.session();
        await django().deleteSession(keyIn(cookie));
        if (what === "cycleKey") await session.cycleKey();
        if (what === "updateSessionAuthHash") await auth.updateSessionAuthHash(context, user);
        if (what === "change") await session.change((draft) => draft.set("a", 1));
        if (what === "save") await session.save();
        if (what === "changePassword") {
          const passwords = { oldPassword: PASSWORD, newPassword: NEW_PASSWORD };
          await auth.changePassword(context, passwords, { csrf: false });
        }
        return new Response("still here");
      };
      await served(auth, { fetch }, async ({ url }) => {
        const browser = new Browser(url, cookie);
        const response = await browser.fetch("/", { method: "POST" });
        assert.deepEqual(await refusalOf(response), [400, "session_deleted"]);
        for (const line of response.headers.getSetCookie()) assert.match(line, /^sessionid="";.*Max-Age=0/);
        assert.equal(await django().sessionExists(keyIn(cookie)), false);
        assert.equal((await django().whoami(browser.cookie || null)).user, null);
        // The deletion may have been a logout, so the password does not change either.
        assert.equal((await django().getUser(person.pk))?.columns.password, person.encoded);
      });
    });
  }
});

describe("a session that gets a new key", needsOracle, () => {
  test("keeps the changes of another request and its own", async () => {
    const cookie = await cookieOf(await newPerson(), { json: '{"mine":1,"gone":1}' });
    const fetch = async (_request: Request, context: RequestContext) => {
      const session = await context.session();
      session.set("mine", 2);
      await django().setSession(keyIn(cookie), { json: '{"theirs":12345678901234567890}', delete: ["gone"] });
      await session.cycleKey();
      return new Response();
    };
    await served(siteAuth(), { fetch }, async ({ url }) => {
      const browser = new Browser(url, cookie);
      await browser.fetch("/");
      assert.notEqual(browser.cookies.get("sessionid"), keyIn(cookie));
      assert.equal(await django().sessionExists(keyIn(cookie)), false);
      const text = await django().loadSession(keyIn(browser.cookie));
      assert.ok(text.includes('"theirs":12345678901234567890'), text);
      assert.deepEqual([JSON.parse(text).mine, "gone" in JSON.parse(text)], [2, false]);
    });
  });
});

describe("a session that expires while a handler runs", needsOracle, () => {
  for (const what of ["change", "save", "cycleKey", "the end of the request"] as const) {
    test(`is not prolonged by ${what}`, async () => {
      const cookie = await cookieOf(await newPerson());
      let ended: string | undefined;
      const fetch = async (_request: Request, context: RequestContext) => {
        const session = await context.session();
        await django().expireSession(keyIn(cookie));
        ended = await endOf(keyIn(cookie));
        session.set("a", 1);
        if (what === "change") await session.change((draft) => draft.set("b", 1));
        if (what === "save") await session.save();
        if (what === "cycleKey") await session.cycleKey();
        return new Response("still here");
      };
      await served(siteAuth(), { fetch }, async ({ url }) => {
        const browser = new Browser(url, cookie);
        assert.deepEqual(await refusalOf(await browser.fetch("/")), [400, "session_deleted"]);
        assert.ok(ended !== undefined && Date.parse(ended) < Date.now(), ended);
        assert.equal(await endOf(keyIn(cookie)), ended);
        assert.equal((await django().whoami(cookie)).user, null);
      });
    });
  }
});

describe("a session whose user changed the password elsewhere", needsOracle, () => {
  test("is empty once the user was checked, and new data gets a new session key", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person, { json: '{"secret":"of the old login"}' });
    await django().setPassword(person.pk, NEW_PASSWORD);
    const fetch = async (_request: Request, context: RequestContext) => {
      const [user, refusal] = [await context.user(), await context.refusal()];
      const session = await context.session();
      const seen = { user, refusal, key: session.sessionKey, keys: [...session.keys()] };
      session.set("cart", [1]);
      return Response.json(seen);
    };
    await served(siteAuth(), { fetch }, async ({ url }) => {
      const browser = new Browser(url, cookie);
      const seen = await (await browser.fetch("/")).json();
      assert.deepEqual(seen, { user: null, refusal: "password_changed", key: null, keys: [] });
      const key = browser.cookies.get("sessionid");
      assert.ok(key !== undefined && key !== keyIn(cookie));
      assert.equal(await django().sessionExists(keyIn(cookie)), false);
      assert.deepEqual(JSON.parse(await django().loadSession(key)), { cart: [1] });
    });
  });

  test("is deleted with its cookie if nothing is set", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person, { json: '{"secret":1}' });
    await django().setPassword(person.pk, NEW_PASSWORD);
    const fetch = async (_request: Request, context: RequestContext) => {
      await context.user();
      return Response.json((await context.session()).has("secret"));
    };
    await served(siteAuth(), { fetch }, async ({ url }) => {
      const browser = new Browser(url, cookie);
      assert.equal(await (await browser.fetch("/")).json(), false);
      assert.equal(browser.cookies.has("sessionid"), false);
      assert.equal(await django().sessionExists(keyIn(cookie)), false);
    });
  });

  test("issues a valid CSRF token under a new session key, with csrf.useSessions", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person, { json: `{"_csrftoken":"${"a".repeat(32)}"}` });
    await django().setPassword(person.pk, NEW_PASSWORD);
    const fetch = async (request: Request, context: RequestContext) => {
      if (request.method === "POST") {
        await context.requireCsrf();
        return new Response("accepted");
      }
      await context.user();
      return new Response(await context.csrfToken());
    };
    await served(siteAuth({ csrf: { useSessions: true } }), { fetch }, async ({ url }) => {
      const browser = new Browser(url, cookie);
      const token = await (await browser.fetch("/")).text();
      assert.ok(browser.cookies.has("sessionid") && keyIn(browser.cookie) !== keyIn(cookie));
      const headers = { origin: url, "x-csrftoken": token };
      assert.equal((await browser.fetch("/", { method: "POST", headers })).status, 200);
      const { _csrftoken: secret } = JSON.parse(await django().loadSession(keyIn(browser.cookie)));
      assert.notEqual(secret, "a".repeat(32));
      assert.equal(await django().doesCsrfTokenMatch(token, secret), true);
    });
  });
});

describe("a cookie that names no session", needsOracle, () => {
  const cases: readonly (readonly [name: string, headers: Record<string, string>, isDeleted: boolean])[] = [
    ["a script of the page", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }, false],
    ["an image of the page", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors" }, false],
    ["a navigation", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate" }, true],
    ["a navigation from elsewhere", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, true],
    ["a client without Sec-Fetch headers", {}, true],
  ];
  for (const looks of ["user", "session"] as const) {
    for (const [name, headers, isDeleted] of cases) {
      test(`is ${isDeleted ? "" : "not "}deleted for ${name} that reads the ${looks}`, async () => {
        const fetch = async (_request: Request, context: RequestContext) => {
          await context[looks]();
          return new Response();
        };
        await served(siteAuth(), { fetch }, async ({ host }) => {
          for (const key of ["0123456789abcdefghijklmnopqrstuv", "short"]) {
            const cookie = ["cookie", `sessionid=${key}`] as const;
            const { setCookies } = await send(host, { headers: [cookie, ...Object.entries(headers)] });
            assert.equal(setCookies.length, isDeleted ? 1 : 0, key);
            if (isDeleted) assert.match(setCookies[0]!, /^sessionid="";.*Max-Age=0/);
          }
        });
      });
    }
  }
});
