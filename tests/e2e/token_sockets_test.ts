/** Sockets that rest on tokens of real simplejwt: every way to bring one, and everything that ends it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, newPerson, served } from "./site.ts";
import { bearer, djangoToken, ECHO, open, QUICK_ROUNDS, simplejwt, tokenAuth } from "./token_site.ts";

const FOREIGN = { origin: "https://evil.example" };

describe("a socket opens by a token", needsOracle, () => {
  test("in the header, or among the subprotocols, which is never sent back", async () => {
    const auth = tokenAuth();
    await served(auth, { websocket: { ...ECHO, protocols: ["chat"] } }, async ({ host }) => {
      const person = await newPerson();
      const token = await djangoToken(person);
      const offers = [
        [bearer(token), null],
        [{ "sec-websocket-protocol": `djauth.bearer.${token}, chat` }, "chat"],
        [{ "sec-websocket-protocol": `djauth,djauth.bearer.${token}` }, "djauth"],
        [{ "sec-websocket-protocol": `djauth.bearer.${token}` }, null],
      ] as const;
      for (const [headers, protocol] of offers) {
        // The token says who this is: whose page it is does not matter.
        const socket = await open(host, { ...headers, ...FOREIGN });
        assert.equal(await socket.receive(), `welcome ${person.username}`);
        assert.equal(socket.protocol || null, protocol);
        assert.ok(![...socket.response.headers].flat().join().includes(token));
        await socket.close();
      }
    });
  });

  test("in a cookie, where the Origin is the site's own", async () => {
    const auth = tokenAuth({ cookies: true });
    await served(auth, { websocket: ECHO }, async ({ host, url }) => {
      const person = await newPerson();
      const cookie = `access_token=${await djangoToken(person)}`;
      assert.equal(await (await open(host, { cookie, origin: url })).receive(), `welcome ${person.username}`);
      for (const origin of [FOREIGN, { origin: "null" }, {}]) {
        const refused = await open(host, { cookie, ...origin });
        assert.deepEqual(await refused.ended, { code: 4403, reason: "origin_not_allowed" });
      }
    });
  });

  test("in the query only where a field is named for it", async () => {
    const person = await newPerson();
    const token = await djangoToken(person);
    await served(tokenAuth(), { websocket: ECHO }, async ({ host }) => {
      const refused = await open(host, {}, `/?token=${token}`);
      assert.deepEqual(await refused.ended, { code: 4401, reason: "not_authenticated" });
    });
    await served(tokenAuth({ queryToken: "token" }), { websocket: ECHO }, async ({ host }) => {
      assert.equal(await (await open(host, {}, `/?token=${token}`)).receive(), `welcome ${person.username}`);
    });
  });

  test("and by no bad one, whatever else came", async () => {
    const auth = tokenAuth();
    const websocket = { ...ECHO, anonymous: true };
    await served(auth, { websocket }, async ({ host, url }) => {
      const [person, other] = [await newPerson(), await newPerson()];
      const cookie = await cookieOf(person);
      const token = await djangoToken(person);
      const cases = [
        [{ ...bearer("x"), ...FOREIGN }, "token_invalid"],
        [{ "sec-websocket-protocol": "djauth.bearer.x", cookie, ...FOREIGN }, "token_invalid"],
        [{ authorization: "Bearer", cookie, ...FOREIGN }, "bad_authorization_header"],
        [{ ...bearer(await djangoToken(other)), cookie, origin: url }, "credentials_conflict"],
        [{ ...bearer(await djangoToken(person, "refresh")), ...FOREIGN }, "token_invalid"],
      ] as const;
      for (const [headers, reason] of cases) {
        const socket = await open(host, headers);
        // Strangers are let in here, but who says who he is and is not, is none.
        assert.deepEqual(await socket.ended, { code: 4401, reason });
      }
      assert.equal(
        await (await open(host, { ...bearer(token), cookie, ...FOREIGN })).receive(),
        `welcome ${person.username}`,
      );
    });
  });
});

describe("a socket that rests on a token ends", needsOracle, () => {
  test("when the token has expired and the grace is over, and not before", async () => {
    const auth = tokenAuth({ socketGrace: 1 }, { sockets: { revalidateInterval: 0, feed: false } });
    await served(auth, { websocket: ECHO }, async ({ host }) => {
      const token = await djangoToken(await newPerson(), "access", { ACCESS_TOKEN_LIFETIME: 2 });
      const { exp } = JSON.parse(await simplejwt().decode(token));
      const socket = await open(host, bearer(token));
      await socket.receive();
      assert.deepEqual(await socket.ended, { code: 4401, reason: "token_expired" });
      const late = Date.now() / 1000 - exp;
      assert.ok(late >= 1 && late < 2.5, `${late} seconds after exp`);
    });
  });

  test("when its user is deactivated, deleted or changes the password", async () => {
    const jwt = { checkRevokeToken: true };
    await served(tokenAuth(jwt, { sockets: QUICK_ROUNDS }), { websocket: ECHO }, async ({ host }) => {
      const ends: readonly (readonly [reason: string, end: (pk: number) => Promise<unknown>])[] = [
        ["user_inactive", (pk) => django().updateUser(pk, { is_active: false })],
        ["user_not_found", (pk) => django().deleteUser(pk)],
        ["password_changed", (pk) => django().setPassword(pk, "another-Horse-2")],
      ];
      for (const [reason, end] of ends) {
        const person = await newPerson();
        const socket = await open(
          host,
          bearer(await djangoToken(person, "access", { CHECK_REVOKE_TOKEN: true })),
        );
        await socket.receive();
        await end(person.pk);
        assert.deepEqual(await socket.ended, { code: 4401, reason });
      }
    });
  });

  test("when simplejwt blacklists it, by rounds and by the feed", async () => {
    for (const sockets of [QUICK_ROUNDS, { revalidateInterval: 0 }]) {
      const auth = tokenAuth({ authTokenClasses: ["sliding"] }, { sockets });
      if (sockets !== QUICK_ROUNDS) await auth.triggers.install();
      await served(auth, { websocket: ECHO }, async ({ host }) => {
        const person = await newPerson();
        const [token, other] = [await djangoToken(person, "sliding"), await djangoToken(person, "sliding")];
        const socket = await open(host, bearer(token));
        const living = await open(host, bearer(other));
        await Promise.all([socket.receive(), living.receive()]);
        await simplejwt().blacklist(token, "sliding");
        assert.deepEqual(await socket.ended, { code: 4401, reason: "token_revoked" });
        living.send("still");
        assert.equal(await living.receive(), "said still");
      });
    }
  });
});

describe("an access token", needsOracle, () => {
  test("is revoked for sockets by its jti, or by when it was issued", async () => {
    const auth = tokenAuth();
    await served(auth, { websocket: ECHO }, async ({ host }) => {
      const person = await newPerson();
      const opened = async (token: string) => {
        const socket = await open(host, bearer(token));
        await socket.receive();
        return socket;
      };
      const [one, other] = [await djangoToken(person), await djangoToken(person)];
      const [first, second] = [await opened(one), await opened(other)];
      await auth.sockets.disconnect({ tokenId: JSON.parse(await simplejwt().decode(one)).jti });
      assert.equal((await first.ended).code, 4409);
      second.send("still");
      assert.equal(await second.receive(), "said still");
      await auth.sockets.disconnect({ userId: person.pk, issuedBefore: new Date(0) });
      second.send("still");
      assert.equal(await second.receive(), "said still");
      await auth.sockets.disconnect({ userId: person.pk, issuedBefore: new Date(Date.now() + 60_000) });
      assert.equal((await second.ended).code, 4409);
    });
  });
});

describe("a ticket", needsOracle, () => {
  test("brings the login of a session or a token to one socket, from any page", async () => {
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
        // Of two who use it at once one gets it, and it is used up.
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

  test("is one by its form alone: a field of that name may be the application's own", async () => {
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

  test("stands for the login as it is by then", async () => {
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
