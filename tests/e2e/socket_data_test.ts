/** Logins and session changes made in a socket's `data()`, and the credentials that the socket then depends on. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LoginOptions } from "../../src/auth/api/auth_logins.ts";
import type { JwtAuthOptions } from "../../src/auth/options/jwt_options.ts";
import type { DjangoAuthOptions } from "../../src/auth/options/options.ts";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import type { DjangoSocket } from "../../src/sockets/socket/socket.ts";
import type { User } from "../../src/users/user.ts";
import type { DjangoUserRow } from "../../src/users/user_table.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, EventLog, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { bearer, djangoToken, ECHO, open, QUICK_ROUNDS, tokenAuth } from "./token_site.ts";
import { upgrade } from "./wire.ts";

describe("a login that data() makes", needsOracle, () => {
  const loggingIn = (auth: DjangoAuth, pk: () => number) => ({
    anonymous: true as const,
    data: async (_request: Request, context: RequestContext) =>
      void await auth.login(context, { userId: pk() }, { csrf: false }),
    open: (socket: DjangoSocket<DjangoUserRow, void, User | null>) =>
      socket.send(`welcome ${socket.user?.username}`),
  });

  test("becomes the socket's login, and counts towards its user's limit", async () => {
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

  test("for another user than the socket's is refused with credentials_conflict", async () => {
    const other = await newPerson();
    const auth = siteAuth({ onEvent: () => {} });
    await served(auth, { websocket: loggingIn(auth, () => other.pk) }, async ({ url, host }) => {
      const cookie = await cookieOf(await newPerson());
      const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "credentials_conflict" });
    });
  });

  test("and a logout in data() leaves an anonymous socket, or none if anonymous is false", async () => {
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

describe("a token login made in data() or in a handler", needsOracle, () => {
  /** Without a feed: only the revalidation rounds close a socket here. */
  const auth = (jwt: JwtAuthOptions = {}, options: Partial<DjangoAuthOptions> = {}) =>
    tokenAuth(jwt, { sockets: QUICK_ROUNDS, ...options });
  const loggingIn = (auth: DjangoAuth, pk: number, options: LoginOptions = { backend: "jwt" }) => ({
    ...ECHO,
    anonymous: true as const,
    data: async (_request: Request, context: RequestContext) =>
      void await auth.login(context, { userId: pk }, { csrf: false, ...options }),
  });
  const ends: readonly (readonly [reason: string, end: (pk: number) => Promise<unknown>])[] = [
    ["user_inactive", (pk) => django().updateUser(pk, { is_active: false })],
    ["user_not_found", (pk) => django().deleteUser(pk)],
  ];

  for (const [reason, end] of ends) {
    for (const brought of ["no login", "a token", "a session"]) {
      test(`is revalidated if the client sent ${brought}: ${reason}`, async () => {
        const person = await newPerson();
        const headers: Record<string, string> = brought === "a token"
          ? bearer(await djangoToken(person))
          : brought === "a session"
          ? { cookie: await cookieOf(person) }
          : {};
        const site = auth();
        await served(site, { websocket: loggingIn(site, person.pk) }, async ({ url, host }) => {
          const socket = await open(host, { origin: url, ...headers });
          assert.equal(await socket.receive(), `welcome ${person.username}`);
          await end(person.pk);
          assert.deepEqual(await socket.ended, { code: 4401, reason });
        });
      });
    }
  }

  test("ends when its token expires, with defaultBackend jwt", async () => {
    const person = await newPerson();
    const site = auth({ accessTokenLifetime: 2, socketGrace: 0 }, { defaultBackend: "jwt" });
    await served(site, { websocket: loggingIn(site, person.pk, {}) }, async ({ url, host }) => {
      const socket = await open(host, { origin: url, ...bearer(await djangoToken(person)) });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "token_expired" });
    });
  });

  test("sets its token cookies on the 101, and a logout deletes them", async () => {
    const person = await newPerson();
    const site = auth({ cookies: true });
    const data = async (request: Request, context: RequestContext) => {
      if (new URL(request.url).pathname === "/out") await site.logout(context, { csrf: false });
      else await site.login(context, { userId: person.pk }, { csrf: false, backend: "jwt" });
    };
    await served(site, { websocket: { ...ECHO, anonymous: true, data } }, async ({ url, host }) => {
      const socket = await open(host, { origin: url });
      assert.equal(await socket.receive(), `welcome ${person.username}`);
      const names = socket.response.setCookies.map((line) => line.split("=")[0]);
      assert.deepEqual(names.toSorted(), ["access_token", "csrftoken", "refresh_token"]);
      const cookie = socket.response.setCookies.map((line) => line.split(";")[0]).join("; ");
      const next = await open(host, { origin: url, cookie }, "/out");
      assert.equal(await next.receive(), "welcome undefined");
      const gone = next.response.setCookies.filter((line) => line.includes("Max-Age=0")).map((line) =>
        line.split("=")[0]
      );
      assert.deepEqual(gone.toSorted(), ["access_token", "refresh_token"]);
      await Promise.all([socket.close(), next.close()]);
    });
  });

  test("sets no cookie for a page of another site", async () => {
    const person = await newPerson();
    const site = auth({ cookies: true });
    await served(site, { websocket: loggingIn(site, person.pk) }, async ({ host }) => {
      const headers = { origin: "https://elsewhere.example", ...bearer(await djangoToken(person)) };
      const socket = await open(host, headers);
      assert.equal(await socket.receive(), `welcome ${person.username}`);
      assert.deepEqual(socket.response.setCookies, []);
      await django().updateUser(person.pk, { is_active: false });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "user_inactive" });
    });
  });

  test("yields a ticket, and the socket that the ticket opens is revalidated", async () => {
    const person = await newPerson();
    const site = auth();
    const fetch = async (_request: Request, context: RequestContext) => {
      await site.login(context, { userId: person.pk }, { csrf: false, backend: "jwt" });
      return new Response(await site.createTicket(context));
    };
    await served(site, { fetch, websocket: ECHO }, async ({ url, host }) => {
      const ticket = await (await globalThis.fetch(url, { method: "POST" })).text();
      const socket = await open(host, { origin: url }, `/?ticket=${encodeURIComponent(ticket)}`);
      assert.equal(await socket.receive(), `welcome ${person.username}`);
      await django().updateUser(person.pk, { is_active: false });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "user_inactive" });
    });
  });
});

