/** One visitor's cookies are never sent to another, even if the application returns the same Response to both. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, keyIn, newPerson, PASSWORD, served, siteAuth } from "./site.ts";
import { send, type WireResponse } from "./wire.ts";

/** The value of a cookie that a response sets. */
function sent({ setCookies }: WireResponse, name: string): string | undefined {
  return setCookies.find((line) => line.startsWith(`${name}=`))?.split(/[=;]/)[1];
}

describe("a Response that the application returns repeatedly", needsOracle, () => {
  test("carries each visitor's own cookies after a login, and none for an anonymous visitor", async () => {
    const done = new Response(null, { status: 204, headers: { "x-own": "kept" } });
    const auth = siteAuth();
    const fetch = async (request: Request, context: RequestContext) => {
      const username = new URL(request.url).searchParams.get("user");
      if (username !== null) {
        await auth.login(context, await auth.authenticate({ username, password: PASSWORD }), { csrf: false });
      }
      return done;
    };
    await served(auth, { fetch }, async ({ host }) => {
      const keys = new Set<string>();
      for (const { username } of [await newPerson(), await newPerson(), await newPerson()]) {
        const response = await send(host, { method: "POST", path: `/?user=${username}` });
        assert.deepEqual(response.setCookies.map((line) => line.split("=")[0]), ["csrftoken", "sessionid"]);
        const key = sent(response, "sessionid")!;
        assert.equal((await django().whoami(`sessionid=${key}`)).user?.username, username);
        keys.add(key);
        const stranger = await send(host, {});
        assert.deepEqual([stranger.status, stranger.setCookies], [204, []]);
        assert.deepEqual([response.headers.get("x-own"), stranger.headers.get("x-own")], ["kept", "kept"]);
      }
      assert.equal(keys.size, 3);
    });
  });

  for (
    const [name, make] of [
      ["204", () => new Response(null, { status: 204 })],
      ["200 without a body", () => new Response()],
      ["a redirect", () => Response.redirect("http://127.0.0.1/there", 303)],
    ] as const
  ) {
    test(`${name}: concurrent visitors never get another visitor's session`, async () => {
      let shared = make();
      const fetch = async (request: Request, context: RequestContext) => {
        const { searchParams } = new URL(request.url);
        if (searchParams.has("who")) (await context.session()).set("who", searchParams.get("who"));
        return shared;
      };
      await served(siteAuth(), { fetch }, async ({ host }) => {
        for (let round = 0; round < 5; round++) {
          shared = make();
          await Promise.all(Array.from({ length: 20 }, async (_, index) => {
            if (index % 2 === 0) {
              assert.deepEqual((await send(host, {})).setCookies, []);
              return;
            }
            const response = await send(host, { path: `/?who=${index}` });
            assert.equal(response.setCookies.length, 1, String(response.setCookies.length));
            const stored = await django().loadSession(sent(response, "sessionid")!);
            assert.deepEqual(JSON.parse(stored), { who: String(index) });
          }));
        }
      });
    });
  }

  for (
    const [name, make] of [
      ["204", () => new Response(null, { status: 204 })],
      ["an empty text", () => new Response("")],
      ["a redirect", () => Response.redirect("http://127.0.0.1/there", 303)],
    ] as const
  ) {
    test(`${name}: the first visitor's cookie is not sent to later visitors`, async () => {
      const shared = make();
      const fetch = async (request: Request, context: RequestContext) => {
        if (new URL(request.url).searchParams.has("who")) (await context.session()).set("who", "first");
        return shared;
      };
      await served(siteAuth(), { fetch }, async ({ host }) => {
        assert.equal((await send(host, { path: "/?who" })).setCookies.length, 1);
        for (let later = 0; later < 3; later++) assert.deepEqual((await send(host, {})).setCookies, []);
      });
    });
  }

  test("keeps its cookies if a router inside attach has already finished it", async () => {
    const auth = siteAuth();
    const fetch = async (request: Request) => {
      const context = auth.context(request);
      (await context.session()).set("who", "router");
      return await context.finish(new Response(null, { status: 204 }));
    };
    await served(auth, { fetch }, async ({ host }) => {
      const { setCookies, headers } = await send(host, {});
      assert.deepEqual([setCookies.length, headers.get("vary")], [1, "Cookie"]);
    });
  });

  test("becomes separate responses when finished concurrently", async () => {
    const shared = new Response(null, { status: 204 });
    const auth = siteAuth();
    try {
      const visit = async (who: string | null) => {
        const context = auth.context(new Request("http://localhost/"));
        if (who !== null) (await context.session()).set("who", who);
        return await context.finish(shared);
      };
      const [early, one, two, late] = await Promise.all([visit(null), visit("1"), visit("2"), visit(null)]);
      assert.deepEqual([early, late].map(({ headers }) => headers.getSetCookie()), [[], []]);
      for (const [response, who] of [[one, "1"], [two, "2"]] as const) {
        const [line, ...others] = response.headers.getSetCookie();
        assert.deepEqual(others, []);
        const stored = await django().loadSession(line!.split(/[=;]/)[1]!);
        assert.deepEqual(JSON.parse(stored), { who });
      }
    } finally {
      await auth.close();
    }
  });

  for (
    const [name, make] of [
      [
        "204",
        () => new Response(null, { status: 204, headers: [["set-cookie", "own=1"], ["x-own", "kept"]] }),
      ],
      ["a text", () => new Response("done", { headers: [["set-cookie", "own=1"], ["x-own", "kept"]] })],
    ] as const
  ) {
    test(`${name}: copies made after a login carry none of its cookies, nor does the original`, async () => {
      const { username } = await newPerson();
      const done = make();
      // A body can be read only once, so a response with a body is cloned.
      const given = () => done.body === null ? done : done.clone();
      const auth = siteAuth();
      const fetch = async ({ url, method }: Request, context: RequestContext) => {
        if (method === "GET") {
          if (new URL(url).pathname === "/clone") return done.clone();
          return new Response(done.clone().body, done);
        }
        await auth.login(context, await auth.authenticate({ username, password: PASSWORD }), { csrf: false });
        return given();
      };
      await served(auth, { fetch }, async ({ host }) => {
        for (let round = 0; round < 2; round++) {
          const login = await send(host, { method: "POST" });
          const names = login.setCookies.map((line) => line.split("=")[0]);
          assert.deepEqual(names, ["own", "csrftoken", "sessionid"]);
          for (const path of ["/clone", "/wrap"]) {
            const { status, setCookies, headers, body } = await send(host, { path });
            assert.deepEqual([status, setCookies, headers.get("x-own"), body], [
              login.status,
              ["own=1"],
              "kept",
              login.body,
            ]);
          }
        }
      });
      // The original may also be sent by a path that djauth does not finish.
      assert.deepEqual(done.headers.getSetCookie(), ["own=1"]);
    });
  }

  test("gets no cookies itself when context.finish is called with it", async () => {
    const auth = siteAuth();
    try {
      for (const make of [() => new Response(null, { status: 204 }), () => new Response("done")]) {
        const done = make();
        const context = auth.context(new Request("http://localhost/"));
        (await context.session()).set("who", "first");
        const sent = await context.finish(done);
        assert.equal(sent.headers.getSetCookie().length, 1);
        assert.deepEqual(done.headers.getSetCookie(), []);
      }
    } finally {
      await auth.close();
    }
  });

  test("carries each visitor's own cookie with saveEveryRequest, and none for an anonymous visitor", async () => {
    const shared = new Response(null, { status: 204 });
    const auth = siteAuth({ session: { saveEveryRequest: true } });
    await served(auth, { fetch: () => shared }, async ({ host }) => {
      for (const cookie of [await cookieOf(await newPerson()), await cookieOf(await newPerson())]) {
        const response = await send(host, { headers: [["cookie", cookie]] });
        assert.equal(response.setCookies.length, 1);
        assert.equal(sent(response, "sessionid"), keyIn(cookie));
        assert.deepEqual((await send(host, {})).setCookies, []);
      }
    });
  });
});

describe("CSRF tokens of one request", needsOracle, () => {
  test("created concurrently are all valid with the one cookie", async () => {
    const auth = siteAuth();
    const fetch = async (request: Request, context: RequestContext) => {
      if (request.method === "GET") {
        return Response.json(await Promise.all([context.csrfToken(), context.csrfToken()]));
      }
      await context.requireCsrf();
      return new Response("accepted");
    };
    await served(auth, { fetch }, async ({ url }) => {
      const browser = new Browser(url);
      const tokens = await (await browser.fetch("/")).json() as string[];
      assert.equal(new Set(tokens).size, 2);
      for (const token of tokens) {
        const headers = { origin: url, "x-csrftoken": token };
        assert.equal((await browser.fetch("/", { method: "POST", headers })).status, 200);
        const { searchParams } = new URL(`http://x/?${browser.cookie.replace("=", "&")}`);
        assert.equal(await django().doesCsrfTokenMatch(token, [...searchParams.keys()][1]!), true);
      }
      const strange = { origin: url, "x-csrftoken": "a".repeat(64) };
      assert.equal((await browser.fetch("/", { method: "POST", headers: strange })).status, 403);
    });
  });
});
