/** Guards around handlers: who may pass, how others are answered, and where a login returns to. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Handler } from "../../../src/auth/request/handler.ts";
import { cookiesOf, formTo, PASSWORD, requestTo, type Site, siteWith } from "./site.ts";

const OK: Handler = () => new Response("done");

/** Logs ada in. @returns the cookies */
async function loggedIn({ auth }: Site): Promise<string> {
  const response = await auth.handle(requestTo("/login", { method: "POST" }), async (_, context) => {
    const user = await auth.authenticate({ username: "ada", password: PASSWORD });
    await auth.login(context, user, { csrf: false });
    return new Response("welcome");
  });
  return cookiesOf(response);
}

describe("loginRequired()", () => {
  test("passes the user to the handler", async () => {
    const site = await siteWith();
    const guarded = site.auth.loginRequired((_request, _context, user) => new Response(user.username));
    const headers = { cookie: await loggedIn(site) };
    assert.equal(await (await site.auth.handle(requestTo("/", { headers }), guarded)).text(), "ada");
  });

  const WAYS = [
    [undefined, "/a/b?x=1&y=ä", "/accounts/login/?next=/a/b%3Fx%3D1%26y%3D%25C3%25A4"],
    [{ loginUrl: "/in/" }, "/a", "/in/?next=/a"],
    [{ loginUrl: "/in/?from=me&next=/old#form" }, "/a", "/in/?from=me&next=/a#form"],
    [
      { loginUrl: "https://sso.example.com/in" },
      "/a",
      "https://sso.example.com/in?next=http%3A//localhost/a",
    ],
    [{ loginUrl: "http://localhost/in" }, "/a", "http://localhost/in?next=/a"],
    [{ loginUrl: "/ä" }, "/a", "/%C3%A4?next=/a"],
    [{ redirectFieldName: "then" }, "/a", "/accounts/login/?then=/a"],
    [{}, "//evil.com/a", "/accounts/login/?next=//evil.com/a"],
  ] as const;
  for (const [options, path, location] of WAYS) {
    test(`redirects from ${path} to ${location}`, async () => {
      const { auth } = await siteWith();
      const response = await auth.handle(requestTo(path), auth.loginRequired(OK, options));
      assert.deepEqual([response.status, response.headers.get("location")], [302, location]);
      assert.equal(response.headers.get("cache-control"), "no-store");
    });
  }

  test("drops the query token from the next URL, and keeps all else unchanged", async () => {
    const { auth } = await siteWith({ jwt: { queryToken: "token", blacklist: false } });
    const ways = [
      ["/a?token=eyJ.e.s", "/a"],
      ["/a?x=1&token=eyJ.e.s&y=ä&tokens=2", "/a%3Fx%3D1%26y%3D%25C3%25A4%26tokens%3D2"],
      ["/a?t%6Fken=eyJ.e.s&y=%7e&token=", "/a%3Fy%3D%257e"],
    ] as const;
    for (const [path, next] of ways) {
      const response = await auth.handle(requestTo(path), auth.loginRequired(OK));
      assert.equal(response.headers.get("location"), `/accounts/login/?next=${next}`);
    }
  });

  test("drops a ticket from the next URL, and keeps a field of that name that is none", async () => {
    const { auth } = await siteWith();
    const ticket = `${"a".repeat(32)}:1abcde:${"s".repeat(43)}`;
    const ways = [
      [`/live?ticket=${ticket}`, "/live"],
      [`/live?x=1&ticket=${encodeURIComponent(ticket)}`, "/live%3Fx%3D1"],
      ["/show?ticket=42", "/show%3Fticket%3D42"],
    ] as const;
    for (const [path, next] of ways) {
      const response = await auth.handle(requestTo(path), auth.loginRequired(OK));
      assert.equal(response.headers.get("location"), `/accounts/login/?next=${next}`);
    }
  });

  test("and conditionRequired() throw at once if loginUrl is not a path or URL", async () => {
    const { auth } = await siteWith();
    const message = {
      code: "improperly_configured",
      message: /^loginUrl is "login", expected a path such as/,
    };
    assert.throws(() => auth.loginRequired(OK, { loginUrl: "login" }), message);
    assert.throws(() => auth.conditionRequired(() => true, OK, { loginUrl: "login" }), message);
  });

  test("redirects to the site's page if no loginUrl is given", async () => {
    const { auth } = await siteWith();
    const locations: unknown[] = [];
    for (const options of [undefined, {}, { redirectFieldName: "n" }]) {
      const response = await auth.handle(requestTo("/a"), auth.loginRequired(OK, options));
      locations.push([response.status, response.headers.get("location")]);
    }
    const page = "/accounts/login/";
    assert.deepEqual(locations, [[302, `${page}?next=/a`], [302, `${page}?next=/a`], [302, `${page}?n=/a`]]);
  });

  test("answers 401 without a redirect if loginUrl is null", async () => {
    const { auth } = await siteWith();
    const response = await auth.handle(requestTo("/"), auth.loginRequired(OK, { loginUrl: null }));
    assert.deepEqual([response.status, response.headers.get("location")], [401, null]);
  });
});

