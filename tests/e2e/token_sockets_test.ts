/** Sockets opened with tokens of real simplejwt: every way to send a token, and everything that ends the socket. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, newPerson, served } from "./site.ts";
import {
  bearer,
  blacklistAccess,
  djangoToken,
  ECHO,
  open,
  QUICK_ROUNDS,
  simplejwt,
  tokenAuth,
} from "./token_site.ts";
import { upgrade } from "./wire.ts";

const FOREIGN = { origin: "https://evil.example" };

describe("a socket opens with a token", needsOracle, () => {
  test("in the header, or among the subprotocols, and the token is never sent back", async () => {
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
        // The token identifies the user, so the Origin does not matter.
        const socket = await open(host, { ...headers, ...FOREIGN });
        assert.equal(await socket.receive(), `welcome ${person.username}`);
        assert.equal(socket.protocol || null, protocol);
        assert.ok(![...socket.response.headers].flat().join().includes(token));
        await socket.close();
      }
    });
  });

  test("in a cookie, if the Origin is the site's own", async () => {
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

  test("in the query only if queryToken names the field", async () => {
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

  test("unless the token is invalid or contradicts another login", async () => {
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
        // Two different tokens in one place are invalid.
        [
          { "sec-websocket-protocol": `djauth.bearer.${token}, djauth.bearer.${await djangoToken(other)}` },
          "token_invalid",
        ],
      ] as const;
      for (const [headers, reason] of cases) {
        const socket = await open(host, headers);
        // Anonymous sockets are allowed here, but not with an invalid login.
        assert.deepEqual(await socket.ended, { code: 4401, reason });
      }
      assert.equal(
        await (await open(host, { ...bearer(token), cookie, ...FOREIGN })).receive(),
        `welcome ${person.username}`,
      );
    });
  });
});

describe("a token that opens a socket", needsOracle, () => {
  test("must be the only one in the header: two are refused", async () => {
    await served(tokenAuth(), { websocket: ECHO }, async ({ host }) => {
      const tokens = [await djangoToken(await newPerson()), await djangoToken(await newPerson())];
      const headers = tokens.map((token) => ["authorization", `Bearer ${token}`] as const);
      const socket = await upgrade(host, { headers });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "bad_authorization_header" });
    });
  });

  test("must not be blacklisted, whatever its type", async () => {
    for (const authTokenClasses of [["access"], ["untyped"]] as const) {
      const auth = tokenAuth({ authTokenClasses: [...authTokenClasses] });
      await served(auth, { websocket: ECHO }, async ({ host }) => {
        const token = await djangoToken(await newPerson());
        await blacklistAccess(token);
        const headers = [bearer(token), { "sec-websocket-protocol": `djauth, djauth.bearer.${token}` }];
        for (const brought of headers) {
          const socket = await open(host, brought);
          // At once: nothing was sent before.
          await assert.rejects(socket.receive(), { message: "the socket ended with 4401 token_revoked" });
        }
      });
    }
  });

  test("may have expired within the leeway, and so may the token of a ticket", async () => {
    const auth = tokenAuth({ leeway: 3, socketGrace: 0 }, {
      sockets: { revalidateInterval: 0, feed: false },
    });
    const fetch = async (_request: Request, context: RequestContext) =>
      new Response(await auth.createTicket(context));
    await served(auth, { fetch, websocket: ECHO }, async ({ host, url }) => {
      const person = await newPerson();
      const token = await djangoToken(person, "access", { ACCESS_TOKEN_LIFETIME: -1 });
      const { exp } = JSON.parse(await simplejwt({ LEEWAY: 60 }).decode(token));
      const ticket = await (await globalThis.fetch(url, { headers: bearer(token) })).text();
      const sockets = [await open(host, bearer(token)), await open(host, {}, `/?ticket=${ticket}`)];
      for (const socket of sockets) assert.equal(await socket.receive(), `welcome ${person.username}`);
      for (const socket of sockets) {
        assert.deepEqual(await socket.ended, { code: 4401, reason: "token_expired" });
        const late = Date.now() / 1000 - exp;
        assert.ok(late >= 3 && late < 4.5, `${late} seconds after exp`);
      }
    });
  });

  test("is accepted from the runtime's own WebSocket, which requires a selected protocol", async () => {
    await served(tokenAuth(), { websocket: ECHO }, async ({ host }) => {
      const person = await newPerson();
      const token = await djangoToken(person);
      const socket = new WebSocket(`ws://${host}/`, ["djauth", `djauth.bearer.${token}`]);
      const message = await new Promise<string>((resolve, reject) => {
        socket.onmessage = ({ data }) => resolve(data);
        socket.onclose = ({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`));
      });
      assert.deepEqual([message, socket.protocol], [`welcome ${person.username}`, "djauth"]);
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.close(1000);
      await closed;
    });
  });
});

describe("a socket opened with a token ends", needsOracle, () => {
  test("when the token has expired and the grace period is over, and not before", async () => {
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

  const byRounds = { sockets: QUICK_ROUNDS, isInstalled: false };
  const byFeed = { sockets: { revalidateInterval: 0 }, isInstalled: true };
  const ways = [true, false].flatMap((checkRevokeToken) =>
    [byRounds, byFeed].map((way) => ({ ...way, jwt: { checkRevokeToken } }))
  );
  for (const { jwt, sockets, isInstalled } of ways) {
    const name = `${
      isInstalled ? "by the feed" : "by rounds"
    }, with checkRevokeToken ${jwt.checkRevokeToken}`;
    test(`when its user is deactivated, deleted or changes the password, ${name}`, async () => {
      const auth = tokenAuth(jwt, { sockets });
      if (isInstalled) await auth.triggers.install();
      await served(auth, { websocket: ECHO }, async ({ host }) => {
        const ends: readonly (readonly [reason: string, end: (pk: number) => Promise<unknown>])[] = [
          ["user_inactive", (pk) => django().updateUser(pk, { is_active: false })],
          ["user_not_found", (pk) => django().deleteUser(pk)],
          ["password_changed", (pk) => django().setPassword(pk, "another-Horse-2")],
        ];
        for (const [reason, end] of ends) {
          const person = await newPerson();
          const socket = await open(
            host,
            bearer(await djangoToken(person, "access", { CHECK_REVOKE_TOKEN: jwt.checkRevokeToken })),
          );
          await socket.receive();
          await end(person.pk);
          assert.deepEqual(await socket.ended, { code: 4401, reason });
        }
      });
    });
  }

  test("when simplejwt blacklists the token, by rounds and by the feed", async () => {
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
  test("is revoked for sockets by its jti or by its time of issue", async () => {
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
