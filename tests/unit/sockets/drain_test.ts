/** Draining a node before it stops. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SocketHandlers } from "../../../src/sockets/socket/options.ts";
import type { DjangoUserRow } from "../../../src/users/user_table.ts";
import { FakeClients, type FakeConnection, stateOf, tally } from "./fake_clients.ts";

const RESTART = "1012 server_restart";
const SESSION = "session-1-0";

type Handlers = SocketHandlers<DjangoUserRow, undefined, boolean>;

async function clientsWith(count: number, handlers: Handlers = {}): Promise<[FakeClients, FakeConnection[]]> {
  const clients = new FakeClients({}, handlers);
  clients.addUser(1);
  return [
    clients,
    await Promise.all(Array.from({ length: count }, () => clients.open({ session: SESSION }))),
  ];
}

/** Whether a promise has resolved once all pending work is done. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  promise.then(() => done = true);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return done;
}

describe("drain()", () => {
  test("closes the sockets spread over the time, and resolves when the last has ended", async () => {
    const [clients, opened] = await clientsWith(100);
    const done = clients.sockets.drain({ seconds: 10 });
    const closedBy: number[] = [];
    for (let second = 1; second <= 9; second++) {
      await clients.fake.time.advance(1000);
      closedBy.push(opened.filter((connection) => stateOf(connection) === RESTART).length);
    }
    // Spread over nine tenths of the time, so that the last clients have time to answer.
    closedBy.forEach((closed, index) =>
      assert.ok(Math.abs(closed - (index + 1) * 100 / 9) <= 2, `${closedBy}`)
    );
    assert.deepEqual(tally(opened), { [RESTART]: 100 });
    assert.equal(await isDone(done), false);
    for (const connection of opened.slice(1)) connection.gone();
    assert.equal(await isDone(done), false);
    opened[0]!.gone();
    assert.equal(await isDone(done), true);
    assert.equal(clients.fake.time.pending, 0);
    assert.deepEqual(clients.fake.told("sockets.drained"), [
      { type: "sockets.drained", closed: 100, milliseconds: 9000 },
    ]);
    await clients.sockets.drain();
    assert.equal(clients.fake.told("sockets.drained").length, 1, "once");
  });

  test("resolves when the time is over, and then closes all remaining sockets at once", async () => {
    const [clients, opened] = await clientsWith(50);
    const done = clients.sockets.drain({ seconds: 2 });
    // The process is too busy to run its timers.
    await clients.fake.time.standStill(2000);
    assert.equal(await isDone(done), true);
    assert.deepEqual(tally(opened), { [RESTART]: 50 });
    assert.equal(clients.fake.time.pending, 0);
  });

  test("refuses new upgrades with 1012, or with 503 and Retry-After over HTTP", async () => {
    for (const rejectWith of ["close", "http"] as const) {
      const [clients] = await clientsWith(0, { rejectWith });
      await clients.sockets.drain();
      const arrival = await clients.ask({ session: SESSION });
      if (arrival instanceof Response) {
        assert.equal(rejectWith, "http");
        assert.deepEqual([arrival.status, arrival.headers.get("retry-after")], [503, "1"]);
        assert.equal((await arrival.json()).code, "server_restart");
      } else {
        arrival.open();
        assert.equal(stateOf(arrival), RESTART);
        arrival.gone();
      }
      assert.equal(clients.kept, 0);
      // It was refused without a query.
      assert.deepEqual(clients.fake.asked, []);
    }
  });

  test("refuses upgrades in progress, and closes accepted ones as they open", async () => {
    const [clients] = await clientsWith(0);
    const accepted = await clients.ask({ session: SESSION }) as FakeConnection;
    clients.fake.latency = 1000;
    const waiting = clients.open({ session: SESSION });
    const done = clients.sockets.drain({ seconds: 5 });
    assert.equal(stateOf(await waiting), RESTART);
    assert.equal(await isDone(done), false);
    accepted.open();
    assert.equal(stateOf(accepted), RESTART);
    assert.equal(clients.sockets.count, 0);
    await clients.fake.time.advance(200);
    assert.equal(await isDone(done), true);
  });

  test("resolves at once without sockets, or with zero seconds", async () => {
    const [empty] = await clientsWith(0);
    assert.equal(await isDone(empty.sockets.drain()), true);
    const [clients, opened] = await clientsWith(10);
    assert.equal(await isDone(clients.sockets.drain({ seconds: 0 })), true);
    assert.deepEqual(tally(opened), { [RESTART]: 10 });
  });

  test("may be called again: the shortest time counts, and all calls resolve together", async () => {
    const [clients, opened] = await clientsWith(100);
    const first = clients.sockets.drain({ seconds: 100 });
    await clients.fake.time.advance(9000);
    assert.ok(opened.filter((connection) => stateOf(connection) === RESTART).length <= 12);
    const longer = clients.sockets.drain({ seconds: 500 });
    const second = clients.sockets.drain({ seconds: 1 });
    await clients.fake.time.advance(500);
    assert.equal(clients.sockets.drain({ seconds: 5 }), second);
    await clients.fake.time.advance(450);
    assert.deepEqual(tally(opened), { [RESTART]: 100 });
    assert.deepEqual(await Promise.all([first, second, longer].map(isDone)), [false, false, false]);
    await clients.fake.time.advance(60);
    assert.deepEqual(await Promise.all([first, second, longer].map(isDone)), [true, true, true]);
    assert.equal(await isDone(clients.sockets.drain()), true);
  });

  test("resolves when all sockets close by themselves, leaving no timer, or when the node is closed", async () => {
    const [clients, opened] = await clientsWith(3);
    const done = clients.sockets.drain({ seconds: 1000 });
    for (const connection of opened) connection.gone();
    assert.equal(await isDone(done), true);
    await clients.fake.time.advance(600);
    assert.equal(clients.fake.time.pending, 0);
    const [other] = await clientsWith(3);
    const left = other.sockets.drain({ seconds: 1000 });
    await other.fake.close();
    assert.equal(await isDone(left), true);
    assert.equal(other.sockets.count, 0);
  });

  test("throws for an unknown option, and drains nothing", async () => {
    const [clients] = await clientsWith(0);
    const message = 'drain() does not take "second", did you mean seconds?';
    assert.throws(() => clients.sockets.drain({ second: 1 } as never), { name: "TypeError", message });
    assert.equal(stateOf(await clients.open({ session: SESSION })), "open");
  });

  test("throws for an invalid number of seconds, and drains nothing", async () => {
    const [clients] = await clientsWith(0);
    for (const seconds of [Infinity, -1, NaN, "1", null]) {
      assert.throws(() => clients.sockets.drain({ seconds } as never), { name: "RangeError" });
    }
    assert.equal(stateOf(await clients.open({ session: SESSION })), "open");
  });
});
