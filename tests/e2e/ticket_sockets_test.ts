/** Tickets: each opens one socket, with the session or the token that the ticket was issued for. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { DjangoSocket } from "../../src/sockets/socket/socket.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { bearer, djangoToken, ECHO, open, QUICK_ROUNDS, tokenAuth } from "./token_site.ts";

import type { WireSocket } from "./wire.ts";

const FOREIGN = { origin: "https://evil.example" };

/** Gets a ticket with this cookie, and opens a socket with the ticket alone. */
async function openWithTicket(host: string, cookie: string): Promise<WireSocket> {
  const ticket = await (await fetch(`http://${host}`, { headers: { cookie } })).text();
  return await open(host, {}, `/?ticket=${ticket}`);
}

describe("a socket opened with a ticket", needsOracle, () => {
  test("has the session that the ticket was issued for, and writes to it", async () => {
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

  test("opens beside the cookie of another user's session that has ended", async () => {
    const auth = siteAuth();
    const handler = async (_request: Request, context: RequestContext) =>
      new Response(await auth.createTicket(context));
    await served(auth, { fetch: handler, websocket: ECHO }, async ({ host, url }) => {
      const [person, other] = [await newPerson(), await newPerson()];
      const [cookie, ended] = [await cookieOf(person), await cookieOf(other)];
      await django().updateUser(other.pk, { password: "pbkdf2_sha256$1$salt$other" });
      const ticket = await (await fetch(url, { headers: { cookie } })).text();
      const socket = await open(host, { cookie: ended, origin: url }, `/?ticket=${ticket}`);
      assert.match(String(await socket.receive()), new RegExp(person.username));
      assert.equal(auth.sockets.ofSession(keyIn(cookie)).length, 1);
      await socket.close();
    });
  });

  test("counts towards the limit of that session, and of no other", async () => {
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
        // The socket of the other session is not affected.
        own.send("still");
        assert.equal(await own.receive(), "said still");
        await Promise.all([own.close(), last.close()]);
      });
    }
  });
});

describe("a ticket", needsOracle, () => {
  test("opens one socket with the login of a session or a token, from any Origin", async () => {
    const auth = tokenAuth();
    const fetch = async (_request: Request, context: Parameters<typeof auth.createTicket>[0]) =>
      new Response(await auth.createTicket(context));
    await served(auth, { fetch, websocket: ECHO }, async ({ host, url }) => {
      const person = await newPerson();
      const logins = [{ cookie: await cookieOf(person) }, bearer(await djangoToken(person))];
      for (const headers of logins) {
        const ticket = await (await globalThis.fetch(url, { headers })).text();
        assert.match(ticket, /^[\w:-]{70,90}$/);
        const both = await Promise.all([1, 2].map(() => open(host, FOREIGN, `/?ticket=${ticket}`)));
        const ends = await Promise.all(
          both.map((socket) => Promise.race([socket.ended, socket.receive().catch(() => socket.ended)])),
        );
        // Of two concurrent uses one succeeds, and the ticket is used up.
        assert.deepEqual(
          new Set(ends.map((end) => typeof end === "string" ? end : end.reason)),
          new Set([
            ...[`welcome ${person.username}`, "ticket_invalid"],
          ]),
        );
        const late = await open(host, FOREIGN, `/?ticket=${ticket}`);
        assert.deepEqual(await late.ended, { code: 4401, reason: "ticket_invalid" });
        // Presented as a session, it is an empty one.
        const key = ticket.split(":")[0]!;
        assert.equal((await globalThis.fetch(url, { headers: { cookie: `sessionid=${key}` } })).status, 401);
      }
      const strange = await globalThis.fetch(url);
      assert.equal(strange.status, 401);
      await strange.body?.cancel();
    });
  });

  test("is recognised by its format, so that a query field of its name may be the application's", async () => {
    await served(tokenAuth({ precedence: ["session"] }), { websocket: ECHO }, async ({ host, url }) => {
      const person = await newPerson();
      const cookie = await cookieOf(person);
      const socket = await open(host, { cookie, origin: url }, "/?ticket=support-4711");
      assert.equal(await socket.receive(), `welcome ${person.username}`);
      const forged = `/?ticket=${"a".repeat(32)}:1wabcd:${"b".repeat(43)}`;
      const refused = await open(host, { cookie, origin: url }, forged);
      assert.deepEqual(await refused.ended, { code: 4401, reason: "ticket_invalid" });
    });
  });

  test("is valid only while its login is", async () => {
    const auth = tokenAuth({}, { sockets: QUICK_ROUNDS });
    const fetch = async (_request: Request, context: Parameters<typeof auth.createTicket>[0]) =>
      new Response(await auth.createTicket(context));
    await served(auth, { fetch, websocket: ECHO }, async ({ host, url }) => {
      const person = await newPerson();
      const cookie = await cookieOf(person);
      const ticketOf = async () => await (await globalThis.fetch(url, { headers: { cookie } })).text();
      const [first, second] = [await ticketOf(), await ticketOf()];
      const socket = await open(host, {}, `/?ticket=${first}`);
      await socket.receive();
      await django().logout(cookie);
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
      const late = await open(host, {}, `/?ticket=${second}`);
      assert.deepEqual(await late.ended, { code: 4401, reason: "session_ended" });
    });
  });
});
