/** What a request reads of its session and its user after it has changed the session: the same as in Django. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, EventLog, keyIn, newPerson, PASSWORD, served, siteAuth } from "./site.ts";

/** Sites without and with an identity cache. */
const SITES: Readonly<Record<string, () => DjangoAuth>> = {
  "": () => siteAuth(),
  ", with an identityCache": () => siteAuth({ identityCache: { maxAge: 60 }, onEvent: () => {} }),
};

type Step = (context: RequestContext) => Promise<unknown>;

const CHANGES: Readonly<Record<string, Step>> = {
  "flushed": async (context) => await (await context.session()).flush(),
  "cleared": async (context) => (await context.session()).clear(),
  "without its user id": async (context) => (await context.session()).delete("_auth_user_id"),
};

for (const [kind, site] of Object.entries(SITES)) {
  describe(`a session that its request has changed${kind}`, needsOracle, () => {
    for (const [name, change] of Object.entries(CHANGES)) {
      test(`${name}, has no user`, async () => {
        const cookie = await cookieOf(await newPerson());
        const fetch = async (_request: Request, context: RequestContext) => {
          await change(context);
          return Response.json([await context.userId(), (await context.user())?.username ?? null]);
        };
        await served(site(), { fetch }, async ({ url }) => {
          assert.deepEqual(await (await new Browser(url, cookie).fetch("/")).json(), [null, null]);
        });
      });
    }

    test("to another user's id, has that user", async () => {
      const [ann, bob] = [await newPerson(), await newPerson()];
      // One password, and so one hash.
      await django().updateUser(bob.pk, { password: ann.encoded });
      const fetch = async (_request: Request, context: RequestContext) => {
        (await context.session()).set("_auth_user_id", String(bob.pk));
        return Response.json([await context.userId(), (await context.user())?.username ?? null]);
      };
      await served(site(), { fetch }, async ({ url }) => {
        const response = await new Browser(url, await cookieOf(ann)).fetch("/");
        assert.deepEqual(await response.json(), [bob.pk, bob.username]);
      });
    });

    test("in other data, still has its user", async () => {
      const ann = await newPerson();
      const fetch = async (_request: Request, context: RequestContext) => {
        (await context.session()).set("seen", true);
        return Response.json([await context.userId(), (await context.user())?.username ?? null]);
      };
      await served(site(), { fetch }, async ({ url }) => {
        const response = await new Browser(url, await cookieOf(ann)).fetch("/");
        assert.deepEqual(await response.json(), [ann.pk, ann.username]);
      });
    });
  });
}

describe("a session that was read before its login was found to have ended", needsOracle, () => {
  /** A cookie of a session with a note in it, whose hash is of an older password. */
  async function endedCookie(): Promise<string> {
    const person = await newPerson();
    const cookie = await cookieOf(person, { json: '{"note":"private"}' });
    await django().updateUser(person.pk, { password: "pbkdf2_sha256$1$salt$other" });
    return cookie;
  }

  test("is empty from then on, and new data goes to a new session", async () => {
    const cookie = await endedCookie();
    const fetch = async (_request: Request, context: RequestContext) => {
      const session = await context.session();
      const before = session.get("note", null);
      const user = await context.user();
      const after = session.get("note", null);
      session.set("mine", 1);
      return Response.json({ before, user, after });
    };
    await served(siteAuth(), { fetch }, async ({ url }) => {
      const browser = new Browser(url, cookie);
      assert.deepEqual(await (await browser.fetch("/")).json(), {
        before: "private",
        user: null,
        after: null,
      });
      assert.notEqual(browser.cookie, cookie);
      assert.equal((await django().readSession(keyIn(browser.cookie)))?.json, '{"mine":1}');
      assert.equal(await django().readSession(keyIn(cookie)), null);
    });
  });

  test("yields a CSRF token that a login form can use, with csrf.useSessions", async () => {
    const person = await newPerson();
    const auth = siteAuth({ csrf: { useSessions: true } });
    const page = auth.csrfProtect(async (_request: Request, context: RequestContext) => {
      await context.user();
      return new Response(await context.csrfToken());
    });
    const fetch = async (request: Request, context: RequestContext) => {
      if (request.method === "GET") return await page(request, context);
      const form = await context.formData();
      const user = await auth.authenticate({
        username: form.get("username"),
        password: form.get("password"),
      });
      return Response.json({ user: (await auth.login(context, user)).username });
    };
    await served(auth, { fetch }, async ({ url }) => {
      const browser = new Browser(url, await endedCookie());
      const token = await (await browser.fetch("/")).text();
      const body = new URLSearchParams({
        csrfmiddlewaretoken: token,
        username: person.username,
        password: PASSWORD,
      });
      const response = await browser.fetch("/", { method: "POST", body });
      assert.deepEqual([response.status, await response.json()], [200, { user: person.username }]);
      assert.equal((await django().whoami(browser.cookie)).user?.username, person.username);
    });
  });
});

describe("an expiry in the past", needsOracle, () => {
  const ENDS: Readonly<Record<string, Step>> = {
    "set by the request": async (context) => {
      const session = await context.session();
      session.setExpiry(-1);
      await session.save();
    },
    "set on a new session": async (context) => {
      const session = await context.session();
      await session.flush();
      session.setExpiry(-1);
      session.set("a", 1);
      await session.save();
    },
  };
  for (const [how, step] of Object.entries(ENDS)) {
    test(`${how} does not affect the handler's response`, async () => {
      const events = new EventLog();
      const fetch = async (_request: Request, context: RequestContext) => {
        await step(context);
        return new Response("done");
      };
      await served(siteAuth({ onEvent: events.listen }), { fetch }, async ({ url }) => {
        const response = await new Browser(url, await cookieOf(await newPerson())).fetch("/");
        assert.deepEqual([response.status, await response.text()], [200, "done"]);
        assert.match(response.headers.get("set-cookie") ?? "", /Max-Age=-1/i);
        assert.deepEqual(events.trouble, []);
      });
    });
  }
});

test("Vary lists each header once, in Django's format", needsOracle, async () => {
  const cookie = await cookieOf(await newPerson());
  const cases: readonly (readonly [given: string, sent: string])[] = [
    ["Accept", "Accept, Cookie"],
    ["Accept,Origin", "Accept, Origin, Cookie"],
    ["Accept,cookie", "Accept, cookie"],
    ["Accept , *", "*"],
    ["*", "*"],
  ];
  for (const [given, sent] of cases) {
    const fetch = async (_request: Request, context: RequestContext) => {
      await context.user();
      return new Response("page", { headers: { vary: given } });
    };
    await served(siteAuth(), { fetch }, async ({ url }) => {
      assert.equal((await new Browser(url, cookie).fetch("/")).headers.get("vary"), sent);
    });
  }
});
