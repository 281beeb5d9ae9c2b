/** Sockets that another site's page opens with its own credentials never touch the login in the visitor's cookies. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, keyIn, newPerson, served } from "./site.ts";
import { bearer, djangoToken, ECHO, open, tokenAuth } from "./token_site.ts";
import type { WireSocket } from "./wire.ts";

const FOREIGN = { origin: "https://evil.example" };

/** A way to open a socket with the page's own token, beside the cookie that the visitor's browser adds. */
type Way = readonly [name: string, open: (token: string, cookie: string) => Promise<WireSocket>];

/** Every way in which such a page can send its own credentials. */
function waysTo(host: string, ticketOf: (token: string) => Promise<string>): Way[] {
  return [
    ["a token in the header", (token, cookie) => open(host, { ...bearer(token), ...FOREIGN, cookie })],
    [
      "a token among the subprotocols",
      (token, cookie) =>
        open(host, { "sec-websocket-protocol": `djauth, djauth.bearer.${token}`, ...FOREIGN, cookie }),
    ],
    [
      "a ticket",
      async (token, cookie) => await open(host, { ...FOREIGN, cookie }, `/?ticket=${await ticketOf(token)}`),
    ],
    ["the first message", async (token, cookie) => {
      const socket = await open(host, { ...FOREIGN, cookie });
      socket.send(JSON.stringify({ type: "djauth.authenticate", token }));
      assert.equal(await socket.receive(), '{"type":"djauth.authenticated"}');
      return socket;
    }],
  ];
}

describe("a page of another site that opens a socket with its own credentials", needsOracle, () => {
  test("cannot read or prolong its visitor's session, and sets no cookie", async () => {
    const auth = tokenAuth({ cookies: true }, { session: { saveEveryRequest: true } });
    const seen: unknown[] = [];
    const websocket = {
      ...ECHO,
      firstMessage: true,
      async data(_request: Request, context: RequestContext) {
        const session = await context.session();
        seen.push([session.sessionKey, [...session.keys()], (await context.user())?.username]);
        session.set("planted", true);
        await context.csrfToken();
      },
    };
    const fetch = async (_request: Request, context: RequestContext) =>
      new Response(await auth.createTicket(context));
    await served(auth, { fetch, websocket }, async ({ host, url }) => {
      const ticketOf = async (token: string) =>
        await (await globalThis.fetch(url, { headers: bearer(token) })).text();
      const [intruder, visitor] = [await newPerson(), await newPerson()];
      const token = await djangoToken(intruder);
      const session = await cookieOf(visitor, { json: '{"cart":1}' });
      const cookies = [
        `${session}; csrftoken=${"a".repeat(32)}`,
        `access_token=${await djangoToken(visitor)}`,
        `sessionid=${await django().createSession({ json: '{"cart":1}' })}`,
      ];
      const before = await django().readSession(keyIn(session));
      for (const [name, openSocket] of waysTo(host, ticketOf)) {
        for (const cookie of cookies) {
          const socket = await openSocket(token, cookie);
          // If the visitor's login were read, this would be refused with credentials_conflict.
          assert.equal(await socket.receive(), `welcome ${intruder.username}`, name);
          assert.deepEqual(socket.response.setCookies, [], name);
          assert.deepEqual(seen.pop(), [null, [], intruder.username], name);
          await socket.close();
        }
      }
      assert.deepEqual(await django().readSession(keyIn(session)), before);
    });
  });

  test("does not count towards the socket limit of its visitor's session", async () => {
    const auth = tokenAuth({}, { sockets: { maxPerSession: 1 } });
    await served(auth, { websocket: ECHO }, async ({ host, url }) => {
      const [intruder, visitor] = [await newPerson(), await newPerson()];
      const cookie = await cookieOf(visitor);
      const foreign = await open(host, { ...bearer(await djangoToken(intruder)), ...FOREIGN, cookie });
      assert.equal(await foreign.receive(), `welcome ${intruder.username}`);
      const own = await open(host, { cookie, origin: url });
      assert.equal(await own.receive(), `welcome ${visitor.username}`);
    });
  });

  test("differs from the site's own page, which gets credentials_conflict for two logins", async () => {
    await served(tokenAuth(), { websocket: ECHO }, async ({ host, url }) => {
      const cookie = await cookieOf(await newPerson());
      const socket = await open(host, {
        ...bearer(await djangoToken(await newPerson())),
        cookie,
        origin: url,
      });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "credentials_conflict" });
    });
  });
});