describe("a guard checks its arguments when it is created:", () => {
  const MISTAKES: readonly (readonly [
    guard: "loginRequired" | "userRequired" | "conditionRequired" | "csrfProtect",
    given: readonly unknown[],
    message: string,
  ])[] = [
    [
      ...["loginRequired", [undefined]] as const,
      "loginRequired() got undefined as its handler, expected loginRequired(handler, { loginUrl })",
    ],
    [
      ...["loginRequired", ["/login"]] as const,
      'loginRequired() got "/login" as its handler, expected loginRequired(handler, { loginUrl })',
    ],
    [
      ...["loginRequired", [OK, { login_url: "/x" }]] as const,
      'loginRequired() does not take "login_url", did you mean loginUrl?',
    ],
    [
      ...["loginRequired", [OK, "/x"]] as const,
      "loginRequired() got a string as its options, expected { loginUrl, redirectFieldName }",
    ],
    [
      ...["conditionRequired", [() => true]] as const,
      "conditionRequired() got undefined as its handler, expected conditionRequired(condition, handler, { loginUrl })",
    ],
    [
      ...["conditionRequired", [{}, OK]] as const,
      "conditionRequired() got an object as its condition, expected conditionRequired(condition, handler, { loginUrl })",
    ],
    [
      ...["conditionRequired", [() => true, OK, { redirectField: "then" }]] as const,
      'conditionRequired() does not take "redirectField", expected one of loginUrl, redirectFieldName',
    ],
    [
      ...["userRequired", [null]] as const,
      "userRequired() got null as its handler, expected userRequired(handler)",
    ],
    [
      ...["csrfProtect", [{}]] as const,
      "csrfProtect() got an object as its handler, expected csrfProtect(handler)",
    ],
  ];
  for (const [guard, given, message] of MISTAKES) {
    test(message, async () => {
      const { auth } = await siteWith();
      const make = auth[guard] as (...given: readonly unknown[]) => unknown;
      assert.throws(() => make(...given), { name: "TypeError", message });
    });
  }

  test("redirectFieldName must not be empty", async () => {
    const { auth } = await siteWith();
    assert.throws(() => auth.loginRequired(OK, { redirectFieldName: "" }), {
      code: "improperly_configured",
      message: 'redirectFieldName is "", expected a non-empty string',
    });
  });
});

describe("userRequired()", () => {
  test("answers 401 with the reason", async () => {
    const { auth, events } = await siteWith();
    const guarded = auth.userRequired(OK);
    const nobody = await auth.handle(requestTo("/"), guarded);
    assert.deepEqual([nobody.status, (await nobody.json()).code], [401, "not_authenticated"]);
    const headers = { cookie: `sessionid=${"k".repeat(32)}` };
    const ended = await auth.handle(requestTo("/x?y", { headers }), guarded);
    assert.deepEqual([ended.status, (await ended.json()).code], [401, "session_ended"]);
    assert.deepEqual(events, [
      { type: "auth.rejected", code: "not_authenticated", path: "/" },
      { type: "auth.rejected", code: "session_ended", path: "/x" },
    ]);
  });
});

