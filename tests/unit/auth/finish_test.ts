/** What is sent with a failed response, and instead of one that cannot be sent. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Handler } from "../../../src/auth/request/handler.ts";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { cookiesOf, formTo, ORIGIN, PASSWORD, requestTo, SESSIONS, type Site, siteWith } from "./site.ts";

/** Visits a page with a form. @returns its CSRF token and its cookies */
async function page({ auth }: Site): Promise<{ token: string; cookie: string }> {
  let token = "";
  const response = await auth.handle(requestTo("/"), async (_, context) => {
    token = await context.csrfToken();
    return new Response(token);
  });
  return { token, cookie: cookiesOf(response) };
}

/** A handler that logs in, and then returns or throws as `end` does. */
function loggingIn(site: Site, end: (site: Site) => Response): Handler {
  const { auth } = site;
  return async (_request, context) => {
    await auth.login(context, await auth.authenticate({ username: "ada", password: PASSWORD }));
    return end(site);
  };
}

describe("a request that fails", () => {
  const FAILURES: readonly (readonly [name: string, status: number, end: (site: Site) => Response])[] = [
    ["because the database is unavailable", 503, () => {
      throw new DatabaseUnavailable();
    }],
    ["because the session cannot be saved", 503, ({ database }) => {
      database.fault = new DatabaseUnavailable();
      return new Response("welcome");
    }],
    ["because the handler throws", 500, () => {
      throw new TypeError("broken");
    }],
    ["because the handler returns 502", 502, () => new Response("bad gateway", { status: 502 })],
  ];
  for (const [name, status, end] of FAILURES) {
    test(`${name} sends no cookie of its login, and the CSRF token works for the next try`, async () => {
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

  test("still sends the cookie of the CSRF token in its page", async () => {
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

  test("is answered with 500 and a clear error event, and nothing is saved", async () => {
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

  test("makes context.finish() throw, whether the context was used or not", async () => {
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

describe("the result of onError for a response that cannot be sent", () => {
  const OOPS = new Response("oops", { status: 500 });
  const ANSWERS: readonly (readonly [name: string, onError: () => Response])[] = [
    ["an error response", () => Response.error()],
    ["a response whose body was read", () => OOPS],
  ];
  for (const [name, onError] of ANSWERS) {
    test(`is replaced with a 500 if it is ${name} itself`, async () => {
      const { auth } = await siteWith();
      if (!OOPS.bodyUsed) await OOPS.text();
      const response = await auth.handle(requestTo("/"), () => Response.error(), {}, onError);
      assert.deepEqual([response.status, (await response.json()).code], [500, "server_error"]);
    });
  }
});
