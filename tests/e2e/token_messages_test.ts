/** Tokens in messages: the first one of a connection without a login, and newer ones on a socket that lives. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, EventLog, newPerson, served } from "./site.ts";
import { bearer, djangoToken, ECHO, open, QUICK_ROUNDS, simplejwt, tokenAuth } from "./token_site.ts";

const authenticate = (token: string) => JSON.stringify({ type: "djauth.authenticate", token });
const refresh = (token: string) => JSON.stringify({ type: "djauth.refresh", token });
const ALONE = { revalidateInterval: 0, feed: false } as const;

describe("the first message", needsOracle, () => {
  test("brings a token; what follows it is delivered in order, and nothing before", async () => {
    const auth = tokenAuth();
    const seen: string[] = [];
    const websocket = {
      firstMessage: true,
      protocols: ["chat"],
      open: (socket: { user: { username: string } }) => void seen.push(`open ${socket.user.username}`),
      message: (socket: { send(text: string): void }, data: string | Uint8Array) => {
        seen.push(String(data));
        if (data === "3") socket.send("done");
      },
    };
    await served(auth, { websocket }, async ({ host }) => {
      const person = await newPerson();
      const socket = await open(host, {
        "sec-websocket-protocol": "chat",
        origin: "https://elsewhere.example",
      });
      assert.equal(socket.protocol, "chat");
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.deepEqual(seen, []);
      socket.send(authenticate(await djangoToken(person)));
      for (const text of ["1", "2", "3"]) socket.send(text);
      assert.equal(await socket.receive(), '{"type":"djauth.authenticated"}');
      assert.equal(await socket.receive(), "done");
      assert.deepEqual(seen, [`open ${person.username}`, "1", "2", "3"]);
      assert.equal(auth.sockets.ofUser(person.pk).length, 1);
      await socket.close();
    });
  });

  test("closes what is not one, comes too late or is too big", async () => {
    const log = new EventLog();
    const auth = tokenAuth({}, { onEvent: log.listen });
    let calls = 0;
    const count = () => void calls++;
    const websocket = { firstMessage: { deadline: 1 }, open: count, message: count, close: count };
    await served(auth, { websocket }, async ({ host }) => {
      const token = await djangoToken(await newPerson());
      const cases: readonly (readonly [frames: string[], code: number, reason: string])[] = [
        [[], 4408, "authentication_timeout"],
        [["hello"], 4401, "not_authenticated"],
        [[refresh(token)], 4401, "not_authenticated"],
        [['{"type":"djauth.authenticate"}'], 4401, "not_authenticated"],
        [['{"type":"djauth.authenticate","token":7}'], 4401, "not_authenticated"],
        [['{"type":"djauth.'], 4401, "not_authenticated"],
        [[authenticate("x")], 4401, "token_invalid"],
        [[authenticate("x".repeat(30_000))], 1009, "message_too_big"],
      ];
      for (const [frames, code, reason] of cases) {
        const socket = await open(host, {});
        for (const frame of frames) socket.send(frame);
        assert.deepEqual(await socket.ended, { code, reason });
      }
      assert.equal(calls, 0);
      assert.equal(auth.sockets.count, 0);
      assert.deepEqual(log.trouble, []);
      assert.ok(!JSON.stringify(log.all).includes(token));
    });
  });

  test("is waited for where the cookie is nobody's, and not where it signs in", async () => {
    const auth = tokenAuth();
    await served(auth, { websocket: { ...ECHO, firstMessage: true } }, async ({ host, url }) => {
      const person = await newPerson();
      const cookie = await cookieOf(person);
      const signedIn = await open(host, { cookie, origin: url });
      assert.equal(await signedIn.receive(), `welcome ${person.username}`);
      // Nor where the upgrade itself brings a token, wherever it stands.
      const token = await djangoToken(person);
      for (const headers of [bearer(token), { "sec-websocket-protocol": `djauth.bearer.${token}, djauth` }]) {
        assert.equal(await (await open(host, headers)).receive(), `welcome ${person.username}`);
      }
      const visitor = `sessionid=${await django().createSession({})}`;
      for (const origin of [url, "https://evil.example"]) {
        const socket = await open(host, { cookie: visitor, origin });
        socket.send(authenticate(await djangoToken(person)));
        assert.equal(await socket.receive(), '{"type":"djauth.authenticated"}');
        assert.equal(await socket.receive(), `welcome ${person.username}`);
      }
    });
  });
});

describe("a newer token on a socket", needsOracle, () => {
  const short = { ACCESS_TOKEN_LIFETIME: 2 };

  test("keeps it open, in time and within the grace, and is not delivered", async () => {
    const auth = tokenAuth({ socketGrace: 1.5 }, { sockets: ALONE });
    await served(auth, { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
      const person = await newPerson();
      const first = await djangoToken(person, "access", short);
      const { exp } = JSON.parse(await simplejwt().decode(first));
      const socket = await open(host, bearer(first));
      await socket.receive();
      // Late: the first one has expired, and its grace has not.
      await new Promise((resolve) => setTimeout(resolve, exp * 1000 + 500 - Date.now()));
      const second = await djangoToken(person, "access", { ACCESS_TOKEN_LIFETIME: 3 });
      const ends = JSON.parse(await simplejwt().decode(second)).exp;
      socket.send(refresh(second));
      assert.deepEqual(JSON.parse(await socket.receive()), { type: "djauth.refreshed", expires: ends });
      socket.send("still here");
      assert.equal(await socket.receive(), "said still here");
      assert.deepEqual(await socket.ended, { code: 4401, reason: "token_expired" });
      const late = Date.now() / 1000 - ends;
      assert.ok(late >= 1.5 && late < 3, `${late} seconds after the second exp`);
    });
  });

  test("is that of the same user, or the socket closes; and a good one", async () => {
    await served(tokenAuth(), { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
      const person = await newPerson();
      const token = await djangoToken(person);
      const cases = [
        [refresh(await djangoToken(await newPerson())), "credentials_conflict"],
        [refresh("x"), "token_invalid"],
        [refresh(await djangoToken(person, "refresh")), "token_invalid"],
        ['{"type":"djauth.anything"}', "token_invalid"],
      ] as const;
      for (const [message, reason] of cases) {
        const socket = await open(host, bearer(token));
        await socket.receive();
        socket.send(message);
        assert.deepEqual(await socket.ended, { code: 4401, reason });
      }
    });
  });

  test("does not come where it is not switched on, or the socket rests on a session", async () => {
    const person = await newPerson();
    const token = await djangoToken(person);
    await served(tokenAuth(), { websocket: ECHO }, async ({ host }) => {
      const socket = await open(host, bearer(token));
      await socket.receive();
      socket.send(refresh(token));
      assert.equal(await socket.receive(), `said ${refresh(token)}`);
    });
    await served(tokenAuth(), { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host, url }) => {
      const socket = await open(host, { cookie: await cookieOf(person), origin: url });
      await socket.receive();
      socket.send(refresh(token));
      assert.deepEqual(JSON.parse(await socket.receive()), {
        type: "djauth.refused",
        reason: "not_authenticated",
      });
    });
  });

  test("takes the place of the first one in what ends the socket", async () => {
    const auth = tokenAuth({ authTokenClasses: ["sliding"] }, { sockets: QUICK_ROUNDS });
    await served(auth, { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
      const person = await newPerson();
      const [first, second] = [await djangoToken(person, "sliding"), await djangoToken(person, "sliding")];
      const socket = await open(host, bearer(first));
      await socket.receive();
      socket.send(refresh(second));
      await socket.receive();
      await simplejwt().blacklist(first, "sliding");
      await new Promise((resolve) => setTimeout(resolve, 700));
      socket.send("still here");
      assert.equal(await socket.receive(), "said still here");
      await simplejwt().blacklist(second, "sliding");
      assert.deepEqual(await socket.ended, { code: 4401, reason: "token_revoked" });
    });
  });
});
