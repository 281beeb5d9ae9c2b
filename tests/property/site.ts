/** djauth with an in-memory database that counts queries, and requests with headers of arbitrary text. */

import assert from "node:assert/strict";
import process from "node:process";
import type { AuthEvent } from "../../src/auth/events/events.ts";
import type { DjangoAuthOptions } from "../../src/auth/options/options.ts";
import type { Database, Queryable } from "../../src/database.ts";
import { type DjangoAuth, djangoAuth } from "../../src/django_auth.ts";
import { createSessionCodec, type SessionCodec } from "../../src/session/codec.ts";
import { SessionPayload } from "../../src/session/payload.ts";
import { createSessionHash } from "../../src/users/session_hash.ts";

/** The number of cases per property and their seed: `PROPERTY_RUNS` and `PROPERTY_SEED` override them. */
export const RUNS: { numRuns: number; seed: number } = {
  numRuns: Number(process.env.PROPERTY_RUNS || 300),
  seed: Number(process.env.PROPERTY_SEED || 20261122),
};

const KEYS = { current: "a key for strangers' bytes", fallbacks: [] };
const PASSWORD = "pbkdf2_sha256$1$salt$hash";
/** Events that arbitrary requests and rows written by another site may cause. */
const REFUSALS: readonly AuthEvent["type"][] = ["auth.rejected", "auth.failed", "session.trouble"];

/** The session key of user 7. */
export const GOOD_KEY = "goodkey0goodkey0goodkey0goodkey0";

/** The members of her session data, as JSON texts. */
export const GOOD_MEMBERS: Readonly<Record<string, string>> = {
  _auth_user_id: '"7"',
  _auth_user_backend: '"django.contrib.auth.backends.ModelBackend"',
  _auth_user_hash: `"${createSessionHash({ keys: KEYS }).make(PASSWORD)}"`,
};

/** Signs and reads session data like the site. */
export const codec: SessionCodec = createSessionCodec({ keys: KEYS });

/** Signed data with these members. */
export function signed(members: Readonly<Record<string, string>>): string {
  return codec.encode(SessionPayload.fromEntries(Object.entries(members)));
}

const USER: Readonly<Record<string, unknown>> = {
  id: 7,
  password: PASSWORD,
  last_login: null,
  is_superuser: false,
  username: "anna",
  first_name: "",
  last_name: "",
  email: "",
  is_staff: false,
  is_active: true,
  date_joined: new Date(0),
};

/** A database with one user and her session that counts all queries. */
export class CountingDatabase implements Database {
  /** Reads of sessions and of users, and statements that write or might write. */
  counts = { sessions: 0, users: 0, writes: 0 };
  /** Rows of `django_session` by their key: data and expire date. */
  readonly rows = new Map<string, readonly [data: unknown, expireDate: unknown]>();

  /** Restores the initial state. */
  reset(data: unknown = signed(GOOD_MEMBERS), expireDate: unknown = new Date(Date.now() + 3_600_000)): void {
    this.counts = { sessions: 0, users: 0, writes: 0 };
    this.rows.clear();
    this.rows.set(GOOD_KEY, [data, expireDate]);
  }

  read(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    if (statement.includes('from "django_session"')) {
      this.counts.sessions++;
      const keys = keysOf(statement, parameters);
      return Promise.resolve(
        keys.flatMap((key) => this.rows.has(key) ? [[key, ...this.rows.get(key)!]] : []),
      );
    }
    assert.match(statement, /from "auth_user"/);
    this.counts.users++;
    const names = [...statement.slice(0, statement.indexOf(" from ")).matchAll(/"([^"]+)"/g)].map((
      [, name],
    ) => name!);
    const isWanted = statement.includes('where "id"') && keysOf(statement, parameters).includes("7");
    return Promise.resolve(isWanted ? [names.map((name) => USER[name])] : []);
  }

  query(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    this.counts.writes++;
    const key = String(parameters[0]);
    const row = this.rows.get(key);
    if (statement.endsWith("for update")) return Promise.resolve(row === undefined ? [] : [[...row]]);
    if (statement.startsWith("delete")) this.rows.delete(key);
    else this.rows.set(key, [parameters[1], new Date(String(parameters[2]))]);
    return Promise.resolve([[1]]);
  }

  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    return work(this);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The looked-up keys: one, or an array of them. */
function keysOf(statement: string, [parameter]: readonly unknown[]): string[] {
  return statement.includes("= any($1") ? elementsOf(String(parameter)) : [String(parameter)];
}

/** The elements of a Postgres array literal. */
function elementsOf(literal: string): string[] {
  const elements = literal.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|[^,]+/g) ?? [];
  return elements.map((element) =>
    element.startsWith('"') ? element.slice(1, -1).replace(/\\(.)/g, "$1") : element
  );
}

/** djauth with a counting database. */
export interface CountedSite {
  readonly auth: DjangoAuth;
  readonly database: CountingDatabase;
  /** Events that report an internal failure or one of the database: none may occur. */
  readonly troubles: AuthEvent[];
}

/** Creates a site with the host `example.com`. */
export function countedSite(options: Partial<DjangoAuthOptions> = {}): CountedSite {
  const database = new CountingDatabase();
  database.reset();
  const troubles: AuthEvent[] = [];
  const auth = djangoAuth({
    secretKey: KEYS.current,
    allowedHosts: ["example.com"],
    database,
    onEvent: (event) => void (REFUSALS.includes(event.type) || troubles.push(event)),
    ...options,
  });
  return { auth, database, troubles };
}

/** A request with exactly these header values, even where `Headers` would refuse them. */
export function requestWith(
  headers: Readonly<Record<string, string>>,
  init: RequestInit = {},
  path: string = "/",
): Request {
  const request = new Request(`http://example.com${path}`, init);
  const all = { host: "example.com", ...headers };
  Object.defineProperty(request, "headers", { value: realHeaders(all) ?? rawHeaders(all) });
  return request;
}

function realHeaders(headers: Readonly<Record<string, string>>): Headers | null {
  try {
    return new Headers(headers);
  } catch {
    return null;
  }
}

function rawHeaders(headers: Readonly<Record<string, string>>): Pick<Headers, "get" | "has"> {
  return {
    get: (name) => headers[name.toLowerCase()] ?? null,
    has: (name) => Object.hasOwn(headers, name.toLowerCase()),
  };
}

/** A Set-Cookie line that djauth writes: it cannot contain any part of the request. */
export const HARMLESS_COOKIE =
  /^(?:sessionid|csrftoken)=(?:""|[a-zA-Z0-9]{32})(?:; (?:expires=[A-Za-z0-9 ,:]+|HttpOnly|Max-Age=-?\d+|Path=\/|SameSite=Lax))*$/;
