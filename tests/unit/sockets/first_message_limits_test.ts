/** Connections that wait for their first message count against the limits from the start. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AuthEvent } from "../../../src/auth/events/events.ts";
import type { SocketsOptions } from "../../../src/auth/options/options.ts";
import type { DjangoAuth } from "../../../src/django_auth.ts";
import type { Connection, Connector } from "../../../mod.ts";
import { requestTo } from "../auth/site.ts";
import { tokenFor, tokenSite } from "../auth/token_site.ts";
import { FakeTransport } from "./fake_node.ts";

const HEADERS = { "upgrade": "websocket", "sec-websocket-version": "13", "origin": "http://localhost" };
const TOO_MANY = "4429 too_many_connections";

type Client = Readonly<{ connection: Connection; transport: FakeTransport }>;

async function site(
  sockets: SocketsOptions,
): Promise<{ auth: DjangoAuth; connector: Connector; events: AuthEvent[] }> {
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

async function authenticate({ connection }: Client, token?: string): Promise<void> {
  connection.received(
    JSON.stringify({ type: "djauth.authenticate", token: token ?? await tokenFor() }),
  );
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

const stateOf = ({ transport: { end } }: Client): string => end === null ? "open" : end.join(" ");

describe("a connection that waits for its first message", () => {
  test("counts against maxPerAddress, and its socket takes over its place", async () => {
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
    const limited = events.filter(({ type }) => type === "auth.limited");
    assert.equal(limited.length, 3);
    for (const { connection } of next) connection.closed(1000, "");
    await auth.close();
  });

  test("is refused if its request headers are too big", async () => {
    const { auth, connector } = await site({});
    const headers = { ...HEADERS, "x-padding": "x".repeat(40_000) };
    const pending = await connector.connect(requestTo("/", { headers }), {});
    assert.ok(!(pending instanceof Response));
    const transport = new FakeTransport();
    pending.connection.opened(transport);
    assert.deepEqual(transport.end, [1009, "message_too_big"]);
    pending.connection.closed(1006, "");
    await auth.close();
  });

  test("counts against maxPerUser once its user is authenticated", async () => {
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

  test("is closed for a newer one with whenFull: replace", async () => {
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

  test("still counts after it was closed for a newer one, until its client ends it", async () => {
    const { auth, connector } = await site({ maxPerAddress: 2, whenFull: "replace" });
    const clients = [];
    for (let count = 0; count < 20; count++) clients.push(await arrive(connector));
    // Two wait, and eight may be leaving: a client that ignores its close frame opens no further connections.
    assert.equal(
      clients.map(stateOf).join(),
      `${"4409 replaced,".repeat(8)}open,open${`,${TOO_MANY}`.repeat(10)}`,
    );
    await auth.close();
  });

  test("that is refused while its token is checked replaces no other socket", async () => {
    const { auth, connector } = await site({ maxPerUser: 1, whenFull: "replace" });
    const token = await tokenFor();
    const [first, second] = [await arrive(connector), await arrive(connector)];
    await authenticate(first, token);
    const decided = authenticate(second, token);
    // More frames than are buffered while the token is checked.
    for (let frames = 0; frames < 17; frames++) second.connection.received("x");
    await decided;
    assert.deepEqual([first, second].map(stateOf), ["open", "1009 message_too_big"]);
    assert.equal(auth.sockets.count, 1);
    for (const { connection } of [first, second]) connection.closed(1000, "");
    await auth.close();
  });

  test("that closes while its token is checked frees its places", async () => {
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

/** The maximum number of connections that wait for their first message, and of refused ones that stay open. */
const MANY = 2000;

/** Unauthenticated clients that never answer a close frame. */
async function crowd(connector: Connector, size: number): Promise<Client[]> {
  return await Promise.all(Array.from({ length: size }, () => arrive(connector, "192.0.2.66")));
}

