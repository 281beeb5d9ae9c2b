/** A newer token for a socket while the database is away. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { bearer, tokenFor, tokenSite } from "../auth/token_site.ts";
import { FakeTransport } from "./fake_node.ts";

test("a token that comes during an outage is to be sent again, and the socket rests on what it has", async () => {
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
  database.fault = null;
  assert.equal((await refresh()).type, "djauth.refreshed");
  pending.connection.closed(1000, "");
  await auth.close();
});
