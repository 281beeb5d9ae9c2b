/** The attributes of both cookies for each option, and what else `finish()` changes in a response. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CsrfOptions, SessionOptions } from "../../../src/auth/options/options.ts";
import { attributesOf, cookiesOf, formTo, requestTo, type Site, siteWith } from "./site.ts";

const NOW = Date.parse("2026-07-01T12:00:00Z");
const clock = { now: (): number => NOW };
const TWO_WEEKS = ["expires=Wed, 15 Jul 2026 12:00:00 GMT", "Max-Age=1209600"];
const A_YEAR = ["expires=Wed, 30 Jun 2027 12:00:00 GMT", "Max-Age=31449600"];
const A_MINUTE = ["expires=Wed, 01 Jul 2026 12:01:00 GMT", "Max-Age=60"];

/** A response of a page that writes to its session and shows a form. */
function visit({ auth }: Site, cookie = ""): Promise<Response> {
  return auth.handle(requestTo("/", { headers: { cookie } }), async (_, context) => {
    (await context.session()).set("a", 1);
    return new Response(await context.csrfToken());
  });
}

const SESSION_COOKIES:
  readonly (readonly [options: SessionOptions, name: string, attributes: readonly string[]])[] = [
    [{}, "sessionid", [TWO_WEEKS[0]!, "HttpOnly", TWO_WEEKS[1]!, "Path=/", "SameSite=Lax"]],
    [{ cookieName: "sid" }, "sid", [TWO_WEEKS[0]!, "HttpOnly", TWO_WEEKS[1]!, "Path=/", "SameSite=Lax"]],
    [{ cookieAge: 60 }, "sessionid", [A_MINUTE[0]!, "HttpOnly", A_MINUTE[1]!, "Path=/", "SameSite=Lax"]],
    [{ expireAtBrowserClose: true }, "sessionid", ["HttpOnly", "Path=/", "SameSite=Lax"]],
    [
      {
        cookieDomain: ".example.com",
        cookiePath: "/app/",
        cookieSecure: true,
        cookieHttpOnly: false,
        cookieAge: 60,
      },
      "sessionid",
      ["Domain=.example.com", ...A_MINUTE, "Path=/app/", "SameSite=Lax", "Secure"],
    ],
    [{ cookieSameSite: "Strict", cookieAge: 60 }, "sessionid", [
      ...[A_MINUTE[0]!, "HttpOnly", A_MINUTE[1]!, "Path=/", "SameSite=Strict"],
    ]],
    [{ cookieSameSite: false, cookieAge: 60 }, "sessionid", [
      A_MINUTE[0]!,
      "HttpOnly",
      A_MINUTE[1]!,
      "Path=/",
    ]],
  ];

const CSRF_COOKIES:
  readonly (readonly [options: CsrfOptions, name: string, attributes: readonly string[]])[] = [
    [{}, "csrftoken", [...A_YEAR, "Path=/", "SameSite=Lax"]],
    [{ cookieName: "xsrf" }, "xsrf", [...A_YEAR, "Path=/", "SameSite=Lax"]],
    [{ cookieAge: 60 }, "csrftoken", [...A_MINUTE, "Path=/", "SameSite=Lax"]],
    [{ cookieAge: null }, "csrftoken", ["Path=/", "SameSite=Lax"]],
    [
      {
        cookieDomain: ".example.com",
        cookiePath: "/app/",
        cookieSecure: true,
        cookieHttpOnly: true,
        cookieAge: null,
      },
      "csrftoken",
      ["Domain=.example.com", "HttpOnly", "Path=/app/", "SameSite=Lax", "Secure"],
    ],
    [{ cookieSameSite: "Strict", cookieAge: null }, "csrftoken", ["Path=/", "SameSite=Strict"]],
    [{ cookieSameSite: false, cookieAge: null }, "csrftoken", ["Path=/"]],
  ];

