/**
 * A site with an identity cache: its pages, a user with a session, and a count of the reads that reach the database.
 */

import assert from "node:assert/strict";
import process from "node:process";
import postgres from "postgres";
import type { Database } from "../../src/database.ts";
import type { DjangoAuthOptions } from "../../src/auth/options/options.ts";
import type { Handler } from "../../src/auth/request/handler.ts";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import type { SocketHandlers } from "../../src/sockets/socket/options.ts";
import { Browser, cookieOf, EventLog, newPerson, type Person, served, siteAuth } from "./site.ts";
import { upgrade, type WireSocket } from "./wire.ts";

/** Milliseconds within which a notification from Django arrives, with room for a busy machine. */
export const SOON = 1000;

/** What a test of that site works with. */
export interface Visit {
  readonly auth: DjangoAuth;
  readonly log: EventLog;
  readonly url: string;
  readonly host: string;
  readonly person: Person;
  readonly cookie: string;
  /** The number of read statements that `work` sends to the database. */
  reads(work: () => Promise<unknown>): Promise<number>;
  /** The user and the refusal that the site returns for a cookie. */
  whoami(cookie?: string): Promise<{ user: string | null; refusal: string | null }>;
  /** Waits until the site returns no user, and asserts this refusal. */
  refused(refusal: string, cookie?: string): Promise<void>;
  open(cookie?: string): Promise<WireSocket>;
}

const PAGES: Handler = async (request, context) => {
  const { pathname, searchParams } = new URL(request.url);
  switch (pathname) {
    case "/id":
      return Response.json(await context.userId());
    case "/email":
      return Response.json((await context.user())?.email ?? null);
    case "/rank":
      return Response.json((await context.user())?.is_staff ?? null);
    case "/session": {
      const user = await context.user();
      const session = await context.session();
      return Response.json([user?.username ?? null, session.get("cart") ?? null, await context.refusal()]);
    }
    case "/session-first": {
      const session = await context.session();
      return Response.json([(await context.user())?.username ?? null, session.get("cart") ?? null]);
    }
    case "/rename": {
      const user = await context.user();
      user!.email = searchParams.get("email")!;
      await user!.save();
      return Response.json(null);
    }
    default:
      return Response.json({
        user: (await context.user())?.username ?? null,
        refusal: await context.refusal(),
      });
  }
};

/** Serves a site with a cache, and creates a user with a session. */
export async function visit(
  work: (visit: Visit) => Promise<void>,
  options: Partial<DjangoAuthOptions> = {},
): Promise<void> {
  const url = process.env.ORACLE_DATABASE_URL ?? "";
  const database = createPostgresDatabase(url);
  let count = 0;
  const counted: Database = {
    ...database,
    read: (statement, parameters) => {
      // The check whether the triggers exist does not belong to a request.
      if (!statement.includes("pg_catalog")) count++;
      return database.read(statement, parameters);
    },
  };
  const log = new EventLog();
  const auth = siteAuth({
    database: counted,
    sockets: { feed: url, revalidateInterval: 0 },
    identityCache: true,
    onEvent: log.listen,
    ...options,
  });
  await auth.triggers.install();
  const websocket: SocketHandlers = {
    async message(socket, question) {
      if (question === "loaded?") return socket.send(String(socket.session.isLoaded));
      await socket.session.load();
      socket.send(String(socket.session.get("cart")));
    },
  };
  await served(auth, { fetch: PAGES, websocket }, async ({ url, host }) => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    const whoami: Visit["whoami"] = (other = cookie) => new Browser(url, other).whoami();
    const reads: Visit["reads"] = async (work) => {
      const before = count;
      await work();
      return count - before;
    };
    await work({
      auth,
      log,
      url,
      host,
      person,
      cookie,
      whoami,
      reads,
      async refused(refusal, other) {
        const start = performance.now();
        let said = await whoami(other);
        while (said.user !== null && performance.now() - start < SOON) said = await whoami(other);
        assert.deepEqual(said, { user: null, refusal });
      },
      open: (other = cookie) => upgrade(host, { headers: [["cookie", other], ["origin", url]] }),
    });
    assert.deepEqual(log.trouble, []);
  });
}

/** Sends requests until the cache holds the user of a cookie. */
export async function settle(
  { whoami, reads, cookie, person }: Visit,
  other: string = cookie,
): Promise<void> {
  for (let times = 0; times < 300; times++) {
    const count = await reads(async () => assert.equal((await whoami(other)).user, person.username));
    if (count === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail("the cache never knew");
}

/** Writes as a replication would, so that no trigger fires. */
export async function withoutTriggers(work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(process.env.ORACLE_DATABASE_URL ?? "", {
    max: 1,
    connection: { session_replication_role: "replica" },
  });
  await work(sql);
  await sql.end();
}
