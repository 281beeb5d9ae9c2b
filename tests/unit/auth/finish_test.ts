/** What leaves with a response that failed, or that cannot be sent. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Handler } from "../../../src/auth/request/handler.ts";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { cookiesOf, formTo, ORIGIN, PASSWORD, requestTo, SESSIONS, type Site, siteWith } from "./site.ts";

/** A page with a form: its token, and the cookies that belong to it. */
async function page({ auth }: Site): Promise<{ token: string; cookie: string }> {
  let token = "";
  const response = await auth.handle(requestTo("/"), async (_, context) => {
    token = await context.csrfToken();
    return new Response(token);
  });
  return { token, cookie: cookiesOf(response) };
}

/** Logs in, and ends as `end` says. */
function loggingIn(site: Site, end: (site: Site) => Response): Handler {
  const { auth } = site;
  return async (_request, context) => {
    await auth.login(context, await auth.authenticate({ username: "ada", password: PASSWORD }));
    return end(site);
  };
}

describe("a login that failed", () => {
  const FAILURES: readonly (readonly [name: string, status: number, end: (site: Site) => Response])[] = [
    ["because the database went away", 503, () => {
      throw new DatabaseUnavailable();
    }],
    ["because the session could not be saved", 503, ({ database }) => {
      database.fault = new DatabaseUnavailable();
      return new Response("welcome");
    }],
    ["because the handler threw", 500, () => {
      throw new TypeError("broken");
    }],
    ["because the handler said so", 502, () => new Response("bad gateway", { status: 502 })],
  ];
  for (const [name, status, end] of FAILURES) {
    test(`${name} sends no cookie, and the page's token is good for the next try`, async () => {
      const site = await siteWith();
      const { token, cookie } = await page(site);
      const headers = { cookie, origin: ORIGIN };
      const form = () => formTo("/login", { csrfmiddlewaretoken: token }, { headers });
      const failed = await site.auth.handle(form(), loggingIn(site, end));
      assert.deepEqual([failed.status, failed.headers.getSetCookie()], [status, []]);
      site.database.fault = null;
      const next = await site.auth.handle(form(), loggingIn(site, () => new Response("welcome")));
      assert.equal(next.status, 200);
      const names = next.headers.getSetCookie().map((line) => line.split("=", 1)[0]);
      assert.deepEqual(names, ["csrftoken", "sessionid"]);
    });
  }

  test("sends the cookie of a token that its page was given", async () => {
    const site = await siteWith();
    let token = "";
    const response = await site.auth.handle(requestTo("/"), async (_, context) => {
      token = await context.csrfToken();
      return new Response(token, { status: 500 });
    });
    const headers = { cookie: cookiesOf(response), origin: ORIGIN };
    const guarded = site.auth.csrfProtect(() => new Response("done"));
    const form = formTo("/", { csrfmiddlewaretoken: token }, { headers });
    assert.equal((await site.auth.handle(form, guarded)).status, 200);
  });
});

describe("a response whose body was read already", () => {
  const message =
    "The body of the response was already read: return a response with an unread body, or a clone()";

  test("is an error of the handler's with a clear word, and nothing is saved", async () => {
    const site = await siteWith();
    const response = await site.auth.handle(requestTo("/"), async (_, context) => {
      (await context.session()).set("seen", true);
      const answer = Response.json({ a: 1 });
      await answer.json();
      return answer;
    });
    assert.deepEqual([response.status, response.headers.getSetCookie()], [500, []]);
    assert.equal(site.database.rows(SESSIONS).length, 0);
    const [event] = site.events;
    assert.ok(event?.type === "error" && event.where === "finish" && event.error instanceof TypeError);
    assert.deepEqual([event.error.message, site.events.length], [message, 1]);
  });

  test("is refused by context.finish() as well, whether anything was asked or not", async () => {
    const site = await siteWith();
    for (const isAsked of [false, true]) {
      const context = site.auth.context(requestTo("/"));
      if (isAsked) await context.csrfToken();
      const answer = new Response("body");
      await answer.text();
      await assert.rejects(context.finish(answer), { name: "TypeError", message });
      const whole = await context.finish(new Response("body"));
      assert.equal(await whole.text(), "body");
    }
  });
});

describe("what onError makes of a response that cannot be sent", () => {
  const OOPS = new Response("oops", { status: 500 });
  const ANSWERS: readonly (readonly [name: string, onError: () => Response])[] = [
    ["an error response", () => Response.error()],
    ["a body that was read", () => OOPS],
  ];
  for (const [name, onError] of ANSWERS) {
    test(`is 500 where it is ${name} itself`, async () => {
      const { auth } = await siteWith();
      if (!OOPS.bodyUsed) await OOPS.text();
      const response = await auth.handle(requestTo("/"), () => Response.error(), {}, onError);
      assert.deepEqual([response.status, (await response.json()).code], [500, "server_error"]);
    });
  }
});
