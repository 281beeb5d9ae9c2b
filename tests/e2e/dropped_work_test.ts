/** A rejection that nothing awaits affects neither the process nor the response. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuth, User } from "../../mod.ts";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { EventListener } from "../../src/auth/events/events.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, EventLog, newPerson, PASSWORD, served, siteAuth } from "./site.ts";

/** Nothing listens there. */
const NO_DATABASE = "postgres://postgres@127.0.0.1:1/nothing";
/** Milliseconds within which a runtime reports an unhandled rejection. */
const SETTLED = 100;
/** A cookie whose session has to be looked up. */
const COOKIE = "sessionid=0123456789abcdefghijklmnopqrstuv";

/** A token whose key has to be fetched. */
const UNKNOWN_KEY = [{ alg: "RS256", kid: "away" }, { token_type: "access" }, "no signature"]
  .map((part) => btoa(JSON.stringify(part)).replaceAll("=", "")).join(".");

/** Waits until an unhandled rejection would have failed the test, in Bun's and in Deno's test runner. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLED));
}

describe("a failure that nothing awaits", needsOracle, () => {
  for (
    const [name, onEvent] of [
      ["rejects", () => Promise.reject(new Error("the logger is broken"))],
      ["throws after a while", async () => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        throw new Error("the logger is broken");
      }],
      ["returns a thenable that rejects", () => ({
        then(_resolve: unknown, reject: (error: Error) => void) {
          reject(new Error("the logger is broken"));
        },
      })],
      ["throws", () => {
        throw new Error("the logger is broken");
      }],
    ] as const
  ) {
    test(`an onEvent that ${name} does not affect responses`, async () => {
      const fetch = () => {
        throw new Error("boom");
      };
      const auth = siteAuth({ onEvent: onEvent as unknown as EventListener });
      await served(auth, { fetch }, async ({ url }) => {
        for (let visit = 0; visit < 3; visit++) {
          assert.equal((await new Browser(url).fetch("/")).status, 500);
        }
        await settled();
      });
    });
  }

  const begin: Readonly<Record<string, (context: RequestContext) => void>> = {
    user: (context) => void context.user(),
    userId: (context) => void context.userId(),
    refusal: (context) => void context.refusal(),
    session: (context) => void context.session(),
    csrfToken: (context) => void context.csrfToken(),
    "user and session": (context) => void [context.user(), context.session(), context.user()],
  };
  for (const [name, start] of Object.entries(begin)) {
    for (const useSessions of [false, true]) {
      test(`${name}, started while the database is down, ${useSessions ? "with" : "without"} useSessions, is harmless`, async () => {
        const fetch = (request: Request, context: RequestContext) => {
          if (request.url.endsWith("/static")) return new Response("static");
          start(context);
          return new Response("answered");
        };
        const options = { database: NO_DATABASE, csrf: { useSessions }, onEvent: () => {} };
        await served(siteAuth(options), { fetch }, async ({ url }) => {
          const response = await new Browser(url, COOKIE).fetch("/");
          assert.ok([200, 503].includes(response.status), String(response.status));
          assert.equal((await new Browser(url, COOKIE).fetch("/static")).status, 200);
          await settled();
        });
      });
    }
  }

  const withTokens: Readonly<Record<string, (context: RequestContext) => void>> = {
    user: (context) => void context.user(),
    jwt: (context) => void context.jwt(),
    userFromClaimsAlone: (context) => void context.userFromClaimsAlone(),
    requireCsrf: (context) => void context.requireCsrf(),
  };
  for (const [name, start] of Object.entries(withTokens)) {
    test(`${name}, started while the JWT keys are unreachable, is harmless`, async () => {
      const fetch = (_request: Request, context: RequestContext) => {
        start(context);
        return new Response("answered");
      };
      const jwt = { algorithm: "RS256", jwkUrl: "http://127.0.0.1:1/jwks.json" } as const;
      await served(siteAuth({ jwt, onEvent: () => {} }), { fetch }, async ({ url }) => {
        const headers = { authorization: `Bearer ${UNKNOWN_KEY}` };
        const response = await new Browser(url).fetch("/", { method: "POST", headers });
        assert.ok([200, 503].includes(response.status), String(response.status));
        await settled();
      });
    });
  }

  type Start = (auth: DjangoAuth, context: RequestContext) => Promise<unknown>;
  const passwords = { oldPassword: PASSWORD, newPassword: PASSWORD };
  const refused: readonly (readonly [name: string, code: string, Start])[] = [
    ["login", "csrf_failed", (auth, context) => auth.login(context, { userId: 1 })],
    [
      "login of an unknown user",
      "user_not_found",
      (auth, context) => auth.login(context, { userId: 0 }, { csrf: false }),
    ],
    ["logout", "csrf_failed", (auth, context) => auth.logout(context)],
    [
      "register",
      "csrf_failed",
      (auth, context) => auth.register(context, { username: "new", password: PASSWORD }),
    ],
    [
      "changePassword",
      "not_authenticated",
      (auth, context) => auth.changePassword(context, passwords, { csrf: false }),
    ],
    [
      "authenticate",
      "user_not_found",
      (auth) => auth.authenticate({ username: "nobody", password: PASSWORD }),
    ],
    ["createTicket", "not_authenticated", (auth, context) => auth.createTicket(context)],
    ["redeem", "origin_not_allowed", (auth, context) => auth.redeem(context, "no claim")],
  ];
  for (const [name, code, start] of refused) {
    test(`${name}, refused to an anonymous visitor, does not affect the response`, async () => {
      const auth = siteAuth();
      const dropped: (() => Promise<unknown>)[] = [];
      const fetch = (_request: Request, context: RequestContext) => {
        const work = start(auth, context);
        dropped.push(() => work);
        return new Response("answered");
      };
      await served(auth, { fetch }, async ({ url }) => {
        assert.equal((await new Browser(url).fetch("/", { method: "POST" })).status, 200);
        await settled();
        await assert.rejects(dropped[0]!(), { code });
      });
    });
  }

  const ofUsers: Readonly<Record<string, (user: User) => Promise<unknown>>> = {
    save: (user) => user.save(["nothing" as "email"]),
    setPassword: (user) => user.setPassword("\ud800"),
  };
  for (const [name, start] of Object.entries(ofUsers)) {
    test(`${name}() of a user rejects without an unhandled rejection`, async () => {
      const person = await newPerson();
      const auth = siteAuth();
      try {
        const work = start((await auth.findUser(person.pk))!);
        await settled();
        await assert.rejects(work, RangeError);
      } finally {
        await auth.close();
      }
    });
  }

  test("a login that finishes after its response is reported as an error", async () => {
    const [log, person] = [new EventLog(), await newPerson()];
    const auth = siteAuth({ onEvent: log.listen });
    const logins: Promise<unknown>[] = [];
    const fetch = (_request: Request, context: RequestContext) => {
      logins.push(auth.login(context, { userId: person.pk }, { csrf: false }));
      return new Response("too early");
    };
    await served(auth, { fetch }, async ({ url }) => {
      const response = await new Browser(url).fetch("/", { method: "POST" });
      assert.deepEqual(response.headers.getSetCookie(), []);
      await Promise.all(logins);
      const errors = log.all.flatMap((event) => event.type === "error" ? [String(event.error)] : []);
      assert.deepEqual(errors, [
        "TypeError: A login or logout finished after its response was sent, so no cookie carries it: await it",
      ]);
    });
  });

  test("a form that cannot be read does not affect the response", async () => {
    const fetch = (_request: Request, context: RequestContext) => {
      void context.formData();
      return new Response("answered");
    };
    await served(siteAuth(), { fetch }, async ({ url }) => {
      const headers = { "content-type": "multipart/form-data; boundary=x" };
      const browser = new Browser(url, await cookieOf(await newPerson()));
      const response = await browser.fetch("/", { method: "POST", headers, body: "no form" });
      assert.equal(response.status, 200);
      await settled();
    });
  });
});
