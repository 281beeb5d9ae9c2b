/** A server with djauth over a Postgres that a test may break, once with a URL and once with a given instance. */

import postgres from "postgres";
import { createPasswords } from "../../src/passwords/passwords.ts";
import { createSessionCodec } from "../../src/session/codec.ts";
import { SessionPayload } from "../../src/session/payload.ts";
import { type DjangoAuth, djangoAuth } from "../../src/django_auth.ts";
import type { AuthEvent } from "../../src/auth/events/events.ts";
import { createSessionHash } from "../../src/users/session_hash.ts";
import { serve, type TestServer } from "../e2e/serve.ts";
import { DJANGO_TABLES } from "../ground/database.ts";
import { type PostgresServer, startPostgres } from "../ground/postgres.mjs";

/** `SECRET_KEY` of these sites. */
export const SECRET_KEY = "a key for broken databases";
const KEYS = { current: SECRET_KEY, fallbacks: [] };
const PASSWORD = "correct horse";
const HASHERS = [{ algorithm: "pbkdf2_sha256", iterations: 1 }] as const;
const BACKEND = "django.contrib.auth.backends.ModelBackend";

/** The number of users, with ids from 1 on, each with a session. */
export const USERS = 12;

/** How djauth gets its database. */
export type Source = "url" | "instance";

/** A server, and its events. */
export interface Site {
  readonly name: string;
  readonly server: TestServer;
  readonly events: AuthEvent[];
  /** The user whose session counts requests; no other site has it. */
  readonly counter: number;
  stop(): Promise<void>;
}

/** A Postgres of the test's own, with users and sessions. */
export interface BreakableDatabase extends PostgresServer {
  /** Opens a connection of the test's own; needed again after each break. */
  admin(): postgres.Sql;
}

/** Starts a server and fills it. */
export async function startDatabase(): Promise<BreakableDatabase> {
  const server = await startPostgres();
  const open: postgres.Sql[] = [];
  const admin = (): postgres.Sql => {
    const sql = postgres(server.url, { max: 1, onnotice: () => {} });
    open.push(sql);
    return sql;
  };
  const sql = admin();
  await sql.unsafe(DJANGO_TABLES);
  const password = await createPasswords({ hashers: HASHERS }).makePassword(PASSWORD);
  const hash = createSessionHash({ keys: KEYS }).make(password);
  const codec = createSessionCodec({ keys: KEYS });
  for (let id = 1; id <= USERS; id++) {
    await sql`insert into auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff,
      is_active, date_joined) values (${id}, ${password}, false, ${
      nameOf(id)
    }, '', '', '', false, true, now())`;
    const payload = SessionPayload.fromText(
      JSON.stringify({ _auth_user_id: String(id), _auth_user_backend: BACKEND, _auth_user_hash: hash }),
    )!;
    await sql`insert into django_session values (${keyOf(id)}, ${
      codec.encode(payload)
    }, now() + interval '1 day')`;
  }
  return {
    ...server,
    admin,
    async stop() {
      await Promise.all(open.map((sql) => sql.end({ timeout: 1 })));
      await server.stop();
    },
  };
}

/** The count in a user's session, as the database has it. */
export async function countOf(database: BreakableDatabase, id: number): Promise<number> {
  const [row] = await database.admin()`select session_data from django_session where session_key = ${
    keyOf(id)
  }`;
  return Number(createSessionCodec({ keys: KEYS }).decode(String(row?.session_data))?.get("count") ?? 0);
}

/** Serves over this database. @param deadline seconds; the default of djauth if not given */
export function openSite(
  database: BreakableDatabase,
  source: Source,
  counter: number,
  deadline?: number,
): Site {
  const events: AuthEvent[] = [];
  const client = source === "instance" ? postgres(`${database.url}?application_name=application`) : null;
  const auth: DjangoAuth = djangoAuth({
    secretKey: SECRET_KEY,
    database: client ?? database.url,
    ...(deadline === undefined ? {} : { databaseDeadline: deadline }),
    passwords: { hashers: HASHERS },
    onEvent: (event) => void events.push(event),
  });
  const server = serve(auth, {
    async fetch(request, context) {
      switch (new URL(request.url).pathname) {
        case "/count": {
          const session = await context.session();
          await session.change((draft) => draft.set("count", Number(draft.get("count") ?? 0) + 1));
          return Response.json({ id: (await context.user())?.id ?? null });
        }
        case "/login": {
          const user = await auth.authenticate({ username: await request.text(), password: PASSWORD });
          await auth.login(context, user, { csrf: false });
          return Response.json({ id: (await context.user())?.id ?? null });
        }
        default:
          return Response.json({ id: (await context.user())?.id ?? null });
      }
    },
    websocket: {
      // Anonymous sockets are allowed, so that a user who is mistaken for an anonymous one is detected.
      anonymous: true,
      open: (socket) => socket.send(String(socket.user?.id ?? null)),
    },
  });
  return {
    name: `${source}${deadline === undefined ? "" : `, deadline ${deadline}`}`,
    server,
    events,
    counter,
    async stop() {
      await server.stop();
      await auth.close();
      await client?.end({ timeout: 1 });
    },
  };
}

/** The name of a user. */
export function nameOf(id: number): string {
  return `user-${id}`;
}

/** The key of a user's session. */
export function keyOf(id: number): string {
  return `session${id}`.padEnd(32, "x");
}
