/** Limits on the number of sockets: under bursts, with replacement of the oldest, and however sockets end. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SocketsOptions } from "../../../src/auth/options/options.ts";
import { SocketLimits } from "../../../src/sockets/admission/limits.ts";
import type { SocketKeeper } from "../../../src/sockets/socket/keeper.ts";
import { socketInternals } from "../../../src/sockets/socket/socket.ts";
import { FakeClients, type FakeConnection, type FakeUpgrade, stateOf, tally } from "./fake_clients.ts";

const SESSION = "session-1-0";
const TOO_MANY = "4429 too_many_connections";
const REPLACED = "4409 replaced";
/** What an undecided upgrade gets whose place on the node, which is anybody's, went to a newer one. */
const CROWDED_OUT = "1013 try_again_later";

/** Each limit, with upgrades that all count against the same value, and one that counts against another value. */
const LIMITS: readonly {
  readonly option: keyof SocketsOptions & `max${string}`;
  readonly upgrade: (index: number) => FakeUpgrade;
  readonly other: FakeUpgrade | null;
}[] = [
  { option: "max", upgrade: (index) => ({ session: `session-${index % 3 + 1}-0` }), other: null },
  {
    option: "maxPerUser",
    upgrade: (index) => ({ session: `session-1-${index % 3}` }),
    other: { session: "session-2-0" },
  },
  { option: "maxPerSession", upgrade: () => ({ session: SESSION }), other: { session: "session-1-1" } },
  {
    option: "maxPerAddress",
    upgrade: (index) => ({
      session: `session-${index % 3 + 1}-0`,
      address: `2001:db8::${index.toString(16)}`,
    }),
    other: { session: SESSION, address: "2001:db8:0:1::1" },
  },
];

function clientsWith(sockets: SocketsOptions, handlers = {}): FakeClients {
  const clients = new FakeClients(sockets, handlers);
  for (const user of [1, 2, 3]) clients.addUser(user, 3);
  return clients;
}

function openMany(clients: FakeClients, count: number, upgrade: (index: number) => FakeUpgrade) {
  return Promise.all(Array.from({ length: count }, (_, index) => clients.open(upgrade(index))));
}

describe("with a limit of 5 and many upgrades at once", () => {
  for (const { option, upgrade, other } of LIMITS) {
    test(`${option} refuses all but 5, and no upgrade with another value`, async () => {
      const clients = clientsWith({ [option]: 5 });
      const opened = await openMany(clients, 500, upgrade);
      assert.deepEqual(tally(opened), { open: 5, [TOO_MANY]: 495 });
      assert.equal(clients.sockets.count, 5);
      if (other !== null) assert.equal(stateOf(await clients.open(other)), "open");
      assert.equal(stateOf(await clients.open(upgrade(7))), TOO_MANY);
      const first = opened.find((connection) => stateOf(connection) === "open")!;
      first.gone();
      assert.equal(stateOf(await clients.open(upgrade(8))), "open");
    });

    test(`${option} keeps the newest 5 with whenFull: replace`, async () => {
      const clients = clientsWith({ [option]: 5, whenFull: "replace" });
      const opened = await openMany(clients, 500, upgrade);
      assert.deepEqual(tally(opened), { open: 5, [option === "max" ? CROWDED_OUT : REPLACED]: 495 });
      assert.equal(clients.sockets.count, 5);
      assert.deepEqual(opened.slice(-5).map(stateOf), Array(5).fill("open"));
      const next = await clients.open(upgrade(1));
      assert.deepEqual(opened.slice(-5).map(stateOf), [REPLACED, ...Array(4).fill("open")]);
      assert.equal(stateOf(next), "open");
      for (const connection of [...opened, next]) connection.gone();
      assert.equal(clients.kept, 0);
    });
  }

  test("each refusal and replacement emits auth.limited with its limit and value", async () => {
    for (const whenFull of ["refuse", "replace"] as const) {
      const code = whenFull === "refuse" ? "too_many_connections" : "replaced";
      for (const { option, upgrade } of LIMITS) {
        const clients = clientsWith({ [option]: 5, whenFull });
        await openMany(clients, 20, upgrade);
        const whose = { maxPerUser: "1", maxPerAddress: "2001:db8:0:0::/64" }[option as string] ?? null;
        const event = { type: "auth.limited", code, limit: `sockets.${option}`, whose };
        assert.deepEqual(clients.fake.told("auth.limited"), Array(15).fill(event));
        // It has its own event, since no credential was rejected.
        assert.deepEqual(clients.fake.told("auth.rejected"), []);
      }
    }
  });
});

