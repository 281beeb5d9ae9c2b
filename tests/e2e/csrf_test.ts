/** CSRF over HTTP: requests that change a login require Django's token and an origin of the site. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuthOptions } from "../../src/auth/options/options.ts";
import { needsOracle } from "../ground/oracle.ts";
import {
  Browser,
  cookieOf,
  django,
  newPerson,
  pages,
  PASSWORD,
  type Person,
  served,
  siteAuth,
} from "./site.ts";
import { send, type WireHeaders } from "./wire.ts";

const SECRET = "abcdefghijklmnopqrstuvwxyzABCDEF";
const OTHER_SECRET = "FEDCBAzyxwvutsrqponmlkjihgfedcba";
const FORM = "application/x-www-form-urlencoded";

/** What is sent, and Django's reason for the refusal, or `null` if it passes. */
interface Attempt {
  readonly name: string;
  readonly cookie?: string | null;
  readonly headers?: WireHeaders;
  readonly field?: string;
  readonly reason: string | null;
}

async function eachLogin(options: Partial<DjangoAuthOptions>, attempts: readonly Attempt[]): Promise<void> {
  const person = await newPerson();
  await served(siteAuth(options), {}, async ({ host }) => {
    for (const { name, cookie = SECRET, headers = [], field, reason } of attempts) {
      const form = new URLSearchParams({ username: person.username, password: PASSWORD });
      if (field !== undefined) form.set("csrfmiddlewaretoken", field);
      const jar: WireHeaders = cookie === null ? [] : [["cookie", `csrftoken=${cookie}`]];
      const response = await send(host, {
        ...{ method: "POST", path: "/login", body: form.toString() },
        headers: [...jar, ["content-type", FORM], ...headers],
      });
      assert.equal(response.status, reason === null ? 200 : 403, `${name}: ${response.body}`);
      if (reason === null) continue;
      const { code, detail } = JSON.parse(response.body);
      assert.deepEqual([code, detail], ["csrf_failed", reason], name);
      assert.equal(response.setCookies.some((line) => line.startsWith("sessionid")), false, name);
    }
  });
}

