/** What a socket that was opened with a ticket rests on: the session or the token that the ticket stands for. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { DjangoSocket } from "../../src/sockets/socket/socket.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { ECHO, open } from "./token_site.ts";
import type { WireSocket } from "./wire.ts";

/** Asks for a ticket with this cookie, and opens a socket with it and nothing else. */
async function openWithTicket(host: string, cookie: string): Promise<WireSocket> {
  const ticket = await (await fetch(`http://${host}`, { headers: { cookie } })).text();
  return await open(host, {}, `/?ticket=${ticket}`);
}

describe("a socket of a ticket", needsOracle, () => {
  test("has the session that the ticket stands for, and writes to that", async () => {
    const auth = siteAuth();
    const handler = async (_request: Request, context: RequestContext) =>
      new Response(await auth.createTicket(context));
    const websocket = {
      async open(socket: DjangoSocket) {
        socket.session.set("seen", true);
        await socket.session.save();
        socket.send(`${socket.session.sessionKey} ${socket.session.get("tenant")}`);
      },
    };
    await served(auth, { fetch: handler, websocket }, async ({ host }) => {
      const cookie = await cookieOf(await newPerson(), { json: '{"tenant":"acme"}' });
      const socket = await openWithTicket(host, cookie);
      assert.equal(await socket.receive(), `${keyIn(cookie)} acme`);
      const stored = JSON.parse(await django().loadSession(keyIn(cookie)));
      assert.deepEqual([stored.tenant, stored.seen], ["acme", true]);
      await socket.close();
    });
  });

  test("counts for that session, and not for the one of a cookie beside it", async () => {
    for (const whenFull of ["refuse", "replace"] as const) {
      const auth = siteAuth({ sockets: { maxPerSession: 1, whenFull }, onEvent: () => {} });
      const handler = async (_request: Request, context: RequestContext) =>
        new Response(await auth.createTicket(context));
      await served(auth, { fetch: handler, websocket: ECHO }, async ({ host, url }) => {
        const person = await newPerson();
        const [cookie, other] = [await cookieOf(person), await cookieOf(person)];
        const own = await open(host, { cookie: other, origin: url });
        await own.receive();
        const sockets = [];
        for (let index = 0; index < 3; index++) sockets.push(await openWithTicket(host, cookie));
        const ends = whenFull === "refuse" ? sockets.slice(1) : sockets.slice(0, 2);
        const end = whenFull === "refuse" ? { code: 4429, reason: "too_many_connections" } : {
          code: 4409,
          reason: "replaced",
        };
        for (const socket of ends) assert.deepEqual(await socket.ended, end);
        const last = sockets.find((socket) => !ends.includes(socket))!;
        assert.equal(await last.receive(), `welcome ${person.username}`);
        // The one of the other session was touched by nothing of this.
        own.send("still");
        assert.equal(await own.receive(), "said still");
        await Promise.all([own.close(), last.close()]);
      });
    }
  });
});