test("without limits, nothing is kept except the open sockets", async () => {
  const clients = clientsWith({});
  await openMany(clients, 100, () => ({ session: SESSION, address: "192.0.2.1" }));
  assert.equal(clients.fake.node.attempts.limits, null);
  assert.equal(clients.kept, 100);
});

test("clients with an unknown address count as one address, and are reported as unknown", async () => {
  const clients = clientsWith({ maxPerAddress: 2, trustedProxies: ["10.0.0.1"] });
  const opened = await openMany(clients, 3, () => ({ session: SESSION, forwardedFor: "192.0.2.1" }));
  assert.deepEqual(tally(opened), { open: 2, [TOO_MANY]: 1 });
  assert.equal(stateOf(await clients.open({ session: SESSION, address: "192.0.2.1" })), "open");
  assert.deepEqual(clients.fake.told("auth.limited"), [
    { type: "auth.limited", code: "too_many_connections", limit: "sockets.maxPerAddress", whose: "unknown" },
  ]);
});

test("limits apply together, and a refused upgrade holds no place in any of them", async () => {
  const clients = clientsWith({ max: 4, maxPerUser: 2, maxPerSession: 1 });
  const opened = await openMany(clients, 30, (index) => ({ session: `session-${index % 3 + 1}-0` }));
  assert.deepEqual(tally(opened), { open: 3, [TOO_MANY]: 27 });
  assert.equal(stateOf(await clients.open({ session: "session-1-1" })), "open");
  assert.equal(stateOf(await clients.open({ session: "session-2-1" })), TOO_MANY);
  opened.find((connection) => stateOf(connection) === "open")!.gone();
  assert.equal(stateOf(await clients.open({ session: "session-1-2" })), "open");
});

describe("a client that ignores its close frame", () => {
  test("counts until its connection ends", async () => {
    const clients = clientsWith({ maxPerUser: 1 });
    const stubborn = await clients.open({ session: SESSION });
    clients.fake.node.registry.ofUser(1)[0]!.end(4401, "session_ended");
    assert.equal(clients.sockets.count, 0);
    assert.equal(stateOf(await clients.open({ session: SESSION })), TOO_MANY);
    stubborn.gone();
    assert.equal(stateOf(await clients.open({ session: SESSION })), "open");
  });

  test("counts against maxPerAddress even if it was refused", async () => {
    const clients = clientsWith({ maxPerAddress: 1 });
    const refused = await clients.open({ address: "192.0.2.1" });
    assert.equal(stateOf(refused), "4401 not_authenticated");
    assert.equal(stateOf(await clients.open({ session: SESSION, address: "192.0.2.1" })), TOO_MANY);
    refused.gone();
    assert.equal(stateOf(await clients.open({ session: SESSION, address: "192.0.2.1" })), "open");
  });

  test("does not count against sockets.max if it was refused", async () => {
    for (const whenFull of ["refuse", "replace"] as const) {
      const clients = clientsWith({ max: 2, whenFull });
      const strangers: FakeConnection[] = [];
      for (let index = 0; index < 20; index++) strangers.push(await clients.open());
      assert.deepEqual(tally(strangers), { "4401 not_authenticated": 20 });
      const opened = await openMany(clients, 2, () => ({ session: SESSION }));
      assert.deepEqual(opened.map(stateOf), ["open", "open"]);
      for (const connection of [...strangers, ...opened]) connection.gone();
      assert.equal(clients.kept, 0);
    }
  });

  test("cannot accumulate connections by being replaced", async () => {
    const clients = clientsWith({ maxPerUser: 1, whenFull: "replace" });
    const opened: FakeConnection[] = [];
    for (let index = 0; index < 20; index++) opened.push(await clients.open({ session: SESSION }));
    assert.deepEqual(tally(opened), { open: 1, [REPLACED]: 8, [TOO_MANY]: 11 });
    for (const connection of opened) connection.gone();
    assert.equal(clients.kept, 0);
  });

  test("cannot accumulate connections with concurrent upgrades either", async () => {
    const clients = clientsWith({ maxPerUser: 9, whenFull: "replace" });
    const opened = await openMany(clients, 9, () => ({ session: SESSION }));
    for (let index = 0; index < 8; index++) opened.push(await clients.open({ session: SESSION }));
    // There is room for a ninth replaced connection, and not for a tenth.
    opened.push(...await openMany(clients, 2, () => ({ session: SESSION })));
    assert.deepEqual(tally(opened), { open: 9, [REPLACED]: 9, [TOO_MANY]: 1 });
  });

  test("is not replaced once the server has closed it", async () => {
    const clients = clientsWith({ maxPerUser: 2, whenFull: "replace" });
    const opened = await openMany(clients, 2, () => ({ session: SESSION }));
    clients.fake.node.registry.ofUser(1)[0]!.end(4401, "session_ended");
    opened.push(await clients.open({ session: SESSION }));
    assert.deepEqual(opened.map(stateOf), ["4401 session_ended", "open", "open"]);
    assert.deepEqual(clients.fake.told("auth.limited"), []);
  });

  test("is refused over HTTP once 2,000 refused connections stay open", async () => {
    const clients = clientsWith({});
    const refused = await openMany(clients, 2000, () => ({}));
    const answer = await clients.ask();
    assert.ok(answer instanceof Response);
    assert.deepEqual([answer.status, (await answer.json()).code], [401, "not_authenticated"]);
    refused[0]!.gone();
    assert.ok(!(await clients.ask() instanceof Response));
  });
});

