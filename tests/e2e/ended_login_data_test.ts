/** The data of a session whose login has ended, as by a new password, reach nobody, whatever else a request carries. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import type { DjangoSocket } from "../../src/sockets/socket/socket.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, EventLog, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { bearer, djangoToken, tokenAuth } from "./token_site.ts";
import { upgrade } from "./wire.ts";

/** The cookie of a session with a note in it, whose hash is of an older password. */
async function endedCookie(): Promise<string> {
  const person = await newPerson();
  const cookie = await cookieOf(person, { json: '{"note":"private"}' });
  await django().updateUser(person.pk, { password: "pbkdf2_sha256$1$salt$other" });
  return cookie;
}

/** Answers with the user and the keys of the session, asked for in this order. */
async function report(_request: Request, context: RequestContext): Promise<Response> {
  const user = await context.user();
  return Response.json({ user: user?.username ?? null, keys: (await context.session()).keys() });
}

describe("an ended session beside", needsOracle, () => {
  test("a token cookie that is refused is empty, and its row is deleted", async () => {
    const cookie = await endedCookie();
    await served(tokenAuth({ cookies: true }), { fetch: report }, async ({ url }) => {
      const browser = new Browser(url, `access_token=forged; ${cookie}`);
      assert.deepEqual(await (await browser.fetch("/")).json(), { user: null, keys: [] });
      assert.equal(await django().readSession(keyIn(cookie)), null);
    });
  });

  test("another user's token is empty, and its row is deleted", async () => {
    const [cookie, person] = [await endedCookie(), await newPerson()];
    const headers = { cookie, ...bearer(await djangoToken(person)) };
    await served(tokenAuth(), { fetch: report }, async ({ url }) => {
      const response = await fetch(url, { headers });
      assert.deepEqual(await response.json(), { user: person.username, keys: [] });
      assert.equal(await django().readSession(keyIn(cookie)), null);
    });
  });

  test("two users' tokens, which contradict each other, is empty, and its row is deleted", async () => {
    const [cookie, one, two] = [await endedCookie(), await newPerson(), await newPerson()];
    const headers = {
      cookie: `${cookie}; access_token=${await djangoToken(two)}`,
      ...bearer(await djangoToken(one)),
    };
    await served(tokenAuth({ cookies: true }), { fetch: report }, async ({ url }) => {
      const response = await fetch(url, { headers });
      assert.deepEqual(await response.json(), { user: null, keys: [] });
      assert.equal(await django().readSession(keyIn(cookie)), null);
    });
  });

  test("another user's token that comes after it in precedence is empty", async () => {
    const [cookie, person] = [await endedCookie(), await newPerson()];
    const headers = { cookie, ...bearer(await djangoToken(person)) };
    const auth = tokenAuth({ precedence: ["session", "header", "cookie"] });
    await served(auth, { fetch: report }, async ({ url }) => {
      const response = await fetch(url, { headers });
      assert.deepEqual(await response.json(), { user: person.username, keys: [] });
    });
  });
});

describe("an anonymous socket with the cookie of an ended session", needsOracle, () => {
  const SITES: Readonly<Record<string, () => DjangoAuth>> = {
    "": () => siteAuth({ onEvent: new EventLog().listen }),
    ", with an identityCache": () =>
      siteAuth({ identityCache: { maxAge: 60 }, onEvent: new EventLog().listen }),
  };
  for (const [kind, site] of Object.entries(SITES)) {
    for (const opens of [false, true]) {
      test(`has an empty session${opens ? " that data() opened" : ""}${kind}`, async () => {
        const cookie = await endedCookie();
        const websocket = {
          anonymous: true,
          ...(opens ? { data: (_request: Request, context: RequestContext) => context.session() } : {}),
          async open(socket: Pick<DjangoSocket, "send" | "session">) {
            await socket.session.load();
            socket.send(JSON.stringify(socket.session.keys()));
          },
        } as const;
        await served(site(), { websocket }, async ({ url, host }) => {
          const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
          assert.equal(await socket.receive(), "[]");
          await socket.close();
        });
      });
    }
  }
});