test(
  "an upgrade is refused with 1011 if data() logs in and then flushes the session",
  needsOracle,
  async () => {
    const log = new EventLog();
    const auth = siteAuth({ onEvent: log.listen });
    const person = await newPerson();
    const data = async (_request: Request, context: RequestContext) => {
      await auth.login(context, { userId: person.pk }, { csrf: false });
      await (await context.session()).flush();
    };
    await served(auth, { websocket: { ...ECHO, anonymous: true, data } }, async ({ url, host }) => {
      const socket = await open(host, { origin: url });
      assert.deepEqual(await socket.ended, { code: 1011, reason: "server_error" });
      assert.equal(auth.sockets.count, 0);
      const [error, ...others] = log.trouble;
      assert.deepEqual(others, []);
      assert.ok(error?.type === "error" && error.where === "data" && error.error instanceof TypeError);
      assert.match(error.error.message, /data\(\)/);
    });
  },
);

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

  /** A cookie of a session that expires in two seconds; saving it would extend it to two weeks. */
  async function brief(): Promise<string> {
    const cookie = await cookieOf(await newPerson(), { json: '{"lang":"de"}' });
    const row = await django().readSession(keyIn(cookie));
    await django().writeRawSession(keyIn(cookie), row!.session_data, 2);
    return cookie;
  }

  test("ends its socket at the row's expire_date", async () => {
    await served(siteAuth(ALONE), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url], ["cookie", await brief()]] });
      assert.equal(await socket.receive(), "lang de");
      const start = Date.now();
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_expired" });
      assert.ok(Date.now() - start < 3000);
    });
  });

  test("lives on if data() writes it", async () => {
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
