/** A finished response keeps what the handler made, and its session is saved as Django saves it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { send } from "./wire.ts";

/** A handler that changes the session and returns the given response. */
function changing(respond: (request: Request) => Response | Promise<Response>) {
  return async (request: Request, context: RequestContext): Promise<Response> => {
    (await context.session()).set("seen", true);
    return await respond(request);
  };
}

describe("a finished response", needsOracle, () => {
  test("streams its body in pieces, with its headers and the cookie", async () => {
    const cookie = await cookieOf(await newPerson());
    const gate = Promise.withResolvers<void>();
    const fetch = changing(() => {
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode("first"));
          await gate.promise;
          controller.enqueue(new TextEncoder().encode(" second"));
          controller.close();
        },
      });
      return new Response(body, {
        status: 203,
        headers: { "content-type": "text/event-stream", "x-own": "kept" },
      });
    });
    await served(siteAuth(), { fetch }, async ({ url }) => {
      const response = await new Browser(url, cookie).fetch("/");
      assert.equal(response.status, 203);
      assert.equal(response.headers.get("content-type"), "text/event-stream");
      assert.equal(response.headers.get("x-own"), "kept");
      assert.equal(response.headers.getSetCookie().length, 1);
      const reader = response.body!.getReader();
      const read = async () => new TextDecoder().decode((await reader.read()).value);
      assert.equal(await read(), "first");
      gate.resolve();
      assert.equal(await read(), " second");
      assert.equal((await reader.read()).done, true);
    });
  });

  test("carries the cookie on a redirect, whose headers are immutable", async () => {
    const cookie = await cookieOf(await newPerson());
    const fetch = changing((request) => Response.redirect(new URL("/there", request.url), 303));
    await served(siteAuth(), { fetch }, async ({ url, host }) => {
      const response = await send(host, { headers: [["cookie", cookie]] });
      assert.equal(response.status, 303);
      assert.equal(response.headers.get("location"), `${url}/there`);
      assert.equal(response.setCookies.length, 1);
      assert.equal(response.headers.get("vary"), "Cookie");
      assert.equal(JSON.parse(await django().loadSession(keyIn(cookie))).seen, true);
    });
  });

  test("carries the cookie beside those of a fetch() response, whose headers are immutable", async () => {
    const cookie = await cookieOf(await newPerson());
    const handler = changing(() => fetch(`${django().url}/accounts/login/`));
    await served(siteAuth(), { fetch: handler }, async ({ url }) => {
      const response = await new Browser(url, cookie).fetch("/");
      assert.equal(response.status, 200);
      assert.match(await response.text(), /csrfmiddlewaretoken/);
      const names = response.headers.getSetCookie().map((line) => line.split("=")[0]);
      assert.deepEqual(names, ["csrftoken", "sessionid"]);
      assert.equal(response.headers.get("x-frame-options"), "DENY");
    });
  });

  test("keeps the handler's own cookies and Vary", async () => {
    const cookie = await cookieOf(await newPerson());
    const cases: readonly (readonly [given: string | null, sent: string])[] = [
      [null, "Cookie"],
      ["Accept-Language", "Accept-Language, Cookie"],
      ["Accept-Language, cookie", "Accept-Language, cookie"],
      ["*", "*"],
    ];
    let vary: string | null = null;
    const fetch = changing(() => {
      const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
      if (vary !== null) headers.set("vary", vary);
      return new Response("body", { headers });
    });
    await served(siteAuth(), { fetch }, async ({ host }) => {
      for (const [given, sent] of cases) {
        vary = given;
        const response = await send(host, { headers: [["cookie", cookie]] });
        assert.deepEqual(response.setCookies.map((line) => line.split("=")[0]), ["a", "b", "sessionid"]);
        assert.equal(response.headers.get("vary"), sent);
        assert.equal(response.body, "body");
      }
    });
  });

  test("carries the cookie and no body for 204, 304 and HEAD", async () => {
    const cookie = await cookieOf(await newPerson());
    const fetch = changing((request) =>
      new Response(null, {
        status: request.method === "HEAD" ? 200 : Number(new URL(request.url).pathname.slice(1)),
      })
    );
    await served(siteAuth(), { fetch }, async ({ host }) => {
      for (
        const [method, path, status] of [["GET", "/204", 204], ["GET", "/304", 304], [
          "HEAD",
          "/",
          200,
        ]] as const
      ) {
        const response = await send(host, { method, path, headers: [["cookie", cookie]] });
        assert.deepEqual([response.status, response.body, response.setCookies.length], [status, "", 1]);
      }
    });
  });
});

