/** What `data` of a socket's options does to the login and the session, and what the socket rests on then. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import type { DjangoSocket } from "../../src/sockets/socket/socket.ts";
import type { User } from "../../src/users/user.ts";
import type { DjangoUserRow } from "../../src/users/user_table.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

describe("a login that data() makes", needsOracle, () => {
  const loggingIn = (auth: DjangoAuth, pk: () => number) => ({
    anonymous: true as const,
    data: async (_request: Request, context: RequestContext) =>
      void await auth.login(context, { userId: pk() }, { csrf: false }),
    open: (socket: DjangoSocket<DjangoUserRow, void, User | null>) =>
      socket.send(`welcome ${socket.user?.username}`),
  });

  test("is the socket's, and counts for its user", async () => {
    const person = await newPerson();
    const auth = siteAuth({ sockets: { maxPerUser: 1 }, onEvent: () => {} });
    await served(auth, { websocket: loggingIn(auth, () => person.pk) }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      assert.equal(await socket.receive(), `welcome ${person.username}`);
      assert.equal(auth.sockets.ofUser(person.pk).length, 1);
      const next = await upgrade(host, { headers: [["origin", url]] });
      assert.deepEqual(await next.ended, { code: 4429, reason: "too_many_connections" });
      await socket.close();
    });
  });

  test("makes no socket of one user another's", async () => {
    const other = await newPerson();
    const auth = siteAuth({ onEvent: () => {} });
    await served(auth, { websocket: loggingIn(auth, () => other.pk) }, async ({ url, host }) => {
      const cookie = await cookieOf(await newPerson());
      const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "credentials_conflict" });
    });
  });

  test("and a logout there leaves a socket without a user, or none", async () => {
    for (const anonymous of [true, false]) {
      const auth = siteAuth({ onEvent: () => {} });
      const websocket = {
        ...loggingIn(auth, () => 0),
        anonymous,
        data: (_request: Request, context: RequestContext) => auth.logout(context, { csrf: false }),
      };
      await served(auth, { websocket }, async ({ url, host }) => {
        const cookie = await cookieOf(await newPerson());
        const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
        if (anonymous) assert.equal(await socket.receive(), "welcome undefined");
        else assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
      });
    }
  });
});

/** What the handlers here use of a socket. */
type Line = Pick<DjangoSocket, "send">;

describe("a session that data() reads", needsOracle, () => {
  const websocket = {
    data: async (_request: Request, context: RequestContext) => ({
      lang: (await context.session()).get("lang"),
    }),
    open: (socket: Line & { data: { lang: unknown } }) => socket.send(`lang ${socket.data.lang}`),
    message: (socket: Line) => socket.send("here"),
  };
  const ALONE = { sockets: { revalidateInterval: 0, feed: false } } as const;

  /** A session that ends in two seconds, though one that is saved now would live for two weeks. */
  async function brief(): Promise<string> {
    const cookie = await cookieOf(await newPerson(), { json: '{"lang":"de"}' });
    const row = await django().readSession(keyIn(cookie));
    await django().writeRawSession(keyIn(cookie), row!.session_data, 2);
    return cookie;
  }

  test("ends its socket when the row says so", async () => {
    await served(siteAuth(ALONE), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url], ["cookie", await brief()]] });
      assert.equal(await socket.receive(), "lang de");
      const start = Date.now();
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_expired" });
      assert.ok(Date.now() - start < 3000);
    });
  });

  test("lives on where data() writes it", async () => {
    const writing = {
      ...websocket,
      async data(_request: Request, context: RequestContext) {
        const session = await context.session();
        session.set("lang", "fr");
        return { lang: session.get("lang") };
      },
    };
    await served(siteAuth(ALONE), { websocket: writing }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url], ["cookie", await brief()]] });
      assert.equal(await socket.receive(), "lang fr");
      await new Promise((resolve) => setTimeout(resolve, 2700));
      socket.send("are you there?");
      assert.equal(await socket.receive(), "here");
      await socket.close();
    });
  });
});
