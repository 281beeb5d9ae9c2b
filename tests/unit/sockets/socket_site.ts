/** Sockets of an in-memory site, opened as an adapter opens them, and a hook that runs before a statement. */

import assert from "node:assert/strict";
import type { AuthEvent } from "../../../src/auth/events/events.ts";
import type { DjangoAuth } from "../../../src/django_auth.ts";
import type { AnonymousRule } from "../../../src/sockets/socket/options.ts";
import type { AnySocket, SocketTransport } from "../../../src/sockets/socket/socket.ts";
import type { DjangoUserRow } from "../../../src/users/user_table.ts";
import type { MemoryDatabase } from "../auth/memory_database.ts";
import { ORIGIN, requestTo } from "../auth/site.ts";

/** The runtime's side of a socket. */
export class Wire implements SocketTransport {
  readyState = 1;
  ended: readonly unknown[] | null = null;
  send(): void {}
  close(code?: number, reason?: string): void {
    this.readyState = 2;
    this.ended ??= [code, reason];
  }
}

export type Socket = AnySocket<DjangoUserRow>;

/** Opens a socket through a connector, as an adapter does. */
export async function opened(
  auth: DjangoAuth,
  { anonymous = true, cookie = "" }: { anonymous?: AnonymousRule; cookie?: string } = {},
): Promise<{ socket: Socket; wire: Wire; gone: () => void }> {
  let socket: Socket | undefined;
  const connector = auth.connector({
    anonymous,
    open: (it) => void (socket = it as Socket),
  });
  const pending = await connector.connect(upgradeRequest(cookie), {});
  assert.ok(!(pending instanceof Response));
  const wire = new Wire();
  pending.connection.opened(wire);
  assert.ok(socket);
  return { socket, wire, gone: () => pending.connection.closed(1006, "") };
}

export function upgradeRequest(cookie: string): Request {
  const headers = new Headers({ origin: ORIGIN, upgrade: "websocket", "sec-websocket-version": "13" });
  if (cookie !== "") headers.set("cookie", cookie);
  return requestTo("/live", { headers });
}

/** Runs `work` once, just before the first statement with this beginning is executed. */
export function before(database: MemoryDatabase, beginning: string, work: () => unknown): void {
  const { query } = database;
  let isDone = false;
  database.query = async function (statement: string, parameters: readonly unknown[]) {
    if (!isDone && statement.startsWith(beginning)) {
      isDone = true;
      await work();
    }
    return await query.call(database, statement, parameters);
  };
}

/** The `auth.revoked` events. */
export const revoked = (events: readonly AuthEvent[]): AuthEvent[] =>
  events.filter((event) => event.type === "auth.revoked");

/** Waits for this many milliseconds. */
export const turn = (milliseconds = 20): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