describe("with whenFull: replace", () => {
  test("a refused upgrade does not replace the oldest socket", async () => {
    const clients = clientsWith({ maxPerAddress: 1, whenFull: "replace" });
    const first = await clients.open({ session: SESSION, address: "192.0.2.1" });
    const stranger = await clients.open({ address: "192.0.2.1" });
    assert.deepEqual([first, stranger].map(stateOf), ["open", "4401 not_authenticated"]);
    const foreign = { session: SESSION, address: "192.0.2.1", origin: "http://evil.example" };
    assert.equal(stateOf(await clients.open(foreign)), "4403 origin_not_allowed");
    assert.equal(stateOf(first), "open");
  });

  test("the oldest socket stays open until the newest upgrade is accepted", async () => {
    let release = (): void => {};
    const gate = new Promise<undefined>((resolve) => release = () => resolve(undefined));
    let turns = 0;
    const data = () => turns++ === 0 ? undefined : gate;
    const clients = clientsWith({ maxPerUser: 1, whenFull: "replace" }, { data });
    const first = await clients.open({ session: SESSION });
    const second = clients.open({ session: SESSION });
    await clients.fake.time.advance(100);
    assert.equal(stateOf(first), "open");
    release();
    assert.equal(stateOf(await second), "open");
    assert.equal(stateOf(first), REPLACED);
  });

  test("a socket that is replaced before it opens never reaches the application", async () => {
    const opened: unknown[] = [];
    const clients = clientsWith({ maxPerUser: 1, whenFull: "replace" }, {
      open: (socket: unknown) => void opened.push(socket),
      close: () => assert.fail("a socket that never opened has closed"),
    });
    const slow = await clients.ask({ session: SESSION }) as FakeConnection;
    const quick = await clients.open({ session: SESSION });
    slow.open();
    assert.deepEqual([slow, quick].map(stateOf), [REPLACED, "open"]);
    assert.equal(opened.length, 1);
    slow.gone();
    assert.equal(clients.sockets.count, 1);
  });
});

test("each replaced holder is notified once, the oldest first", () => {
  const limit = "sockets.maxPerUser";
  const limits = new SocketLimits({ limits: new Map([[limit, 2]]), replaces: true });
  const told: string[] = [];
  for (const name of ["a", "b", "c", "d"]) {
    const places = limits.placesFor({
      isConnected: false,
      replaced: (what, whose) => void told.push(`${name} ${what} ${whose}`),
    });
    assert.equal(places.take(limit, "7"), true);
    assert.equal(places.accept(), null);
  }
  assert.deepEqual(told, [`a ${limit} 7`, `b ${limit} 7`]);
});

test("a login on an open socket counts against maxPerUser", async () => {
  const clients = clientsWith({ maxPerUser: 1 }, { anonymous: true });
  const [visitor, other] = [await clients.open(), await clients.open()];
  const { node, core } = clients.fake;
  const user = await core.users.findById(1).then((record) => core.userOf(record!));
  const lives = [...node.registry.values()];
  for (const live of lives) {
    const keeper = live as unknown as SocketKeeper;
    const news = { atLookup: node.newsCount, atStart: null };
    keeper.move(() => socketInternals.renewUser(live.socket, user), news);
  }
  assert.deepEqual([visitor, other].map(stateOf), ["open", TOO_MANY]);
  assert.equal(stateOf(await clients.open({ session: SESSION })), TOO_MANY);
  for (const connection of [visitor, other]) connection.gone();
  assert.equal(stateOf(await clients.open({ session: SESSION })), "open");
});
