/** What a login changes: Django's rules on keys, tokens and `last_login`, and the cookies it sends. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, keyIn, newPerson, PASSWORD, served, siteAuth } from "./site.ts";

const CSRF_SECRET = "abcdefghijklmnopqrstuvwxyzABCDEF";

describe("a login follows Django's rules", needsOracle, () => {
  test("last_login is written", async () => {
    const person = await newPerson();
    await served(siteAuth(), {}, async ({ url }) => {
      const before = Date.now();
      await new Browser(url).login(person);
      const row = await django().getUser(person.pk);
      const written = Date.parse(String(row?.columns.last_login));
      assert.ok(written >= before - 1 && written <= Date.now(), `${row?.columns.last_login}`);
    });
  });

  test("an anonymous session keeps its data under a new key", async () => {
    const person = await newPerson();
    const planted = await django().createSession({ json: '{"cart":[1.0,2]}' });
    await served(siteAuth(), {}, async ({ url }) => {
      const browser = new Browser(url, `sessionid=${planted}`);
      await browser.login(person);
      const key = browser.cookies.get("sessionid") ?? "";
      assert.match(key, /^[a-z0-9]{32}$/);
      assert.notEqual(key, planted);
      assert.equal(await django().sessionExists(planted), false);
      assert.equal(JSON.parse(await django().loadSession(key))._auth_user_id, String(person.pk));
      assert.ok((await django().loadSession(key)).includes('"cart":[1.0,2]'));
    });
  });

  test("no data of another user's session is kept", async () => {
    const [first, second] = [await newPerson(), await newPerson()];
    const cookie = await cookieOf(first, { json: '{"secret":"of the first"}' });
    await served(siteAuth(), {}, async ({ url }) => {
      const browser = new Browser(url, cookie);
      await browser.login(second);
      const key = browser.cookies.get("sessionid") ?? "";
      const session = JSON.parse(await django().loadSession(key));
      assert.equal(session._auth_user_id, String(second.pk));
      assert.equal("secret" in session, false);
      assert.equal(await django().sessionExists(keyIn(cookie)), false);
    });
  });

  test("another login of the same user keeps key and data, as in Django", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person, { json: '{"kept":true}' });
    await served(siteAuth(), {}, async ({ url }) => {
      const browser = new Browser(url, cookie);
      await browser.login(person);
      assert.equal(browser.cookies.get("sessionid"), keyIn(cookie));
      assert.equal(JSON.parse(await django().loadSession(keyIn(cookie))).kept, true);
    });
  });

  test("a CSRF token from before the login is invalid afterwards", async () => {
    const person = await newPerson();
    await served(siteAuth(), {}, async ({ url }) => {
      const browser = new Browser(url);
      const before = await (await browser.fetch("/token")).text();
      const secret = browser.cookies.get("csrftoken");
      await browser.login(person);
      assert.notEqual(browser.cookies.get("csrftoken"), secret);
      const late = await browser.fetch("/logout", { method: "POST", headers: { "x-csrftoken": before } });
      assert.equal(late.status, 403);
      assert.equal((await late.json()).detail, "CSRF token from the 'X-Csrftoken' HTTP header incorrect.");
      assert.equal((await browser.whoami()).user, person.username);
    });
  });

  test("a login sends the same cookies as Django's login", async () => {
    const person = await newPerson();
    await served(siteAuth(), {}, async ({ url }) => {
      const ours = await new Browser(url).login(person);
      const theirs = await django().login(person.username, PASSWORD);
      assert.deepEqual(
        ours.headers.getSetCookie().map(withoutValues).sort(),
        theirs.set_cookies.map(withoutValues).sort(),
      );
      assert.equal(ours.headers.get("vary"), "Cookie");
    });
  });

  test("a logout sends the same cookie as Django's logout", async () => {
    const person = await newPerson();
    await served(siteAuth(), {}, async ({ url }) => {
      const ours = await new Browser(url, await cookieOf(person)).post("/logout");
      const theirs = await django().logout(await cookieOf(person));
      const session = (lines: string[]) => lines.filter((line) => line.startsWith("sessionid"));
      assert.deepEqual(session(ours.headers.getSetCookie()), session(theirs.set_cookies));
    });
  });

  test("an unknown user, an inactive user and a wrong password get the same response", async () => {
    const [active, inactive] = [await newPerson(), await newPerson({ is_active: false })];
    await served(siteAuth(), {}, async ({ url }) => {
      const browser = new Browser(url);
      const answers = [
        await browser.login(active, "wrong"),
        await browser.login(inactive),
        await browser.login({ username: "nobody at all" }),
        await browser.login({ username: "with\0nul" }),
        await browser.login({ username: "" }),
      ];
      for (const answer of answers) {
        assert.equal(answer.status, 401);
        assert.deepEqual(await answer.json(), {
          title: "Unauthorized",
          status: 401,
          code: "invalid_credentials",
          detail: "No active account found with the given credentials",
        });
      }
      assert.equal(browser.cookies.has("sessionid"), false);
    });
  });

  test("a login stores the backend that Django's authenticate() would choose, and Django accepts it", async () => {
    const [person, inactive] = [await newPerson(), await newPerson({ is_active: false })];
    const model = "django.contrib.auth.backends.ModelBackend";
    const all = "django.contrib.auth.backends.AllowAllUsersModelBackend";
    const permissions = "rules.permissions.ObjectPermissionBackend";
    const cases = [
      [person, [permissions, model], model],
      [person, [permissions, model, all], model],
      [person, [permissions, all, model], all],
      [inactive, [permissions, model, all], all],
    ] as const;
    for (const [{ username }, authenticationBackends, named] of cases) {
      const auth = siteAuth({ authenticationBackends });
      const fetch = async (_request: Request, context: Parameters<typeof auth.login>[0]) => {
        const user = await auth.authenticate({ username, password: PASSWORD });
        await auth.login(context, user, { csrf: false });
        return new Response(String((await context.session()).get("_auth_user_backend")));
      };
      await served(auth, { fetch }, async ({ url }) => {
        const browser = new Browser(url);
        assert.equal(await (await browser.fetch("/")).text(), named);
        const settings = { AUTHENTICATION_BACKENDS: [...authenticationBackends] };
        assert.equal((await django().whoami(browser.cookie, { settings })).user?.username, username);
      });
    }
  });

  test("a username is found after the stripping and normalising that Django's forms do", async () => {
    const { username } = await newPerson();
    const auth = siteAuth();
    try {
      const wide = username.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
      assert.notEqual(wide, username);
      for (const typed of [username, ` ${username}\t`, wide]) {
        assert.equal((await auth.authenticate({ username: typed, password: PASSWORD })).username, username);
      }
      await assert.rejects(auth.authenticate({ username: wide, password: "wrong" }), {
        code: "wrong_password",
      });
      await assert.rejects(auth.authenticate({ username: " ", password: "wrong" }), {
        code: "user_not_found",
      });
    } finally {
      await auth.close();
    }
  });

  test("a login by id stores the requested backend, and Django accepts it", async () => {
    const person = await newPerson();
    const backend = "django.contrib.auth.backends.AllowAllUsersModelBackend";
    const authenticationBackends = ["django.contrib.auth.backends.ModelBackend", backend];
    const auth = siteAuth({ authenticationBackends });
    const fetch = async (_request: Request, context: Parameters<typeof auth.login>[0]) => {
      const user = await auth.login(context, { userId: person.pk }, { backend, csrf: false });
      return new Response(user.username);
    };
    await served(auth, { fetch }, async ({ url }) => {
      const browser = new Browser(url);
      assert.equal(await (await browser.fetch("/")).text(), person.username);
      const settings = { AUTHENTICATION_BACKENDS: authenticationBackends };
      assert.equal((await django().whoami(browser.cookie, { settings })).user?.username, person.username);
      assert.equal((await django().whoami(browser.cookie)).user, null);
    });
  });

  test("a login by GET or HEAD is refused with 405, even with a valid token", async () => {
    const person = await newPerson();
    const events: string[] = [];
    const auth = siteAuth({ onEvent: ({ type }) => void events.push(type) });
    const fetch = async (_request: Request, context: Parameters<typeof auth.login>[0]) => {
      await auth.login(context, { userId: person.pk });
      return new Response("in");
    };
    await served(auth, { fetch }, async ({ url }) => {
      const browser = new Browser(url, `csrftoken=${CSRF_SECRET}`);
      for (const method of ["GET", "HEAD"]) {
        const response = await browser.fetch("/", { method, headers: { "x-csrftoken": CSRF_SECRET } });
        assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"], method);
        assert.equal(browser.cookies.has("sessionid"), false);
      }
    });
    assert.deepEqual(events, ["settings.hint", "auth.rejected", "auth.rejected"]);
  });
});

/** A Set-Cookie line without the parts that differ each time. */
function withoutValues(line: string): string {
  return line.replace(/^([^=]+)=[^;]*/, "$1=…").replace(/expires=[^;]*/, "expires=…");
}
