/** Upgrades in progress: their deadline, their queue, and that nothing is kept of them once they end. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SocketsOptions } from "../../../src/auth/options/options.ts";
import type { SocketHandlers } from "../../../src/sockets/socket/options.ts";
import type { DjangoUserRow } from "../../../src/users/user_table.ts";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { type Arrival, FakeClients, type FakeConnection, stateOf, tally } from "./fake_clients.ts";

const SESSION = "session-1-0";
const EVERY_LIMIT = { max: 9, maxPerAddress: 9, maxPerSession: 9, maxPerUser: 9 } as const;
const VISIT = { session: SESSION, address: "192.0.2.1" };

type Handlers = SocketHandlers<DjangoUserRow, undefined, boolean>;

function clientsWith(sockets: SocketsOptions = {}, handlers: Handlers = {}): FakeClients {
  const clients = new FakeClients({ ...EVERY_LIMIT, ...sockets }, handlers);
  clients.addUser(1, 2);
  return clients;
}

/** A refusal over HTTP as status, code and Retry-After. */
async function refusalOf(arrival: Arrival): Promise<readonly [number, string, string | null]> {
  assert.ok(arrival instanceof Response);
  return [arrival.status, (await arrival.json()).code, arrival.headers.get("retry-after")];
}

test("an attempt that is already over does not linger when it is refused afterwards", () => {
  const { attempts } = clientsWith().fake.node;
  const attempt = attempts.begin(0);
  attempt.finish();
  assert.equal(attempts.tryLinger(attempt), true);
  assert.equal(attempts.lingering, 0);
});

test("an error while an upgrade is decided is a refusal, not a rejection", async () => {
  const { attempts } = clientsWith().fake.node;
  const error = new Error("broken");
  const decision = await attempts.begin(0).decide<object, { reason: string }>(
    () => Promise.reject(error),
    (reason) => ({ reason }),
    (reported) => reported === error ? "server_error" : "try_again_later",
  );
  assert.deepEqual(decision, { reason: "server_error" });
  assert.equal(attempts.underWay, 0);
});

describe("an upgrade whose authentication takes too long", () => {
  test("closes with 4408 at its deadline, and runs no application code afterwards", async () => {
    const ran: string[] = [];
    const clients = clientsWith({ authenticationDeadline: 2 }, {
      condition: () => ran.push("condition") > 0,
      data: () => void ran.push("data"),
    });
    clients.fake.latency = 2500;
    const asked = clients.ask(VISIT);
    await clients.fake.time.advance(1990);
    assert.equal(clients.fake.node.attempts.underWay, 1);
    await clients.fake.time.advance(120);
    const arrival = await asked as FakeConnection;
    arrival.open();
    assert.equal(stateOf(arrival), "4408 authentication_timeout");
    assert.deepEqual(clients.fake.told("auth.rejected"), [
      { type: "auth.rejected", code: "authentication_timeout", path: "/live" },
    ]);
    await clients.fake.time.advance(60_000);
    assert.deepEqual(ran, []);
    arrival.gone();
    assert.equal(clients.kept, 0);
    assert.equal(clients.fake.time.pending, 0);
  });

  test("is refused with 408 over HTTP, after ten seconds by default", async () => {
    const clients = clientsWith({}, { rejectWith: "http" });
    clients.fake.latency = 60_000;
    const asked = clients.ask(VISIT);
    await clients.fake.time.advance(9_990);
    assert.equal(clients.fake.node.attempts.underWay, 1);
    await clients.fake.time.advance(520);
    assert.deepEqual(await refusalOf(await asked), [408, "authentication_timeout", null]);
    assert.equal(clients.kept, 0);
  });

  for (const slow of ["condition", "data"] as const) {
    test(`also times out during ${slow}(), and does not save the session`, async () => {
      let release = (): void => {};
      const gate = new Promise<void>((resolve) => release = resolve);
      const ran: string[] = [];
      const clients = clientsWith({ authenticationDeadline: 1 }, {
        async condition(_user, context) {
          const session = await context.session();
          session.save = () => Promise.resolve(void ran.push("save"));
          session.set("seen", true);
          if (slow === "condition") await gate;
          return true;
        },
        async data() {
          ran.push("data");
          await gate;
          return undefined;
        },
      });
      const asked = clients.ask(VISIT);
      await clients.fake.time.advance(1100);
      const arrival = await asked as FakeConnection;
      release();
      await clients.fake.time.advance(100);
      arrival.open();
      assert.equal(stateOf(arrival), "4408 authentication_timeout");
      assert.equal(clients.sockets.count, 0);
      assert.deepEqual(ran, slow === "data" ? ["data"] : []);
    });
  }
});

