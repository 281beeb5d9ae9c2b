/** Sockets close when their session expires, on one timer for all sockets. This needs no revalidation rounds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { DAY, FakeNode, type FakeNodeOptions } from "./fake_node.ts";

const EXPIRED = [4401, "session_expired"];

function withoutRounds(options: FakeNodeOptions = {}): FakeNode {
  return new FakeNode({ revalidateInterval: 0, ...options });
}

test("a socket closes when its session expires, and not before", async () => {
  const fake = withoutRounds();
  const [one, two] = [fake.visit(1, "one", 60_000), fake.visit(2, "two", 90_000)];
  await fake.time.advance(59_999);
  assert.deepEqual(fake.asked, [], "nothing is asked before");
  assert.equal(one.transport.end, null);
  await fake.time.advance(251);
  assert.deepEqual([one.transport.end, two.transport.end], [EXPIRED, null]);
  await fake.time.advance(30_000);
  assert.deepEqual(two.transport.end, EXPIRED);
  assert.deepEqual(fake.told("auth.revoked").map(({ code, occasion }) => [code, occasion]), [
    ["session_expired", "expiry"],
    ["session_expired", "expiry"],
  ]);
});

test("the number of timers does not grow with the number of sockets", async () => {
  const fake = withoutRounds();
  for (let id = 1; id <= 500; id++) fake.visit(id, `session-${id}`, id * 1000);
  // Lets the timers of the finished upgrades run out.
  await fake.time.advance(900);
  assert.ok(fake.time.pending <= 2, `${fake.time.pending} timers`);
  await fake.time.advance(250_000);
  assert.ok(fake.time.pending <= 2, `${fake.time.pending} timers`);
  assert.equal(fake.node.registry.size, 250);
  await fake.time.advance(260_000);
  assert.equal(fake.node.registry.size, 0);
  assert.equal(fake.time.pending, 0);
});

test("the earliest expiry counts, whichever socket opened first", async () => {
  const fake = withoutRounds();
  fake.visit(1, "late", 600_000);
  await fake.time.advance(10_000);
  const { transport } = fake.visit(2, "soon", 20_000);
  await fake.time.advance(10_250);
  assert.deepEqual(transport.end, EXPIRED);
  assert.equal(fake.node.registry.size, 1);
});

test("a session that expires while another is being checked is not missed", async () => {
  const fake = withoutRounds();
  const sockets = [60_000, 60_300, 90_000].map((end, id) => fake.visit(id + 1, `session-${id}`, end));
  fake.latency = 1000;
  await fake.time.advance(63_000);
  assert.deepEqual(sockets.map(({ transport }) => transport.end), [EXPIRED, EXPIRED, null]);
  await fake.time.advance(30_000);
  assert.deepEqual(sockets[2]!.transport.end, EXPIRED);
});

test("a session that Django has extended keeps its sockets until its new expiry", async () => {
  const fake = withoutRounds();
  const { transport } = fake.visit(1, "one", 60_000);
  await fake.time.advance(30_000);
  fake.extendSession("one", 120_000);
  await fake.time.advance(89_000);
  assert.equal(transport.end, null);
  await fake.time.advance(1250);
  assert.deepEqual(transport.end, EXPIRED);
});

test("a session that a round found extended is not queried at its old expiry", async () => {
  const fake = new FakeNode();
  fake.visit(1, "one", 40_000);
  fake.extendSession("one", 10 * DAY);
  await fake.time.advance(31_000);
  const asked = fake.asked.length;
  await fake.time.advance(20_000);
  assert.equal(fake.asked.length, asked);
});

test("an expiry beyond the maximum delay of timers still closes the socket", async () => {
  const fake = withoutRounds();
  let longest = 0;
  const after = fake.time.after.bind(fake.time);
  fake.time.after = (milliseconds, work) => {
    longest = Math.max(longest, milliseconds);
    return after(milliseconds, work);
  };
  const { transport } = fake.visit(1, "one", 60 * DAY);
  await fake.time.advance(60 * DAY - 1);
  assert.equal(transport.end, null);
  assert.deepEqual(fake.asked, []);
  assert.ok(longest < 2 ** 31, `a timer of ${longest} ms`);
  await fake.time.advance(1001);
  assert.deepEqual(transport.end, EXPIRED);
});

test("a database outage at the expiry closes no socket; expired sessions close when it is back", async () => {
  const fake = withoutRounds();
  const [over, extended] = [fake.visit(1, "over", 60_000), fake.visit(2, "extended", 60_000)];
  fake.fault = new DatabaseUnavailable("away");
  await fake.time.advance(120_000);
  assert.deepEqual([over.transport.end, extended.transport.end], [null, null]);
  fake.extendSession("extended", DAY);
  fake.fault = null;
  await fake.time.advance(7500);
  assert.deepEqual([over.transport.end, extended.transport.end], [EXPIRED, null]);
  await fake.time.advance(DAY);
  assert.deepEqual(extended.transport.end, EXPIRED);
});

test("a socket whose session expired before it opened closes at once", async () => {
  const fake = withoutRounds();
  await fake.time.advance(1000);
  const { transport } = fake.visit(1, "one", 500);
  await fake.time.advance(250);
  assert.deepEqual(transport.end, EXPIRED);
});

test("the expiry of an anonymous session closes no socket", async () => {
  const fake = withoutRounds();
  fake.setSession("visitor", null, 10_000);
  const { transport } = fake.open(null, "visitor");
  await fake.time.advance(60_000);
  assert.equal(transport.end, null);
});
