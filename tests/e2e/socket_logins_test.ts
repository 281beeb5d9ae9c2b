/** Logins over sockets at unusual moments, and the ways to redeem their claims. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { claimOf, cookiesOf, open, redeem, refusalOf, tell, websocket } from "./claims.ts";
import { cookieOf, django, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { send, upgrade } from "./wire.ts";

describe("logins over sockets", needsOracle, () => {
  test("of an unknown user, or on a closed socket, fail", async () => {
    const person = await newPerson();
    let left: () => void = () => {};
    const gone = new Promise<void>((resolve) => left = resolve);
    let code: unknown;
    let done: () => void = () => {};
    const over = new Promise<void>((resolve) => done = resolve);
    const auth = siteAuth();
    const late = {
      ...websocket,
      open: async (socket: { login(user: { userId: number }): Promise<unknown> }) => {
        await gone;
        await socket.login({ userId: person.pk }).catch((error) => code = error.code);
        done();
      },
      close: () => left(),
    };
    await served(auth, { websocket: late }, async (server) => {
      const socket = await open(server);
      assert.equal((await tell(socket, { login: -1 })).code, "user_not_found");
      socket.destroy();
      await over;
      assert.equal(code, "socket_closed");
      assert.equal((await django().getUser(person.pk))!.columns.last_login, null);
    });
  });

  test("started concurrently on one socket are made one after another", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await open(server);
      for (const login of [person.pk, other.pk, person.pk]) socket.send(JSON.stringify({ login }));
      const answers = [];
      for (let index = 0; index < 3; index++) answers.push(JSON.parse(await socket.receive()));
      assert.deepEqual(answers.map(({ code }) => code), [undefined, "user_mismatch", undefined]);
      assert.deepEqual(answers.map(({ user }) => user), Array(3).fill(person.username));
      const claims = answers.filter(({ claim }) => claim).map(({ claim }) => claim);
      const responses = await Promise.all(claims.map((claim) => redeem(server, claim)));
      assert.deepEqual(responses.map(({ status }) => status), [204, 204]);
      assert.equal(keyIn(cookiesOf(responses[0]!)), keyIn(cookiesOf(responses[1]!)));
      await socket.close();
    });
  });

  test("are redeemed at claimPath, or with auth.redeem in an own handler", async () => {
    const person = await newPerson();
    const own = siteAuth();
    const fetch: Parameters<typeof own.handle>[1] = async (request, context) => {
      if (new URL(request.url).pathname !== "/own") return new Response("the site's own", { status: 404 });
      const { username } = await own.redeem(context, (await request.json()).claim);
      return Response.json({ username });
    };
    await served(own, { websocket: { ...websocket, claimPath: null }, fetch }, async (server) => {
      const socket = await open(server);
      const claim = await claimOf(socket, person);
      assert.equal((await redeem(server, claim)).body, "the site's own");
      const response = await redeem(server, JSON.stringify({ claim }), "", { path: "/own?x=1" });
      assert.deepEqual(JSON.parse(response.body), { username: person.username });
      assert.equal((await django().whoami(cookiesOf(response))).user?.username, person.username);
      await socket.close();
    });
    await served(siteAuth(), { websocket: { ...websocket, claimPath: "/live/claim" } }, async (server) => {
      const socket = await open(server);
      const claim = await claimOf(socket, person);
      assert.equal((await redeem(server, claim)).status, 404);
      assert.equal((await send(server.host, { path: "/live/claim/other" })).status, 404);
      const { status } = await redeem(server, claim, "", { path: "/live/claim?from=page" });
      assert.equal(status, 204);
      await socket.close();
    });
  });

  test("depend on the new session key that data() created", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    const auth = siteAuth({ sockets: { revalidateInterval: 0, feed: false } });
    const cycling = {
      ...websocket,
      data: async (_request: Request, context: { session(): Promise<{ cycleKey(): Promise<void> }> }) =>
        await (await context.session()).cycleKey(),
    };
    await served(auth, { websocket: cycling }, async (server) => {
      const socket = await open(server, cookie);
      const brought = cookiesOf(socket.response);
      assert.notEqual(keyIn(brought), keyIn(cookie));
      assert.equal((await tell(socket, {})).user, person.username);
      assert.equal(auth.sockets.ofSession(keyIn(brought)).length, 1);
      // Long enough to revalidate a socket that still depends on the old key.
      await new Promise((resolve) => setTimeout(resolve, 250));
      assert.equal((await tell(socket, {})).user, person.username);
      await auth.sessions.delete(keyIn(brought));
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
    });
  });

  test("do not survive a session that data() has flushed: the socket closes at once", async () => {
    const cookie = await cookieOf(await newPerson());
    const auth = siteAuth({ sockets: { revalidateInterval: 0, feed: false } });
    const ending = {
      ...websocket,
      data: async (_request: Request, context: { session(): Promise<{ flush(): Promise<void> }> }) =>
        await (await context.session()).flush(),
    };
    await served(auth, { websocket: ending }, async (server) => {
      const socket = await open(server, cookie);
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
    });
  });

  test("over a socket opened without an Origin yield claims that no page can redeem", async () => {
    const person = await newPerson();
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await upgrade(server.host);
      assert.deepEqual(refusalOf(await redeem(server, await claimOf(socket, person))), [
        401,
        "claim_invalid",
      ]);
      await socket.close();
    });
  });
});
