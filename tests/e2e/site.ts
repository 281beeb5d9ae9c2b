/**
 * A site that shares its users with the tests' Django: its pages, test users, and a browser. The server itself is in
 * `serve.ts`; Django is queried with `tests/ground/oracle.ts`.
 */

import assert from "node:assert/strict";
import process from "node:process";
import type { AuthEvent } from "../../src/auth/events/events.ts";
import type { Handler } from "../../src/auth/request/handler.ts";
import type { DjangoAuthOptions } from "../../src/auth/options/options.ts";
import { type DjangoAuth, djangoAuth } from "../../src/django_auth.ts";
import { createPasswords } from "../../src/passwords/passwords.ts";
import type { AnonymousRule, SocketHandlers } from "../../src/sockets/socket/options.ts";
import type { DjangoUserRow } from "../../src/users/user_table.ts";
import { type Oracle, oracle } from "../ground/oracle.ts";
import { serve, type TestServer } from "./serve.ts";

/** `SECRET_KEY` of the tests' Django. */
export const SECRET_KEY = "the tests' own secret key, which protects nothing at all";

/** Few iterations keep the tests quick; Django accepts any number. */
export const QUICK_HASHERS = [{ algorithm: "pbkdf2_sha256", iterations: 1000 }] as const;

/** The password of every test user. */
export const PASSWORD = "correct-Horse-1";

/** A user with an account. */
export interface Person {
  readonly pk: number;
  readonly username: string;
  /** The password column. */
  readonly encoded: string;
}

/** The oracle; only called where `needsOracle` let the test run. */
export function django(): Oracle {
  assert.ok(oracle);
  return oracle;
}

/** Records the events of a server, since an assertion that fails inside `onEvent` would go unnoticed. */
export class EventLog {
  readonly all: AuthEvent[] = [];

  /** For the option `onEvent`. */
  readonly listen = (event: AuthEvent): void => void this.all.push(event);

  /** Events that are not refusals: errors and outages. */
  get trouble(): AuthEvent[] {
    return this.all.filter(({ type }) =>
      type === "error" || type === "auth.unavailable" || type === "session.trouble"
    );
  }
}

/** djauth on Django's database. */
export function siteAuth(options: Partial<DjangoAuthOptions> = {}): DjangoAuth {
  return djangoAuth({
    secretKey: SECRET_KEY,
    database: process.env.ORACLE_DATABASE_URL ?? "",
    passwords: { hashers: QUICK_HASHERS },
    ...options,
  });
}

/** A new account in Django. */
export async function newPerson(columns: Record<string, unknown> = {}): Promise<Person> {
  const username = `person-${crypto.randomUUID()}`;
  const encoded = await createPasswords({ hashers: QUICK_HASHERS }).makePassword(PASSWORD);
  const { pk } = await django().createUser({ username });
  await django().updateUser(pk, { password: encoded, ...columns });
  return { pk: Number(pk), username, encoded };
}

/** The Cookie header of a new Django session in which a user is logged in. */
export async function cookieOf(
  person: Person,
  session: { json?: string; expiry?: number } = {},
): Promise<string> {
  return `sessionid=${await django().createSession({ user: person.pk, ...session })}`;
}

/** The session key in a Cookie header. */
export function keyIn(cookie: string): string {
  return /(?:^|; )sessionid=([^;]*)/.exec(cookie)?.[1] ?? "";
}

/** Serves while `work` runs, and always stops the server and closes `auth` afterwards. */
export async function served<Data = undefined, const Anonymous extends AnonymousRule = false>(
  auth: DjangoAuth,
  handlers: { fetch?: Handler; websocket?: SocketHandlers<DjangoUserRow, Data, Anonymous> },
  work: (server: TestServer) => Promise<void>,
): Promise<void> {
  const server = serve(auth, { fetch: pages(auth), ...handlers });
  try {
    await work(server);
  } finally {
    await server.stop();
    await auth.close();
  }
}

/** The pages that most tests visit: the current user, and what changes it. */
export function pages(auth: DjangoAuth): Handler {
  return async (request, context) => {
    const { pathname } = new URL(request.url);
    const field = async (name: string) => String((await context.formData()).get(name) ?? "");
    switch (`${request.method} ${pathname}`) {
      case "GET /": {
        const user = await context.user();
        return Response.json({ user: user?.username ?? null, refusal: await context.refusal() });
      }
      case "GET /token":
        return new Response(await context.csrfToken());
      case "POST /login": {
        const credentials = { username: await field("username"), password: await field("password") };
        const user = await auth.login(context, await auth.authenticate(credentials));
        return Response.json({ user: user.username });
      }
      case "POST /logout":
        await auth.logout(context);
        return new Response(null, { status: 204 });
      case "POST /register": {
        const user = await auth.register(context, {
          username: await field("username"),
          password: await field("password"),
        });
        return Response.json({ user: user.username }, { status: 201 });
      }
      case "POST /password":
        await auth.changePassword(context, {
          oldPassword: await field("old"),
          newPassword: await field("new"),
        });
        return new Response(null, { status: 204 });
      default:
        return new Response("not here", { status: 404 });
    }
  };
}

/** A browser: it keeps cookies and sends them, with the Origin of its page. */
export class Browser {
  readonly url: string;
  readonly cookies: Map<string, string> = new Map();

  constructor(url: string, cookie: string = "") {
    this.url = url;
    for (const pair of cookie === "" ? [] : cookie.split("; ")) {
      this.cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
  }

  /** The current Cookie header. */
  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** One request; redirects are not followed. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set("cookie", this.cookie);
    const response = await fetch(this.url + path, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /** Sends a form as a page of the site does, with its token. */
  async post(
    path: string,
    form: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const token = await (await this.fetch("/token")).text();
    const body = new URLSearchParams({ ...form, csrfmiddlewaretoken: token });
    return await this.fetch(path, { method: "POST", body, headers: { ...headers, origin: this.url } });
  }

  /** Logs in at the site's page. */
  login(person: { readonly username: string }, password: string = PASSWORD): Promise<Response> {
    return this.post("/login", { username: person.username, password });
  }

  /** The user and the refusal that the site returns. */
  async whoami(): Promise<{ user: string | null; refusal: string | null }> {
    return await (await this.fetch("/")).json() as { user: string | null; refusal: string | null };
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const name = pair.slice(0, pair.indexOf("="));
    if (attributes.some((attribute) => attribute.toLowerCase() === "max-age=0")) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(pair.indexOf("=") + 1));
  }
}
