/** A site on an in-memory database, and requests as its own pages send them. */

import assert from "node:assert/strict";
import type { AuthEvent } from "../../../src/auth/events/events.ts";
import type { DjangoAuthOptions } from "../../../src/auth/options/options.ts";
import { type DjangoAuth, djangoAuth } from "../../../src/django_auth.ts";
import { ImproperlyConfigured } from "../../../src/errors.ts";
import { createPasswords } from "../../../src/passwords/passwords.ts";
import { MemoryDatabase, type MemoryRow } from "./memory_database.ts";

/** The secret key of the test sites. */
export const SECRET_KEY = "the secret key of the tests in memory";
/** The password of every user. */
export const PASSWORD = "correct-Horse-1";
/** The origin that requests are sent to. */
export const ORIGIN = "http://localhost";
/** Few iterations, so that tests are quick. */
export const QUICK_HASHERS = [{ algorithm: "pbkdf2_sha256", iterations: 10 }] as const;
/** Django's own tables, quoted as in statements. */
export const USERS = '"auth_user"';
export const SESSIONS = '"django_session"';

/** A site with its database and its events. */
export interface Site {
  readonly auth: DjangoAuth;
  readonly database: MemoryDatabase;
  readonly events: AuthEvent[];
}

/** The hints that a site has emitted. */
export function hintsOf({ events }: Pick<Site, "events">): string[] {
  return events.flatMap((event) => event.type === "settings.hint" ? [event.hint] : []);
}

/** The options of every test site, to which a test adds its own. */
export function siteOptions(
  database: MemoryDatabase,
  events: AuthEvent[] = [],
): Omit<DjangoAuthOptions, "jwt"> {
  return {
    secretKey: SECRET_KEY,
    database,
    passwords: { hashers: QUICK_HASHERS },
    onEvent: (event) => void events.push(event),
  };
}

/** A site with the user `ada`, whose id is 1. */
export async function siteWith(options: Partial<DjangoAuthOptions> = {}): Promise<Site> {
  const database = new MemoryDatabase();
  const events: AuthEvent[] = [];
  await addUser(database, "ada");
  return { auth: djangoAuth({ ...siteOptions(database, events), ...options }), database, events };
}

/** Adds a row to Django's table of users. */
export async function addUser(
  database: MemoryDatabase,
  username: string,
  columns: MemoryRow = {},
): Promise<MemoryRow> {
  const passwords = createPasswords({ hashers: QUICK_HASHERS });
  const row: MemoryRow = {
    id: String(database.rows(USERS).length + 1),
    password: await passwords.makePassword(PASSWORD),
    last_login: null,
    username,
    ...{ first_name: "", last_name: "", email: "" },
    ...{ is_superuser: "false", is_staff: "false", is_active: "true" },
    date_joined: "2026-01-02T03:04:05Z",
    ...columns,
  };
  database.rows(USERS).push(row);
  return row;
}

/** The error message of `djangoAuth()` for these options beside valid ones, or `"taken"` if they are accepted. */
export function refusal(options: object): string {
  try {
    djangoAuth({ ...siteOptions(new MemoryDatabase()), ...options } as DjangoAuthOptions);
  } catch (error) {
    assert.ok(error instanceof ImproperlyConfigured, String(error));
    assert.equal(error.code, "improperly_configured");
    return error.message;
  }
  return "taken";
}

/** A request to the site. */
export function requestTo(path: string, init: RequestInit = {}): Request {
  return new Request(ORIGIN + path, init);
}

/** A form with these fields, as a page of the site sends it. */
export function formTo(path: string, fields: Record<string, string>, init: RequestInit = {}): Request {
  return requestTo(path, { method: "POST", body: new URLSearchParams(fields), ...init });
}

/** The Cookie header that a browser sends back for the cookies of a response. */
export function cookiesOf(response: Response): string {
  return response.headers.getSetCookie().map((line) => line.split(";", 1)[0]).join("; ");
}

/** The attributes of a cookie that a response sets, without its value; `undefined` when it sets none of that name. */
export function attributesOf(response: Response, name: string): string[] | undefined {
  const line = response.headers.getSetCookie().find((text) => text.startsWith(`${name}=`));
  return line?.split("; ").slice(1);
}