describe("with more upgrades than sockets.maxAuthenticating", () => {
  test("the next ones wait, and those beyond maxWaiting are refused at once", async () => {
    const clients = new FakeClients({ maxAuthenticating: 3, maxWaiting: 2, max: 99 });
    clients.addUser(1);
    clients.fake.latency = 100;
    const visits = Array.from({ length: 10 }, () => clients.open({ address: "192.0.2.1", session: SESSION }));
    const refused = await Promise.all(visits.slice(5));
    assert.deepEqual(tally(refused), { "1013 try_again_later": 5 });
    // The first five are still pending: three in authentication, two in the queue.
    assert.equal(clients.fake.node.attempts.gate.size, 5);
    assert.equal(clients.fake.asked.length, 3);
    const event = {
      type: "auth.limited",
      code: "try_again_later",
      limit: "sockets.maxAuthenticating",
      whose: null,
    };
    assert.deepEqual(clients.fake.told("auth.limited"), Array(5).fill(event));
    await clients.fake.time.advance(1000);
    const opened = await Promise.all(visits.slice(0, 5));
    assert.deepEqual(tally(opened), { open: 5 });
    for (const connection of [...refused, ...opened]) connection.gone();
    assert.equal(clients.kept, 0);
  });

  test("the refusal over HTTP is 503 with Retry-After, and maxWaiting defaults to maxAuthenticating", async () => {
    const clients = clientsWith({ maxAuthenticating: 2 }, { rejectWith: "http" });
    clients.fake.latency = 100;
    const asked = Array.from({ length: 5 }, () => clients.ask(VISIT));
    assert.deepEqual(await refusalOf(await asked[4]!), [503, "try_again_later", "1"]);
    await clients.fake.time.advance(1000);
    for (const arrival of await Promise.all(asked.slice(0, 4))) assert.ok(!(arrival instanceof Response));
  });

  test("an upgrade that waits past its deadline leaves the queue", async () => {
    const clients = clientsWith({ maxAuthenticating: 1, maxWaiting: 1, authenticationDeadline: 1 });
    clients.fake.latency = 5000;
    const asked = [clients.open(VISIT), clients.open(VISIT)];
    await clients.fake.time.advance(1100);
    assert.deepEqual(tally(await Promise.all(asked)), { "4408 authentication_timeout": 2 });
    assert.equal(clients.fake.node.attempts.gate.size, 0);
    // The second one never sent a query.
    assert.equal(clients.fake.asked.length, 1);
  });
});

describe("the session cookie of an anonymous visitor", () => {
  for (const whenFull of ["refuse", "replace"] as const) {
    test(`is not stored if it cannot be a session key (whenFull: ${whenFull})`, async () => {
      const clients = new FakeClients({ maxPerSession: 2, whenFull }, { anonymous: true });
      const { limits } = clients.fake.node.attempts;
      const opened: FakeConnection[] = [];
      for (const session of ["x".repeat(10_000), "x".repeat(41), "\u00e9".repeat(10)]) {
        for (let turn = 0; turn < 3; turn++) opened.push(await clients.open({ session }));
      }
      assert.deepEqual(tally(opened), { open: 9 });
      assert.equal(limits?.size, 0);
      for (const connection of opened) connection.gone();
      assert.equal(clients.kept, 0);
    });
  }

  test("counts against maxPerSession if it may be a session key", async () => {
    const clients = new FakeClients({ maxPerSession: 2 }, { anonymous: true });
    const opened: FakeConnection[] = [];
    for (let turn = 0; turn < 3; turn++) opened.push(await clients.open({ session: "x".repeat(40) }));
    assert.deepEqual(tally(opened), { open: 2, "4429 too_many_connections": 1 });
  });
});

