/** Refreshing the token of a socket at moments that a real site cannot reproduce. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseError, DatabaseUnavailable } from "../../../src/errors.ts";
import type { DjangoSocket } from "../../../src/sockets/socket/socket.ts";
import type { User } from "../../../src/users/user.ts";
import type { DjangoUserRow } from "../../../src/users/user_table.ts";
import { bearer, tokenFor, tokenSite } from "../auth/token_site.ts";
import { FakeTransport } from "./fake_node.ts";

test("djauth.refresh during an outage or an error is refused with try_again_later, and the socket stays open", async () => {
  const { auth, database, events } = await tokenSite();
  const connector = auth.connector({ tokenRefresh: true, message: () => assert.fail("it was delivered") });
  const token = await tokenFor();
  const headers = { "upgrade": "websocket", "sec-websocket-version": "13" };
  const pending = await connector.connect(bearer(token, { headers }), {});
  assert.ok(!(pending instanceof Response));
  const transport = new FakeTransport();
  pending.connection.opened(transport);
  const refresh = async () => {
    pending.connection.received(JSON.stringify({ type: "djauth.refresh", token }));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    return JSON.parse(String(transport.sent.at(-1)));
  };
  database.fault = new DatabaseUnavailable("The database is away");
  assert.deepEqual(await refresh(), { type: "djauth.refused", reason: "try_again_later" });
  assert.deepEqual([transport.end, auth.sockets.count], [null, 1]);
  assert.ok(events.some((event) => event.type === "auth.unavailable" && event.error === database.fault));
  assert.ok(events.every(({ type }) => type !== "auth.revoked" && type !== "error"));
  database.fault = new DatabaseError("The role may not read users", "database_permission_denied");
  assert.deepEqual(await refresh(), { type: "djauth.refused", reason: "try_again_later" });
  assert.deepEqual([transport.end, auth.sockets.count], [null, 1]);
  assert.ok(
    events.some((event) =>
      event.type === "error" && event.where === "message" && event.error === database.fault
    ),
    "no outage: it must be reported, or nobody would ever learn of it",
  );
  database.fault = null;
  assert.equal((await refresh()).type, "djauth.refreshed");
  pending.connection.closed(1000, "");
  await auth.close();
});

/** A socket opened with a token, and a gate that holds back look-ups. */
async function renewable() {
  const site = await tokenSite();
  const sockets: DjangoSocket<DjangoUserRow, undefined, User | null>[] = [];
  const connector = site.auth.connector<undefined, true>({
    tokenRefresh: true,
    anonymous: true,
    open: (socket) => void sockets.push(socket),
  });
  const headers = { "upgrade": "websocket", "sec-websocket-version": "13" };
  const pending = await connector.connect(bearer(await tokenFor(), { headers }), {});
  assert.ok(!(pending instanceof Response));
  const { connection } = pending;
  const transport = new FakeTransport();
  connection.opened(transport);
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => release = resolve);
  const { read } = site.database;
  /** Holds back the next `most` look-ups. */
  const hold = (most: number): void => {
    let asked = 0;
    site.database.read = async (statement, parameters) => {
      if (++asked <= most) await gate;
      return await read.call(site.database, statement, parameters);
    };
  };
  const renew = async (jti: string): Promise<void> => {
    const token = await tokenFor({ claims: { jti } });
    connection.received(JSON.stringify({ type: "djauth.refresh", token }));
    await settle();
  };
  return { ...site, connection, socket: sockets[0]!, transport, hold, release, renew };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

const NEW = "f".repeat(32);

test("disconnecting the id of a new token closes a socket that is about to use the token", async () => {
  const { auth, connection, transport, hold, release, renew } = await renewable();
  hold(1);
  await renew(NEW);
  await auth.sockets.disconnect({ tokenId: NEW });
  release();
  await settle();
  assert.deepEqual([transport.end, transport.sent], [[4409, "disconnected"], []]);
  connection.closed(4409, "disconnected");
  await auth.close();
});

test("a login that fails does not revert a token that was refreshed meanwhile", async () => {
  const { auth, database, connection, socket, transport, hold, release, renew } = await renewable();
  hold(1);
  const login = socket.login({ userId: 1 });
  await settle();
  await renew(NEW);
  assert.equal(JSON.parse(String(transport.sent[0])).type, "djauth.refreshed");
  const { query } = database;
  database.query = (statement, parameters) =>
    statement.startsWith("insert")
      ? Promise.reject(new DatabaseUnavailable())
      : query.call(database, statement, parameters);
  release();
  await assert.rejects(login, DatabaseUnavailable);
  assert.equal((await auth.sockets.disconnect({ tokenId: NEW })).closed, 1);
  connection.closed(4409, "disconnected");
  await auth.close();
});