describe("a login over HTTP", needsOracle, () => {
  test("requires the cookie's token, in the form or in the header, masked or not", async () => {
    const masked = await django().maskCsrf(SECRET);
    const foreign = await django().maskCsrf(OTHER_SECRET);
    await eachLogin({}, [
      { name: "field, masked", field: masked, reason: null },
      { name: "field, plain", field: SECRET, reason: null },
      { name: "header, masked", headers: [["x-csrftoken", masked]], reason: null },
      { name: "header, plain", headers: [["X-CSRFToken", SECRET]], reason: null },
      { name: "cookie masked as older Djangos do", cookie: masked, field: SECRET, reason: null },
      { name: "no cookie", cookie: null, field: masked, reason: "CSRF cookie not set." },
      { name: "no token", reason: "CSRF token missing." },
      { name: "empty field", field: "", reason: "CSRF token missing." },
      { name: "wrong field", field: foreign, reason: "CSRF token from POST incorrect." },
      {
        name: "field, beside a script's header",
        field: masked,
        headers: [["x-csrftoken", "null"]],
        reason: null,
      },
      { name: "field, beside an empty header", field: masked, headers: [["x-csrftoken", ""]], reason: null },
      {
        name: "field, beside an older header",
        field: masked,
        headers: [["x-csrftoken", foreign]],
        reason: null,
      },
      {
        name: "both wrong",
        field: foreign,
        headers: [["x-csrftoken", "null"]],
        reason: "CSRF token from POST incorrect.",
      },
      {
        name: "wrong header",
        headers: [["x-csrftoken", foreign]],
        reason: "CSRF token from the 'X-Csrftoken' HTTP header incorrect.",
      },
      { name: "short field", field: "abc", reason: "CSRF token from POST has incorrect length." },
      { name: "odd field", field: "!".repeat(32), reason: "CSRF token from POST has invalid characters." },
      { name: "long field", field: "a".repeat(10_000), reason: "CSRF token from POST has incorrect length." },
      { name: "short cookie", cookie: "abc", field: "abc", reason: "CSRF cookie has incorrect length." },
      {
        name: "odd cookie",
        cookie: "!".repeat(32),
        field: "!".repeat(32),
        reason: "CSRF cookie has invalid characters.",
      },
    ]);
  });

  test("with an Origin requires the site's own or a trusted one", async () => {
    const reason = (origin: string) =>
      `Origin checking failed - ${origin} does not match any trusted origins.`;
    const host = ["host", "example.com"] as const;
    const csrf = { trustedOrigins: ["https://trusted.example", "https://*.wild.example"] };
    const from = (origin: string): WireHeaders => [host, ["origin", origin]];
    const refused = [
      "http://evil.com",
      "null",
      "https://example.com",
      "http://example.com:8080",
      "http://example.com.evil.com",
    ];
    await eachLogin({ allowedHosts: ["example.com"], csrf }, [
      { name: "own", headers: from("http://example.com"), field: SECRET, reason: null },
      { name: "trusted", headers: from("https://trusted.example"), field: SECRET, reason: null },
      { name: "wildcard", headers: from("https://a.b.wild.example"), field: SECRET, reason: null },
      ...refused.map((origin) => ({
        name: origin,
        headers: from(origin),
        field: SECRET,
        reason: reason(origin),
      })),
    ]);
  });

  test("without an Origin requires the site's own or a trusted Referer over HTTPS", async () => {
    const secure: WireHeaders = [["host", "example.com"], ["x-forwarded-proto", "https"]];
    const referred = (referer: string): WireHeaders => [...secure, ["referer", referer]];
    const failed = "Referer checking failed - ";
    await eachLogin({
      allowedHosts: ["example.com"],
      secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"],
      csrf: { trustedOrigins: ["https://*.wild.example"] },
    }, [
      { name: "own", headers: referred("https://example.com/login"), field: SECRET, reason: null },
      { name: "trusted", headers: referred("https://a.wild.example/x"), field: SECRET, reason: null },
      { name: "none", headers: secure, field: SECRET, reason: `${failed}no Referer.` },
      {
        name: "malformed",
        headers: referred("nothing"),
        field: SECRET,
        reason: `${failed}Referer is malformed.`,
      },
      {
        name: "insecure",
        headers: referred("http://example.com/"),
        field: SECRET,
        reason: `${failed}Referer is insecure while host is secure.`,
      },
      {
        name: "foreign",
        headers: referred("https://evil.com/https://example.com"),
        field: SECRET,
        reason: `${failed}https://evil.com/https://example.com does not match any trusted origins.`,
      },
      { name: "plain HTTP asks for none", headers: [["host", "example.com"]], field: SECRET, reason: null },
    ]);
  });

  test("reads the token from the header named in csrf.headerName", async () => {
    await eachLogin({ csrf: { headerName: "HTTP_X_OWN_TOKEN", cookieName: "csrftoken" } }, [
      { name: "own", headers: [["x-own-token", SECRET]], reason: null },
      { name: "default", headers: [["x-csrftoken", SECRET]], reason: "CSRF token missing." },
    ]);
  });

  test("with a form over 2.5 MB gets 413, with or without a Content-Length", async () => {
    const body = `csrfmiddlewaretoken=${SECRET}&username=${"a".repeat(2_700_000)}`;
    await served(siteAuth(), {}, async ({ url, host }) => {
      const headers: WireHeaders = [["cookie", `csrftoken=${SECRET}`], ["content-type", FORM]];
      const response = await send(host, { method: "POST", path: "/login", headers, body });
      assert.equal(response.status, 413);
      assert.equal(JSON.parse(response.body).code, "body_too_large");
      const chunked = [headers[0]!, headers[1]!, ["transfer-encoding", "chunked"]] as WireHeaders;
      const streamed = await send(host, { method: "POST", path: "/login", headers: chunked, chunks: body });
      assert.equal(streamed.status, 413);
      assert.equal((await new Browser(url).fetch("/")).status, 200);
    });
  });

  test("passes with a multipart form, or with JSON and the token in the header", async () => {
    const person = await newPerson();
    const auth = siteAuth();
    const fetch = async (request: Request, context: Parameters<typeof auth.login>[0]) => {
      const isJson = request.headers.get("content-type") === "application/json";
      const { username, password } = isJson
        ? await request.json()
        : Object.fromEntries(await context.formData());
      await auth.login(context, await auth.authenticate({ username, password }));
      return new Response("in");
    };
    await served(auth, { fetch }, async ({ url }) => {
      const headers = { cookie: `csrftoken=${SECRET}` };
      const body = new FormData();
      const fields = { username: person.username, password: PASSWORD, csrfmiddlewaretoken: SECRET };
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      const multipart = await new Browser(url).fetch("/", { method: "POST", headers, body });
      assert.equal(await multipart.text(), "in");
      const json = await new Browser(url).fetch("/", {
        method: "POST",
        headers: { ...headers, "content-type": "application/json", "x-csrftoken": SECRET },
        body: JSON.stringify(fields),
      });
      assert.equal(await json.text(), "in");
    });
  });
});