describe("conditionRequired()", () => {
  test("lets a user in only if the condition returns true", async () => {
    const site = await siteWith();
    const { auth } = site;
    const headers = { cookie: await loggedIn(site) };
    const outcomes: unknown[] = [];
    const answers = [true, Promise.resolve(true), false, Promise.resolve(false), 1, "yes", undefined, {}];
    for (const answer of answers) {
      const asked: string[] = [];
      const guarded = auth.conditionRequired(({ username }) => {
        asked.push(username);
        return answer as boolean;
      }, OK);
      const response = await auth.handle(requestTo("/", { headers }), guarded);
      outcomes.push(response.status === 200 ? "in" : (await response.json()).code);
      assert.deepEqual(asked, ["ada"]);
    }
    assert.deepEqual(outcomes, ["in", "in", ...Array(6).fill("permission_denied")]);
  });

  test("answers 401 without a user, not calling the condition, and redirects if loginUrl is given", async () => {
    const site = await siteWith();
    const { auth } = site;
    const never = (): boolean => assert.fail("nobody was asked about");
    assert.equal((await auth.handle(requestTo("/"), auth.conditionRequired(never, OK))).status, 401);
    const guarded = auth.conditionRequired(() => false, OK, { loginUrl: "/in/" });
    for (const cookie of ["", await loggedIn(site)]) {
      const response = await auth.handle(requestTo("/a", { headers: { cookie } }), guarded);
      assert.deepEqual([response.status, response.headers.get("location")], [302, "/in/?next=/a"]);
    }
  });

  for (const options of [undefined, {}, { redirectFieldName: "n" }, { loginUrl: null }]) {
    test(`does not redirect with ${JSON.stringify(options) ?? "no options"}: only a given loginUrl does`, async () => {
      const site = await siteWith();
      const guarded = site.auth.conditionRequired(() => false, OK, options);
      const outcomes: unknown[] = [];
      for (const cookie of ["", await loggedIn(site)]) {
        const response = await site.auth.handle(requestTo("/", { headers: { cookie } }), guarded);
        outcomes.push([response.status, response.headers.get("location")]);
      }
      assert.deepEqual(outcomes, [[401, null], [403, null]]);
    });
  }

  test("redirects with loginUrl and redirectFieldName", async () => {
    const { auth } = await siteWith();
    const guarded = auth.conditionRequired(() => false, OK, { loginUrl: "/in/", redirectFieldName: "n" });
    const response = await auth.handle(requestTo("/a"), guarded);
    assert.deepEqual([response.status, response.headers.get("location")], [302, "/in/?n=/a"]);
  });
});

describe("csrfProtect()", () => {
  test("lets GET pass, and POST only with the cookie's token and an own Origin", async () => {
    const { auth } = await siteWith();
    let token = "";
    const page = await auth.handle(requestTo("/"), async (_, context) => {
      token = await context.csrfToken();
      return new Response(token);
    });
    const headers = { cookie: cookiesOf(page), origin: "http://localhost" };
    const guarded = auth.csrfProtect(async (_, context) => Response.json([...await context.formData()]));
    const fields = { csrfmiddlewaretoken: token, a: "1" };
    const response = await auth.handle(formTo("/", fields, { headers }), guarded);
    assert.deepEqual(await response.json(), Object.entries(fields));
    assert.equal((await auth.handle(requestTo("/"), auth.csrfProtect(OK))).status, 200);
    const without = await auth.handle(formTo("/", { a: "1" }, { headers }), guarded);
    assert.deepEqual([without.status, (await without.json()).detail], [403, "CSRF token missing."]);
    const foreign = await auth.handle(
      formTo("/", fields, { headers: { ...headers, origin: "http://evil" } }),
      guarded,
    );
    assert.equal(foreign.status, 403);
  });
});

describe("safeNext()", () => {
  const WAYS = [
    ["/login?next=/a%3Fb", "/a?b"],
    ["/login?next=http://localhost/a", "http://localhost/a"],
    ["/login?next=http://evil.com/", "/home"],
    ["/login?next=//evil.com", "/home"],
    ["/login?next=javascript:alert(1)", "/home"],
    ["/login?next=", "/home"],
    ["/login", "/home"],
  ] as const;
  for (const [path, way] of WAYS) {
    test(`turns ${path} into ${way}`, async () => {
      const { auth } = await siteWith();
      assert.equal(await auth.safeNext(auth.context(requestTo(path)), "/home"), way);
    });
  }

  test("prefers the form to the query, whether the form was already read or not", async () => {
    const { auth } = await siteWith();
    for (const isRead of [false, true]) {
      const context = auth.context(formTo("/login?next=/query", { next: "/form" }));
      if (isRead) await context.formData();
      assert.equal(await auth.safeNext(context, "/home"), "/form");
      assert.equal((await context.formData()).get("next"), "/form");
    }
    const other = auth.context(formTo("/login?then=/query", { then: "/form" }));
    assert.equal(await auth.safeNext(other, "/home", { redirectFieldName: "then" }), "/form");
    // @ts-expect-error a misspelt option
    await assert.rejects(auth.safeNext(other, "/home", { redirectField: "then" }), /redirectFieldName/);
    await assert.rejects(auth.safeNext(other, "/home", { redirectFieldName: "" }), /redirectFieldName/);
  });

  test("ignores a form that is malformed, or that the handler has read itself", async () => {
    const { auth } = await siteWith();
    const headers = { "content-type": "multipart/form-data" };
    const broken = requestTo("/login?next=/query", { method: "POST", body: "garbage", headers });
    assert.equal(await auth.safeNext(auth.context(broken), "/home"), "/query");
    const read = formTo("/login?next=/query", { next: "/form" });
    await read.text();
    assert.equal(await auth.safeNext(auth.context(read), "/home"), "/query");
  });
});