/** Every way in which an upgrade may end. */
const ENDS:
  readonly (readonly [name: string, handlers: Handlers, end: (clients: FakeClients) => Promise<void>])[] = [
    ["the client disconnects before its connection opens", {}, async (clients) => {
      (await clients.ask(VISIT) as FakeConnection).gone();
    }],
    ["its connection never opens", {}, async (clients) => {
      const arrival = await clients.ask(VISIT) as FakeConnection;
      assert.ok(clients.kept > 0);
      await clients.fake.time.advance(10_600);
      assert.equal(clients.kept, 0);
      // Opening it afterwards does not create a socket either.
      arrival.open();
      assert.equal(stateOf(arrival), "1013 try_again_later");
      assert.equal(clients.sockets.count, 0);
    }],
    ["it is refused and its connection never opens", {}, async (clients) => {
      await clients.ask({ address: "192.0.2.1" });
      await clients.fake.time.advance(10_600);
    }],
    ["it is refused over HTTP", { rejectWith: "http" }, async (clients) => {
      const arrival = await clients.ask({ session: "nobody-has-this-session", address: "192.0.2.1" });
      assert.deepEqual(await refusalOf(arrival), [401, "session_ended", null]);
    }],
    ["its Origin is foreign", {}, async (clients) => {
      (await clients.open({ ...VISIT, origin: "http://evil.example" })).gone();
    }],
    ["condition() refuses it", { condition: () => false }, async (clients) => {
      const refused = await clients.open(VISIT);
      assert.equal(stateOf(refused), "4403 permission_denied");
      refused.gone();
    }],
    ["data() throws", { data: () => Promise.reject(new Error("as tests do")) }, async (clients) => {
      const refused = await clients.open(VISIT);
      assert.equal(stateOf(refused), "1011 server_error");
      refused.gone();
    }],
    ["open() throws", {
      open() {
        throw new Error("as tests do");
      },
    }, async (clients) => {
      const socket = await clients.open(VISIT);
      assert.equal(stateOf(socket), "1011 server_error");
      socket.gone();
    }],
    ["the database is unavailable", {}, async (clients) => {
      clients.fake.fault = new DatabaseUnavailable();
      const refused = await clients.open(VISIT);
      assert.equal(stateOf(refused), "1013 try_again_later");
      refused.gone();
    }],
    ["its socket opens, and its close is reported twice", {}, async (clients) => {
      const socket = await clients.open(VISIT);
      assert.equal(stateOf(socket), "open");
      socket.gone();
      socket.gone();
    }],
  ];

describe("nothing is kept of an upgrade when", () => {
  for (const whenFull of ["refuse", "replace"] as const) {
    for (const [name, handlers, end] of ENDS) {
      test(`${name} (whenFull: ${whenFull})`, async () => {
        const clients = clientsWith({ whenFull }, handlers);
        for (let turn = 0; turn < 3; turn++) await end(clients);
        assert.equal(clients.kept, 0);
        assert.equal(clients.sockets.count, 0);
        clients.fake.fault = null;
        const { length } = await Promise.all(Array.from({ length: 9 }, () => clients.ask(VISIT)));
        assert.equal(length, 9);
        assert.deepEqual(clients.fake.told("auth.limited"), []);
        await clients.fake.time.advance(60_000);
        assert.equal(clients.kept, 0);
      });
    }
  }
});

for (const [whenFull, rounds] of [["refuse", 400], ["replace", 100]] as const) {
  const name = `nothing is kept after ${rounds * 250} sockets opened and closed (whenFull: ${whenFull})`;
  test(name, { timeout: 120_000 }, async () => {
    const limits = { max: 300, maxPerAddress: 60, maxPerSession: 4, maxPerUser: 6 };
    const clients = new FakeClients({ ...limits, whenFull });
    for (let user = 1; user <= 100; user++) clients.addUser(user, 3);
    const states = new Map<string, number>();
    let living: FakeConnection[] = [];
    for (let round = 0; round < rounds; round++) {
      const arrivals = await Promise.all(Array.from({ length: 250 }, async (_, index) => {
        const number = round * 250 + index;
        const session = index % 10 === 9 ? undefined : `session-${number * 7 % 100 + 1}-${number % 3}`;
        return await clients.ask({ session, address: `192.0.2.${number % 9}` }) as FakeConnection;
      }));
      const [left, opened] = [arrivals.slice(0, 20), arrivals.slice(20)];
      for (const connection of left) connection.gone();
      for (const connection of opened) {
        connection.open();
        states.set(stateOf(connection), (states.get(stateOf(connection)) ?? 0) + 1);
      }
      // Some stay open into the next round.
      living.push(...opened);
      const ended = living.splice(0, living.length - 100);
      for (const connection of ended) connection.gone();
      assert.ok(clients.sockets.count <= limits.max);
      clients.fake.asked.length = clients.fake.events.length = 0;
    }
    for (const connection of living) connection.gone();
    living = [];
    assert.ok(states.get("open")! > rounds * 25, JSON.stringify([...states]));
    assert.equal(clients.kept, 0);
    await clients.fake.time.advance(60_000);
    assert.equal(clients.fake.time.pending, 0);
  });
}