describe("the options of the session cookie", () => {
  for (const [options, name, attributes] of SESSION_COOKIES) {
    test(`${JSON.stringify(options)}: ${[name, ...attributes].join("; ")}`, async () => {
      const response = await visit(await siteWith({ clock, session: options }));
      assert.deepEqual(attributesOf(response, name), attributes);
      assert.deepEqual(attributesOf(response, "csrftoken"), [...A_YEAR, "Path=/", "SameSite=Lax"]);
    });
  }

  test("saveEveryRequest sends the cookie with every response", async () => {
    for (const saveEveryRequest of [false, true]) {
      const site = await siteWith({ clock, session: { saveEveryRequest } });
      const cookie = cookiesOf(await visit(site));
      const response = await site.auth.handle(requestTo("/", { headers: { cookie } }), () => new Response());
      assert.equal(attributesOf(response, "sessionid") !== undefined, saveEveryRequest);
    }
  });
});

describe("the options of the CSRF cookie", () => {
  for (const [options, name, attributes] of CSRF_COOKIES) {
    test(`${JSON.stringify(options)}: ${[name, ...attributes].join("; ")}`, async () => {
      const response = await visit(await siteWith({ clock, csrf: options }));
      assert.deepEqual(attributesOf(response, name), attributes);
      assert.equal(attributesOf(response, "sessionid")?.length, 5);
    });
  }

  test("useSessions keeps the CSRF secret in the session and sends no CSRF cookie", async () => {
    const { auth, ...site } = await siteWith({ csrf: { useSessions: true } });
    const page = await visit({ auth, ...site });
    assert.deepEqual([attributesOf(page, "csrftoken"), page.headers.getSetCookie().length], [undefined, 1]);
    const headers = { origin: "http://localhost", cookie: cookiesOf(page) };
    const guarded = auth.csrfProtect(() => new Response("done"));
    const form = formTo("/", { csrfmiddlewaretoken: await page.text() }, { headers });
    assert.equal((await auth.handle(form, guarded)).status, 200);
  });

  for (const headerName of ["HTTP_X_OWN", "X-Own"]) {
    test(`headerName ${headerName} is the only header that is read for the token`, async () => {
      const { auth, ...site } = await siteWith({ csrf: { headerName } });
      const page = await visit({ auth, ...site });
      const token = await page.text();
      const statuses = await Promise.all(["x-own", "x-csrftoken"].map(async (name) => {
        const headers = { origin: "http://localhost", cookie: cookiesOf(page), [name]: token };
        const request = requestTo("/", { method: "POST", headers });
        return (await auth.handle(request, auth.csrfProtect(() => new Response()))).status;
      }));
      assert.deepEqual(statuses, [200, 403]);
    });
  }
});

describe("finish()", () => {
  const VARY = [[null, "Cookie"], ["Accept", "Accept, Cookie"], ["accept, COOKIE", "accept, COOKIE"], [
    "*",
    "*",
  ]] as const;
  for (const [before, after] of VARY) {
    test(`sets Vary on a response that depends on the session: ${before} becomes ${after}`, async () => {
      const { auth } = await siteWith();
      const response = await auth.handle(requestTo("/"), async (_, context) => {
        await context.user();
        return new Response("", before === null ? {} : { headers: { vary: before } });
      });
      assert.equal(response.headers.get("vary"), after);
    });
  }

  test("returns a response unchanged if its handler did not use the context", async () => {
    const { auth } = await siteWith();
    const made = new Response("as it is");
    assert.equal(await auth.handle(requestTo("/"), () => made), made);
    assert.deepEqual([made.headers.get("vary"), made.headers.getSetCookie()], [null, []]);
  });

  test("copies a response whose headers are immutable", async () => {
    const site = await siteWith();
    const redirect = await site.auth.handle(requestTo("/"), async (_, context) => {
      (await context.session()).set("a", 1);
      return Response.redirect("http://localhost/there", 303);
    });
    assert.deepEqual([redirect.status, redirect.headers.get("location")], [303, "http://localhost/there"]);
    assert.equal(redirect.headers.get("vary"), "Cookie");
    assert.equal(attributesOf(redirect, "sessionid")?.length, 5);
  });
});
