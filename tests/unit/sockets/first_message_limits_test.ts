/** Connections that wait for their first message count from the beginning: nobody holds more of them than may be. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SocketsOptions } from "../../../src/auth/options/options.ts";
import type { DjangoAuth } from "../../../src/django_auth.ts";
import type { Connection, Connector } from "../../../mod.ts";
import { requestTo } from "../auth/site.ts";
import { tokenFor, tokenSite } from "../auth/token_site.ts";
import { FakeTransport } from "./fake_node.ts";

const HEADERS = { "upgrade": "websocket", "sec-websocket-version": "13", "origin": "http://localhost" };
const TOO_MANY = "4429 too_many_connections";

interface Client {
  readonly connection: Connection;
  readonly transport: FakeTransport;
}

async function site(
  sockets: SocketsOptions,
): Promise<{ auth: DjangoAuth; connector: Connector; events: unknown[] }> {
  const { auth, events } = await tokenSite({}, { sockets });
  return { auth, connector: auth.connector({ firstMessage: true }), events };
}

async function arrive(connector: Connector, remoteAddress: string = "192.0.2.1"): Promise<Client> {
  const pending = await connector.connect(requestTo("/", { headers: HEADERS }), { remoteAddress });
  assert.ok(!(pending instanceof Response));
  const transport = new FakeTransport();
  pending.connection.opened(transport);
  return { connection: pending.connection, transport };
}

async function authenticate({ connection }: Client): Promise<void> {
  connection.received(JSON.stringify({ type: "djauth.authenticate", token: await tokenFor() }));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

const stateOf = ({ transport: { end } }: Client): string => end === null ? "open" : end.join(" ");

describe("a connection that waits for its first message", () => {
  test("counts for its address, and its socket takes its place over", async () => {
    const { auth, connector, events } = await site({ maxPerAddress: 2 });
    const [first, second, third] = [
      await arrive(connector),
      await arrive(connector),
      await arrive(connector),
    ];
    assert.deepEqual([first, second, third].map(stateOf), ["open", "open", TOO_MANY]);
    assert.equal(stateOf(await arrive(connector, "192.0.2.2")), "open");
    await authenticate(first);
    assert.equal(auth.sockets.count, 1);
    assert.equal(stateOf(await arrive(connector)), TOO_MANY);
    for (const { connection } of [first, second]) connection.closed(1000, "");
    const next = [await arrive(connector), await arrive(connector), await arrive(connector)];
    assert.deepEqual(next.map(stateOf), ["open", "open", TOO_MANY]);
    const limited = events.filter((event) => (event as { type: string }).type === "auth.limited");
    assert.equal(limited.length, 3);
    for (const { connection } of next) connection.closed(1000, "");
    await auth.close();
  });

  test("counts for its user once that is known", async () => {
    const { auth, connector } = await site({ maxPerUser: 1 });
    const clients = [await arrive(connector), await arrive(connector)];
    for (const client of clients) await authenticate(client);
    assert.deepEqual(clients.map(stateOf), ["open", TOO_MANY]);
    clients[0]!.connection.closed(1000, "");
    const next = await arrive(connector);
    await authenticate(next);
    assert.equal(stateOf(next), "open");
    next.connection.closed(1000, "");
    await auth.close();
  });

  test("makes room for a newer one where the oldest is replaced", async () => {
    const { auth, connector } = await site({ maxPerAddress: 1, whenFull: "replace" });
    const first = await arrive(connector);
    const second = await arrive(connector);
    assert.deepEqual([first, second].map(stateOf), ["4409 replaced", "open"]);
    await authenticate(second);
    assert.equal(auth.sockets.count, 1);
    const third = await arrive(connector);
    assert.equal(stateOf(second), "open");
    await authenticate(third);
    assert.deepEqual([second, third].map(stateOf), ["4409 replaced", "open"]);
    for (const { connection } of [first, second, third]) connection.closed(1000, "");
    await auth.close();
  });

  test("that leaves while its token is looked at gives its places back", async () => {
    const { auth, connector } = await site({
      maxPerAddress: 1,
      maxPerUser: 1,
      maxAuthenticating: 1,
      maxWaiting: 0,
    });
    for (let turn = 0; turn < 3; turn++) {
      const client = await arrive(connector);
      client.connection.received(JSON.stringify({ type: "djauth.authenticate", token: await tokenFor() }));
      client.connection.closed(1006, "");
    }
    const last = await arrive(connector);
    await authenticate(last);
    assert.deepEqual([stateOf(last), auth.sockets.count], ["open", 1]);
    last.connection.closed(1000, "");
    await auth.close();
  });
});
