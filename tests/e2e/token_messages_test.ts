/** A token sent as the first message of a socket that was opened without a login. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, EventLog, newPerson, served } from "./site.ts";
import { bearer, blacklistAccess, djangoToken, ECHO, open, QUICK_ROUNDS, tokenAuth } from "./token_site.ts";

const authenticate = (token: string) => JSON.stringify({ type: "djauth.authenticate", token });
const refresh = (token: string) => JSON.stringify({ type: "djauth.refresh", token });

describe("the first message", needsOracle, () => {
  test("signs in with its token; later messages are delivered in order, and nothing before", async () => {
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

  test("closes the socket if it is missing, invalid, late or too big", async () => {
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

  test("is awaited if the cookie has no user, and not if a cookie or a token signs in", async () => {
    const auth = tokenAuth();
    await served(auth, { websocket: { ...ECHO, firstMessage: true } }, async ({ host, url }) => {
      const person = await newPerson();
      const cookie = await cookieOf(person);
      const signedIn = await open(host, { cookie, origin: url });
      assert.equal(await signedIn.receive(), `welcome ${person.username}`);
      // Nor if the upgrade itself has a token, wherever it is.
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

  test("is not delivered if the cookie already signs in, and the socket still ends with its session", async () => {
    const auth = tokenAuth({}, { sockets: QUICK_ROUNDS });
    await served(auth, { websocket: { ...ECHO, firstMessage: true } }, async ({ host, url }) => {
      const person = await newPerson();
      const cookie = await cookieOf(person);
      const [socket, bad, foreign] = await Promise.all(
        [1, 2, 3].map(() => open(host, { cookie, origin: url })),
      );
      for (const each of [socket, bad, foreign]) {
        assert.equal(await each!.receive(), `welcome ${person.username}`);
      }
      socket!.send(authenticate(await djangoToken(person)));
      assert.equal(await socket!.receive(), '{"type":"djauth.authenticated"}');
      bad!.send(authenticate("x"));
      assert.deepEqual(await bad!.ended, { code: 4401, reason: "token_invalid" });
      foreign!.send(authenticate(await djangoToken(await newPerson())));
      assert.deepEqual(await foreign!.ended, { code: 4401, reason: "credentials_conflict" });
      socket!.send("still here");
      assert.equal(await socket!.receive(), "said still here");
      await django().logout(cookie);
      assert.deepEqual(await socket!.ended, { code: 4401, reason: "session_ended" });
    });
  });

  test("is not awaited if the upgrade itself has a login that has ended", async () => {
    const auth = tokenAuth({ queryToken: "token" });
    const fetch = async (_request: Request, context: RequestContext) =>
      new Response(await auth.createTicket(context));
    await served(auth, { fetch, websocket: { ...ECHO, firstMessage: true } }, async ({ host, url }) => {
      const person = await newPerson();
      const past = await djangoToken(person, "access", { ACCESS_TOKEN_LIFETIME: -5 });
      const cookie = await cookieOf(person);
      const ticket = await (await globalThis.fetch(url, { headers: { cookie } })).text();
      await django().logout(cookie);
      const cases: readonly [headers: Record<string, string>, path: string, reason: string][] = [
        [bearer(past), "/", "token_expired"],
        [{ "sec-websocket-protocol": `djauth, djauth.bearer.${past}` }, "/", "token_expired"],
        [{}, `/?token=${past}`, "token_expired"],
        [{}, `/?ticket=${ticket}`, "session_ended"],
      ];
      for (const [headers, path, reason] of cases) {
        const socket = await open(host, headers, path);
        assert.deepEqual(await socket.ended, { code: 4401, reason });
      }
    });
  });

  test("that never comes leaves the refusal of the cookies, which is reported once", async () => {
    const log = new EventLog();
    const auth = tokenAuth({}, { onEvent: log.listen });
    const websocket = { ...ECHO, firstMessage: { deadline: 0.5 } };
    await served(auth, { websocket }, async ({ host, url }) => {
      const cookie = await cookieOf(await newPerson());
      await django().logout(cookie);
      const cases: readonly [headers: Record<string, string>, code: number, reason: string][] = [
        [{ cookie, origin: url }, 4401, "session_ended"],
        [{ cookie, origin: "https://evil.example" }, 4403, "origin_not_allowed"],
        [{ origin: "https://evil.example" }, 4408, "authentication_timeout"],
      ];
      for (const [headers, code, reason] of cases) {
        const socket = await open(host, headers);
        assert.deepEqual(await socket.ended, { code, reason });
      }
      const told = log.all.filter(({ type }) => type === "auth.rejected");
      assert.deepEqual(told, cases.map(([, , code]) => ({ type: "auth.rejected", code, path: "/" })));
    });
  });

  test("with a blacklisted token is refused", async () => {
    await served(tokenAuth(), { websocket: { ...ECHO, firstMessage: true } }, async ({ host }) => {
      const token = await djangoToken(await newPerson());
      await blacklistAccess(token);
      const socket = await open(host, {});
      socket.send(authenticate(token));
      await assert.rejects(socket.receive(), { message: "the socket ended with 4401 token_revoked" });
    });
  });

  test("is no longer awaited when the server is drained", async () => {
    const auth = tokenAuth();
    await served(auth, { websocket: { ...ECHO, firstMessage: true } }, async ({ host }) => {
      const waiting = await Promise.all([1, 2, 3].map(() => open(host, {})));
      const start = Date.now();
      const drained = auth.sockets.drain({ seconds: 8 });
      for (const socket of waiting) {
        assert.deepEqual(await socket.ended, { code: 1012, reason: "server_restart" });
      }
      await drained;
      assert.ok(Date.now() - start < 3000);
    });
  });
});
