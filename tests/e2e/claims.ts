/** A site whose sockets log in and out by message, and helpers that redeem a claim with chosen headers. */

import assert from "node:assert/strict";
import process from "node:process";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { DjauthError } from "../../src/errors.ts";
import type { AnySocket } from "../../src/sockets/socket/socket.ts";
import type { DjangoUserRow, UserId } from "../../src/users/user_table.ts";
import {
  send,
  upgrade,
  type WireHeaders,
  type WireRequest,
  type WireResponse,
  type WireSocket,
} from "./wire.ts";

/** Socket handlers that log in or out as each message asks. */
export const websocket = {
  anonymous: true as const,
  async message(socket: AnySocket<DjangoUserRow>, data: string | Uint8Array): Promise<void> {
    const { login, logout } = JSON.parse(String(data)) as { login?: UserId; logout?: boolean };
    try {
      const made = login === undefined ? null : await socket.login({ userId: login });
      if (logout) await socket.logout();
      socket.send(JSON.stringify({ claim: made?.claim ?? null, user: socket.user?.username ?? null }));
    } catch (error) {
      if (!(error instanceof DjauthError)) throw error;
      socket.send(JSON.stringify({ code: error.code, user: socket.user?.username ?? null }));
    }
  },
};

/** A socket's reply. */
export interface Answer {
  readonly claim?: string;
  readonly code?: string;
  readonly user: string | null;
}

/** Opens a socket as a page of the site does. */
export function open(server: { host: string; url: string }, cookie = ""): Promise<WireSocket> {
  const headers: [string, string][] = [["origin", server.url]];
  if (cookie !== "") headers.push(["cookie", cookie]);
  return upgrade(server.host, { headers });
}

/** Sends a command to a socket, and returns its reply. */
export async function tell(
  socket: WireSocket,
  what: { login?: UserId; logout?: boolean },
): Promise<Answer> {
  socket.send(JSON.stringify(what));
  return JSON.parse(await socket.receive());
}

/** The claim of a login over a socket. */
export async function claimOf(socket: WireSocket, person: { pk: UserId }): Promise<string> {
  const { claim } = await tell(socket, { login: person.pk });
  assert.ok(claim);
  return claim;
}

/** Redeems a claim as a page of the site does, unless `request` overrides it. */
export function redeem(
  server: { host: string; url: string },
  claim: string,
  cookie: string = "",
  request: WireRequest = {},
): Promise<WireResponse> {
  const own: WireHeaders = [["origin", server.url], ["content-type", "text/plain;charset=UTF-8"]];
  const headers: WireHeaders = [...own, ...(cookie === "" ? [] : [["cookie", cookie] as const])];
  return send(server.host, { method: "POST", path: "/.djauth/claim", headers, body: claim, ...request });
}

/** Status and code of a refusal, which must set no cookie; it may delete an invalid one. */
export function refusalOf({ status, body, setCookies }: WireResponse): [number, string] {
  assert.deepEqual(setCookies.filter((line) => !line.includes("; Max-Age=0;")), []);
  return [status, JSON.parse(body).code];
}

/** The cookies that a response sets, as a Cookie header. */
export function cookiesOf({ setCookies }: WireResponse): string {
  return setCookies.map((line) => line.split("; ", 1)[0]).join("; ");
}

/** The keys of all sessions that expire within 31 seconds, with the text of their data. */
export async function shortSessions(): Promise<Map<string, string>> {
  const database = createPostgresDatabase(process.env.ORACLE_DATABASE_URL ?? "");
  try {
    const rows = await database.query(
      "select session_key, session_data from django_session " +
        "where expire_date between now() and now() + interval '31 seconds'",
      [],
    );
    return new Map(rows.map(([key, data]) => [String(key), String(data)]));
  } finally {
    await database.close();
  }
}

/** Waits until a condition holds, at most four seconds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("it did not come to hold within four seconds");
}