describe("a crowd of unauthenticated connections", () => {
  test("loses its longest-silent connection when a new one arrives", async () => {
    const { auth, connector, events } = await site({});
    const silent = await crowd(connector, MANY);
    assert.deepEqual(new Set(silent.map(stateOf)), new Set(["open"]));
    const client = await arrive(connector);
    assert.deepEqual(silent.slice(0, 2).map(stateOf), ["1013 try_again_later", "open"]);
    assert.deepEqual(events, [{ type: "auth.rejected", code: "try_again_later", path: "/" }]);
    await authenticate(client);
    assert.deepEqual([stateOf(client), auth.sockets.count], ["open", 1]);
    for (const { connection } of [client, ...silent]) connection.closed(1006, "");
    await auth.close();
  });

  test("keeps no waiting place for a connection that closes during its login", async () => {
    const { auth, connector } = await site({});
    const gone = await arrive(connector);
    gone.transport.readyState = 3;
    await authenticate(gone);
    const silent = await crowd(connector, MANY);
    await arrive(connector);
    await arrive(connector);
    assert.deepEqual(silent.slice(0, 3).map(stateOf), [
      "1013 try_again_later",
      "1013 try_again_later",
      "open",
    ]);
    await auth.close();
  });

  test("loses a silent connection before one that has just sent its token", async () => {
    const { auth, connector } = await site({});
    const token = await tokenFor();
    const client = await arrive(connector);
    const silent = await crowd(connector, MANY - 1);
    const decided = authenticate(client, token);
    silent.push(...await crowd(connector, 1));
    await decided;
    assert.deepEqual([stateOf(client), stateOf(silent[0]!)], ["open", "1013 try_again_later"]);
    assert.equal(auth.sockets.count, 1);
    for (const { connection } of [client, ...silent]) connection.closed(1006, "");
    await auth.close();
  });

  test("leaves nothing of a connection that is closed while its token is checked", async () => {
    const { auth } = await site({ maxPerAddress: 2 * MANY, maxAuthenticating: 1 });
    const asked: string[] = [];
    const condition = ({ username }: { username: string }) => asked.push(username) > 0;
    const connector = auth.connector({ firstMessage: true, condition });
    const token = await tokenFor();
    const client = await arrive(connector);
    const decided = authenticate(client, token);
    const strangers = await crowd(connector, MANY);
    await decided;
    assert.deepEqual([stateOf(client), auth.sockets.count], ["1013 try_again_later", 0]);
    assert.deepEqual(asked, []);
    client.connection.closed(1006, "");
    strangers[0]!.connection.closed(1006, "");
    const next = await arrive(connector);
    await authenticate(next);
    assert.deepEqual([stateOf(next), auth.sockets.count], ["open", 1]);
    for (const { connection } of [next, ...strangers]) connection.closed(1006, "");
    await auth.close();
  });

  for (const whenFull of ["refuse", "replace"] as const) {
    test(`does not count against sockets.max while silent (whenFull: ${whenFull})`, async () => {
      const { auth, connector, events } = await site({ max: 2, whenFull });
      const silent = await crowd(connector, 4);
      const client = await arrive(connector);
      await authenticate(client);
      const headers = { ...HEADERS, authorization: `Bearer ${await tokenFor()}` };
      const pending = await connector.connect(requestTo("/", { headers }), {});
      assert.ok(!(pending instanceof Response));
      const other = { connection: pending.connection, transport: new FakeTransport() };
      other.connection.opened(other.transport);
      assert.deepEqual([client, other, ...silent].map(stateOf), Array(6).fill("open"));
      assert.equal(auth.sockets.count, 2);
      assert.deepEqual(events.filter(({ type }) => type === "auth.limited"), []);
      for (const { connection } of [client, other, ...silent]) connection.closed(1006, "");
      await auth.close();
    });
  }

  test("opens no more than sockets.max sockets when all send a token at once", async () => {
    const { auth, connector } = await site({ max: 2 });
    const clients = await crowd(connector, 6);
    await Promise.all(clients.map((client) => authenticate(client)));
    assert.deepEqual(clients.map(stateOf), ["open", "open", ...Array(4).fill(TOO_MANY)]);
    assert.equal(auth.sockets.count, 2);
    const late = await arrive(connector);
    assert.equal(stateOf(late), "open");
    await authenticate(late);
    assert.equal(stateOf(late), TOO_MANY);
    clients[0]!.connection.closed(1000, "");
    const next = await arrive(connector);
    await authenticate(next);
    assert.deepEqual([stateOf(next), auth.sockets.count], ["open", 2]);
    for (const { connection } of [next, late, ...clients]) connection.closed(1006, "");
    await auth.close();
  });

  test("keeps the newest sockets when all send a token (whenFull: replace)", async () => {
    const { auth, connector } = await site({ max: 2, whenFull: "replace" });
    const clients = await crowd(connector, 6);
    for (const client of clients) await authenticate(client);
    assert.deepEqual(clients.map(stateOf), [...Array(4).fill("4409 replaced"), "open", "open"]);
    assert.equal(auth.sockets.count, 2);
    for (const { connection } of clients) connection.closed(1006, "");
    await auth.close();
  });

  test("does not block others when all are refused and stay connected", async () => {
    const { auth, connector } = await site({});
    const refused = await crowd(connector, MANY);
    for (const { connection } of refused) connection.received("x");
    assert.deepEqual(new Set(refused.map(stateOf)), new Set(["4401 not_authenticated"]));
    // Further refusals of requests with a credential are sent over HTTP, so that they do not stay.
    const headers = { ...HEADERS, authorization: "Bearer x" };
    const answer = await connector.connect(requestTo("/", { headers }), {});
    assert.deepEqual([answer instanceof Response, (answer as Response).status], [true, 401]);
    const client = await arrive(connector);
    await authenticate(client);
    assert.deepEqual([stateOf(client), auth.sockets.count], ["open", 1]);
    for (const { connection } of [client, ...refused]) connection.closed(1006, "");
    await auth.close();
  });

  test("counts against maxPerAddress while refused and connected, even if sockets.max refused it", async () => {
    const { auth, connector } = await site({ max: 1, maxPerAddress: 3 });
    const client = await arrive(connector);
    await authenticate(client);
    const refused = await crowd(connector, 3);
    refused[0]!.connection.received("x");
    for (const stranger of refused.slice(1)) await authenticate(stranger);
    assert.deepEqual(refused.map(stateOf), ["4401 not_authenticated", TOO_MANY, TOO_MANY]);
    assert.equal(stateOf(await arrive(connector, "192.0.2.66")), TOO_MANY);
    refused[0]!.connection.closed(1006, "");
    assert.equal(stateOf(await arrive(connector, "192.0.2.66")), "open");
    await auth.close();
  });
});