describe("the session behind a response", needsOracle, () => {
  test("is not saved after a 5xx or when the handler throws", async () => {
    const cookie = await cookieOf(await newPerson());
    const fetch = changing((request) => {
      if (request.url.endsWith("/throw")) throw new Error("boom");
      return new Response(null, { status: 503 });
    });
    await served(siteAuth({ onEvent: () => {} }), { fetch }, async ({ url }) => {
      for (const path of ["/", "/throw"]) {
        const response = await new Browser(url, cookie).fetch(path);
        assert.ok(response.status >= 500);
        assert.deepEqual(response.headers.getSetCookie(), []);
        assert.equal("seen" in JSON.parse(await django().loadSession(keyIn(cookie))), false);
      }
    });
  });

  test("is saved after a 4xx, as in Django", async () => {
    const cookie = await cookieOf(await newPerson());
    const fetch = changing(() => new Response(null, { status: 404 }));
    await served(siteAuth(), { fetch }, async ({ url }) => {
      await new Browser(url, cookie).fetch("/");
      assert.equal(JSON.parse(await django().loadSession(keyIn(cookie))).seen, true);
    });
  });

  test("is not recreated if it was deleted while the handler ran: 400 session_deleted", async () => {
    const cookie = await cookieOf(await newPerson());
    const fetch = changing(async () => {
      await django().deleteSession(keyIn(cookie));
      return new Response("welcome back", { headers: { "x-own": "lost" } });
    });
    await served(siteAuth(), { fetch }, async ({ url }) => {
      const response = await new Browser(url, cookie).fetch("/");
      assert.equal(response.status, 400);
      assert.equal((await response.json()).code, "session_deleted");
      assert.equal(response.headers.get("x-own"), null);
      assert.equal(await django().sessionExists(keyIn(cookie)), false);
    });
  });

  test("is readable by Django, and is not created for a visitor who changes nothing", async () => {
    const fetch = async (request: Request, context: RequestContext) => {
      const session = await context.session();
      if (request.method === "POST") session.set("cart", ["é😀", 1.5]);
      return new Response();
    };
    await served(siteAuth(), { fetch }, async ({ url }) => {
      const browser = new Browser(url);
      assert.deepEqual((await browser.fetch("/")).headers.getSetCookie(), []);
      await browser.fetch("/", { method: "POST" });
      const { json } = (await django().readSession(browser.cookies.get("sessionid")!))!;
      assert.deepEqual(JSON.parse(json), { cart: ["é😀", 1.5] });
      assert.deepEqual(JSON.parse((await django().whoami(browser.cookie)).session), { cart: ["é😀", 1.5] });
    });
  });

  test("with a key that is too short has its cookie deleted even if it is never read, as in Django", async () => {
    const fetch = () => new Response("static");
    await served(siteAuth(), { fetch }, async ({ host }) => {
      for (const cookie of ["sessionid=short", "sessionid=", 'sessionid="\\""']) {
        const response = await send(host, { headers: [["cookie", cookie]] });
        const theirs = await django().whoami(cookie);
        assert.deepEqual(response.setCookies, theirs.set_cookies, cookie);
        assert.equal(response.setCookies.length, 1);
        assert.equal(response.headers.get("vary"), "Cookie");
      }
    });
  });

  test("that is never read costs no query, and sets neither a cookie nor Vary", async () => {
    const cookie = await cookieOf(await newPerson());
    const database = "postgres://postgres@127.0.0.1:1/nothing";
    await served(siteAuth({ database }), { fetch: () => new Response("static") }, async ({ host }) => {
      const response = await send(host, { headers: [["cookie", cookie]] });
      assert.deepEqual([response.status, response.setCookies, response.headers.get("vary")], [200, [], null]);
    });
  });

  test("keeps a key that Django set while the handler ran", async () => {
    const cookie = await cookieOf(await newPerson(), { json: '{"theirs":1,"gone":1}' });
    const fetch = changing(async () => {
      await django().setSession(keyIn(cookie), { json: '{"theirs":12345678901234567890}', delete: ["gone"] });
      return new Response();
    });
    await served(siteAuth(), { fetch }, async ({ url }) => {
      await new Browser(url, cookie).fetch("/");
      const text = await django().loadSession(keyIn(cookie));
      assert.ok(text.includes('"theirs":12345678901234567890'), text);
      assert.deepEqual([JSON.parse(text).seen, "gone" in JSON.parse(text)], [true, false]);
    });
  });

  test("loses none of fifty concurrent changes", async () => {
    const cookie = await cookieOf(await newPerson(), { json: '{"n":0}' });
    const fetch = async (_request: Request, context: RequestContext) => {
      const session = await context.session();
      const n = await session.change((draft) => {
        draft.set("n", Number(draft.get("n")) + 1);
        return draft.get("n");
      });
      return Response.json(n);
    };
    await served(siteAuth(), { fetch }, async ({ url }) => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, async () => await (await new Browser(url, cookie).fetch("/")).json()),
      );
      assert.deepEqual(answers.sort((a, b) => a - b), Array.from({ length: 50 }, (_, index) => index + 1));
      assert.equal(JSON.parse(await django().loadSession(keyIn(cookie))).n, 50);
    });
  });

  test("loses none of fifty different keys that are set concurrently without a lock", async () => {
    const cookie = await cookieOf(await newPerson());
    const fetch = async (request: Request, context: RequestContext) => {
      (await context.session()).set(new URL(request.url).pathname, true);
      return new Response();
    };
    await served(siteAuth(), { fetch }, async ({ url }) => {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => new Browser(url, cookie).fetch(`/key${index}`)),
      );
      const session = JSON.parse(await django().loadSession(keyIn(cookie)));
      assert.equal(Object.keys(session).filter((key) => key.startsWith("/key")).length, 50);
    });
  });
});
