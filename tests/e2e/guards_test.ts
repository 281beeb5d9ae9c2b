/** Guards around handlers, and the redirect after a login: as Django's, and never to another site. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, newPerson, served, siteAuth } from "./site.ts";
import { send } from "./wire.ts";

/** Django's own page that is behind `login_required`. */
const PAGE = "/accounts/password_change/";

const WAYS = [
  "",
  "?",
  "?a=b",
  "?a=b&c=d",
  "?next=/other",
  "?q=a+b%20c",
  "?q=%C3%A9",
  "?q=http://evil.com//x",
  "?a=~-_.!*()",
  "?a=@:$,;=",
  "?a=%2F%2Fevil.com",
  "?a=%25",
  "?a=[1]",
];

describe("loginRequired", needsOracle, () => {
  test("redirects anonymous visitors to the login page with the same next as Django's login_required", async () => {
    const auth = siteAuth();
    const fetch = auth.loginRequired((_request, _context, user) => new Response(user.username));
    await served(auth, { fetch }, async ({ host }) => {
      for (const way of WAYS) {
        const response = await send(host, { path: PAGE + way });
        const theirs = await django().request({ path: PAGE + way });
        assert.equal(response.status, 302);
        assert.equal(response.headers.get("location"), theirs.headers.location, way);
        assert.equal(response.headers.get("vary"), "Cookie");
      }
    });
  });

  test("redirects to a login page on another site with the same URL as Django's login_required", async () => {
    const logins = [
      "https://sso.example.com/in?lang=en#form",
      "//sso.example.com/in/",
      "http://testserver/ä/",
    ];
    const secure = { secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"] } as const;
    for (const loginUrl of logins) {
      const auth = siteAuth({ ...secure, loginUrl, allowedHosts: ["testserver", "sso.example.com"] });
      const fetch = auth.loginRequired(() => new Response());
      const settings = {
        ...{ LOGIN_URL: loginUrl, ALLOWED_HOSTS: ["testserver", "sso.example.com"] },
        SECURE_PROXY_SSL_HEADER: secure.secureProxySslHeader,
      };
      await served(auth, { fetch }, async (server) => {
        for (const host of ["testserver", "testserver:8001", "sso.example.com"]) {
          for (const proto of ["http", "https"]) {
            const headers = { host, "x-forwarded-proto": proto };
            const path = `${PAGE}?a=b&c=/d`;
            const ours = await send(server.host, { path, headers: Object.entries(headers) });
            const theirs = await django().request({ path, headers }, { settings });
            assert.deepEqual([ours.status, theirs.status], [302, 302]);
            const what = `${loginUrl} from ${proto}://${host}`;
            assert.equal(ours.headers.get("location"), theirs.headers.location, what);
          }
        }
      });
    }
  });

  test("never builds a redirect or its next from an untrusted Host", async () => {
    const sso = siteAuth({ loginUrl: "https://sso.example.com/in" });
    await served(sso, { fetch: sso.loginRequired(() => new Response()) }, async ({ host }) => {
      const response = await send(host, { path: "/a", headers: [["host", "evil.com"]] });
      assert.equal(response.headers.get("location"), "https://sso.example.com/in?next=/a");
    });
    const auth = siteAuth();
    const fetch = auth.loginRequired(() => new Response());
    await served(auth, { fetch }, async ({ host }) => {
      const ways: readonly (readonly [path: string, next: string])[] = [
        ["//evil.com/", "//evil.com/"],
        ["/\\evil.com", "//evil.com"],
        ["http://evil.com/x", "/x"],
        ["/%0d%0aset-cookie:a=b", "/%250d%250aset-cookie%3Aa%3Db"],
      ];
      for (const [path, next] of ways) {
        const response = await send(host, { path, headers: [["host", "evil.com"]] });
        assert.equal(response.status, 302, path);
        assert.equal(response.headers.get("location"), `/accounts/login/?next=${next}`);
        assert.deepEqual(response.setCookies, [], path);
      }
    });
  });

  test("lets users pass, with another login URL or field name too; userRequired responds with 401", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    const auth = siteAuth({ loginUrl: "/in/?lang=en#form" });
    const guards = {
      "/a": auth.loginRequired((_request, _context, user) => new Response(user.username)),
      "/b": auth.loginRequired(() => new Response(), {
        loginUrl: "https://sso.example/in",
        redirectFieldName: "to",
      }),
      "/c": auth.userRequired((_request, _context, user) => new Response(user.username)),
    };
    const fetch = (request: Request, context: Parameters<typeof auth.login>[0]) =>
      guards[new URL(request.url).pathname as keyof typeof guards](request, context);
    await served(auth, { fetch }, async ({ url }) => {
      const stranger = new Browser(url);
      assert.equal((await stranger.fetch("/a")).headers.get("location"), "/in/?lang=en&next=/a#form");
      const way = `${encodeURIComponent(url).replaceAll("%2F", "/")}/b`;
      assert.equal((await stranger.fetch("/b")).headers.get("location"), `https://sso.example/in?to=${way}`);
      const refused = await stranger.fetch("/c");
      assert.equal(refused.status, 401);
      assert.equal((await refused.json()).code, "not_authenticated");
      for (const path of ["/a", "/c"]) {
        assert.equal(await (await new Browser(url, cookie).fetch(path)).text(), person.username);
      }
    });
  });
});