describe("CSRF protection", needsOracle, () => {
  test("applies to logout, registration and password change", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    await served(siteAuth(), {}, async ({ url }) => {
      for (const path of ["/logout", "/register", "/password"]) {
        const body = new URLSearchParams({ username: "x", password: "x", old: PASSWORD, new: "x" });
        const response = await new Browser(url, cookie).fetch(path, { method: "POST", body });
        assert.equal(response.status, 403, path);
        assert.equal((await response.json()).detail, "CSRF cookie not set.", path);
      }
      assert.equal((await new Browser(url, cookie).whoami()).user, person.username);
      assert.equal((await django().getUser(person.pk))?.columns.password, person.encoded);
    });
  });

  test("applies to the unsafe methods of a handler in csrfProtect, not to the safe ones", async () => {
    const auth = siteAuth();
    const fetch = auth.csrfProtect(() => new Response("passed"));
    await served(auth, { fetch }, async ({ url }) => {
      for (const method of ["GET", "HEAD", "OPTIONS"]) {
        assert.equal((await new Browser(url).fetch("/", { method })).status, 200, method);
      }
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        assert.equal((await new Browser(url).fetch("/", { method })).status, 403, method);
        const headers = { "x-csrftoken": SECRET };
        const passed = await new Browser(url, `csrftoken=${SECRET}`).fetch("/", { method, headers });
        assert.equal(passed.status, 200, method);
      }
    });
  });

  test("with useSessions keeps its secret in the session that Django reads, and changes it at login", async () => {
    const person: Person = await newPerson();
    const auth = siteAuth({ csrf: { useSessions: true } });
    await served(auth, { fetch: pages(auth) }, async ({ url }) => {
      const browser = new Browser(url);
      const token = await (await browser.fetch("/token")).text();
      assert.deepEqual([...browser.cookies.keys()], ["sessionid"]);
      const before = JSON.parse(await django().loadSession(browser.cookies.get("sessionid")!))._csrftoken;
      assert.match(before, /^[A-Za-z0-9]{32}$/);
      assert.equal(await django().doesCsrfTokenMatch(token, before), true);
      assert.equal((await browser.login(person)).status, 200);
      const after = JSON.parse(await django().loadSession(browser.cookies.get("sessionid")!))._csrftoken;
      assert.notEqual(after, before);
      assert.equal(browser.cookies.has("csrftoken"), false);
      const late = await browser.fetch("/logout", { method: "POST", headers: { "x-csrftoken": token } });
      assert.equal(late.status, 403);
      assert.equal((await browser.post("/logout")).status, 204);
    });
  });

  test("accepts a token from Django, and issues tokens that Django accepts", async () => {
    const person = await newPerson();
    await served(siteAuth(), {}, async ({ url }) => {
      const visit = await django().login(person.username, PASSWORD);
      const browser = new Browser(url, visit.cookie);
      const body = new URLSearchParams({
        csrfmiddlewaretoken: await django().maskCsrf(visit.cookies.csrftoken!),
      });
      assert.equal((await browser.fetch("/logout", { method: "POST", body })).status, 204);

      const other = new Browser(url);
      const token = await (await other.fetch("/token")).text();
      const request = {
        method: "POST",
        cookies: Object.fromEntries(other.cookies),
        form: { csrfmiddlewaretoken: token },
      };
      assert.equal(await django().checkCsrf(request), null);
    });
  });
});