describe("conditionRequired", needsOracle, () => {
  test("responds 401 if not signed in and 403 if not permitted, or redirects if given a loginUrl", async () => {
    const [person, staff] = [await newPerson(), await newPerson({ is_staff: true })];
    const auth = siteAuth();
    const page = (_request: Request, _context: unknown, user: { username: string }) =>
      new Response(user.username);
    const guards = {
      "/staff": auth.conditionRequired((user) => user.is_staff, page),
      "/later": auth.conditionRequired((user) => Promise.resolve(user.is_staff), page),
      "/forgot": auth.conditionRequired((() => {}) as unknown as () => boolean, page),
      "/login": auth.conditionRequired((user) => user.is_staff, page, { loginUrl: "/in/" }),
    };
    const fetch = (request: Request, context: Parameters<typeof auth.login>[0]) =>
      guards[new URL(request.url).pathname as keyof typeof guards](request, context);
    await served(auth, { fetch }, async ({ url }) => {
      const visitors = [
        new Browser(url),
        new Browser(url, await cookieOf(person)),
        new Browser(url, await cookieOf(staff)),
      ];
      const statuses = (path: string) =>
        Promise.all(visitors.map(async (visitor) => (await visitor.fetch(path)).status));
      assert.deepEqual(await statuses("/staff"), [401, 403, 200]);
      assert.deepEqual(await statuses("/later"), [401, 403, 200]);
      assert.deepEqual(await statuses("/forgot"), [401, 403, 403]);
      assert.deepEqual(await statuses("/login"), [302, 302, 200]);
      const { code } = await (await visitors[1]!.fetch("/staff")).json();
      assert.equal(code, "permission_denied");
    });
  });

  test("lets nobody in if the condition rejects", async () => {
    const cookie = await cookieOf(await newPerson());
    const auth = siteAuth({ onEvent: () => {} });
    const fetch = auth.conditionRequired(() => Promise.reject(new Error("broken")), () => new Response("in"));
    await served(auth, { fetch }, async ({ url }) => {
      const response = await new Browser(url, cookie).fetch("/");
      assert.equal(response.status, 500);
    });
  });
});

/** Addresses that URL parsers have misread, separated by bars; the site is `example.com`. */
const NASTY: readonly string[] = String.raw`
  /there | /there?a=b#c | there | ./there | ?a=b | #c | /a//b | /é | /a b | http://example.com/x | HTTP://example.com/x
  https://example.com/x | http://evil.com | //evil.com | ///evil.com | ////evil.com | /\evil.com | \\evil.com | \/evil.com
  /\/evil.com | http:///evil.com | http:/\evil.com | http:\\evil.com | http:evil.com | http:/evil.com | https:evil.com
  javascript:alert(1) | JaVaScRiPt:alert(1) | data:text/html,x | vbscript:x | ftp://example.com | mailto:a@example.com
  http://example.com@evil.com | http://evil.com@example.com | http://evil.com\@example.com | http://example.com\@evil.com
  http://example.com.evil.com | http://evil-example.com | http://example.com:8080/ | http://example.com:80/ | //example.com
  //example.com:8080 | //evil.com/@example.com | //example.com@evil.com | http://[::1 | http://[::1]/ | http:// | : | :/x
  /x:y | x:y | 1:y | //\example.com | /%2F/evil.com | /%5Cevil.com | http://ｅxample.com | //evil。com
`.trim().split(/\s*(?:\||\n)\s*/);

describe("safeNext", needsOracle, () => {
  test("returns an address that Django's check allows, and the fallback otherwise", async () => {
    const auth = siteAuth({ allowedHosts: ["example.com"] });
    const fetch = async (_request: Request, context: Parameters<typeof auth.login>[0]) =>
      new Response(await auth.safeNext(context, "/fallback"));
    const controls = [
      "\t//evil.com",
      "/\t/evil.com",
      "\n/x",
      "\x08//evil.com",
      " //evil.com",
      "//evil.com ",
      "",
      " ",
      "\x1f/x",
    ];
    await served(auth, { fetch }, async ({ host }) => {
      for (const next of [...NASTY, ...controls]) {
        const headers = [["host", "example.com"]] as const;
        const response = await send(host, { path: `/?next=${encodeURIComponent(next)}`, headers });
        const isSafe = await django().isSafeUrl(next, ["example.com"], false);
        assert.equal(response.body !== "/fallback", isSafe, JSON.stringify(next));
      }
    });
  });

  test("never returns an HTTP address under HTTPS, nor an absolute one on a host that is not allowed", async () => {
    const auth = siteAuth({
      allowedHosts: ["example.com"],
      secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"],
    });
    const fetch = async (_request: Request, context: Parameters<typeof auth.login>[0]) =>
      new Response(await auth.safeNext(context, "/fallback"));
    await served(auth, { fetch }, async ({ host }) => {
      const next = async (value: string, hostHeader: string, proto: string) =>
        (await send(host, {
          path: `/?next=${encodeURIComponent(value)}`,
          headers: [["host", hostHeader], ["x-forwarded-proto", proto]],
        })).body;
      assert.equal(await next("http://example.com/x", "example.com", "https"), "/fallback");
      assert.equal(await next("https://example.com/x", "example.com", "https"), "https://example.com/x");
      assert.equal(await next("http://evil.com/x", "evil.com", "http"), "/fallback");
      assert.equal(await next("/x", "evil.com", "http"), "/x");
    });
  });

  test("prefers the form's field to the query, and accepts another field name", async () => {
    const auth = siteAuth();
    const fetch = async (_request: Request, context: Parameters<typeof auth.login>[0]) => {
      await context.formData();
      return Response.json([
        await auth.safeNext(context, "/f"),
        await auth.safeNext(context, "/f", { redirectFieldName: "to" }),
      ]);
    };
    await served(auth, { fetch }, async ({ url }) => {
      const body = new URLSearchParams({ next: "/form" });
      const response = await new Browser(url).fetch("/?next=/query&to=/other", { method: "POST", body });
      assert.deepEqual(await response.json(), ["/form", "/other"]);
    });
  });
});
