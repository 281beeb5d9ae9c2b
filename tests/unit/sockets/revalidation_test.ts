/** Revalidation rounds, in which all sockets are checked, and how a database outage affects them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseError, DatabaseUnavailable } from "../../../src/errors.ts";
import { FakeNode, sessionsMessage } from "./fake_node.ts";

const SESSION_ENDED = [4401, "session_ended"];
const TRY_AGAIN = [1013, "try_again_later"];
const AWAY = new DatabaseUnavailable("away");

/** The number of finished rounds. */
function rounds(fake: FakeNode): number {
  return fake.told("sockets.revalidated").length;
}

test("all sockets are checked once per interval, and never later", async () => {
  for (const [randomByte, first] of [[0, 27_000], [255, 29_989]] as const) {
    const fake = new FakeNode({ randomByte });
    fake.visit(1);
    fake.visit(2);
    await fake.time.advance(first - 1);
    assert.deepEqual(fake.asked, []);
    await fake.time.advance(10);
    assert.deepEqual(fake.asked.sort(), [1, 2, "session-of-1", "session-of-2"]);
    assert.deepEqual(fake.told("sockets.revalidated").map(({ sockets }) => sockets), [2]);
    await fake.time.advance(30_000);
    assert.equal(rounds(fake), 2);
  }
});

test("there are no rounds with revalidateInterval: 0", async () => {
  const fake = new FakeNode({ revalidateInterval: 0 });
  const { transport } = fake.visit(1);
  fake.deleteSession("session-of-1");
  await fake.time.advance(7 * 24 * 3_600_000);
  assert.equal(transport.end, null);
  assert.deepEqual(fake.asked, []);
});

test("a node without sockets sends no queries, and resumes with its next socket", async () => {
  const fake = new FakeNode();
  const first = fake.visit(1);
  await fake.time.advance(15_000);
  first.gone();
  await fake.time.advance(300_000);
  assert.deepEqual(fake.asked, []);
  assert.equal(fake.time.pending, 0);
  const second = fake.visit(1);
  fake.deleteSession("session-of-1");
  await fake.time.advance(30_000);
  assert.deepEqual(second.transport.end, SESSION_ENDED);
});

test("an outage within the grace period closes no socket, and is reported once", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  const sockets = [fake.visit(1), fake.visit(2)];
  fake.fault = AWAY;
  await fake.time.advance(30_000 + 59_000);
  fake.fault = null;
  await fake.time.advance(60_000);
  assert.deepEqual(sockets.map(({ transport }) => transport.end), [null, null]);
  assert.deepEqual(fake.told("auth.unavailable").map(({ error }) => error), [AWAY]);
});

test("within seconds after an outage, sockets whose session ended during it are closed", async () => {
  const fake = new FakeNode();
  const [left, stayed] = [fake.visit(1), fake.visit(2)];
  fake.fault = AWAY;
  await fake.time.advance(120_000);
  fake.deleteSession("session-of-1");
  fake.fault = null;
  await fake.time.advance(7500);
  assert.deepEqual([left.transport.end, stayed.transport.end], [SESSION_ENDED, null]);
});

test("an outage beyond the grace period closes sockets with 1013, except those without a user", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  const [gone, there] = [fake.visit(1), fake.visit(2)];
  const stranger = fake.open(null, null);
  fake.deleteSession("session-of-1");
  fake.fault = AWAY;
  await fake.time.advance(30_000 + 59_000);
  assert.equal(gone.transport.end, null);
  await fake.time.advance(1000);
  assert.deepEqual([gone.transport.end, there.transport.end], [TRY_AGAIN, TRY_AGAIN]);
  assert.equal(stranger.transport.end, null);
  assert.deepEqual(fake.told("auth.revoked"), []);
});

test("after an outage that closed its sockets, a node checks new ones, with a new grace period", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  // A socket without a user, so that the node is never empty.
  fake.open(null, null);
  fake.visit(1);
  fake.fault = AWAY;
  await fake.time.advance(120_000);
  fake.fault = null;
  const [left, stays] = [fake.visit(2), fake.visit(3)];
  fake.deleteSession("session-of-2");
  await fake.time.advance(31_000);
  assert.deepEqual([left.transport.end, stays.transport.end], [SESSION_ENDED, null]);
  fake.fault = AWAY;
  await fake.time.advance(80_000);
  assert.equal(stays.transport.end, null, "its own grace period is not over");
  await fake.time.advance(20_000);
  assert.deepEqual(stays.transport.end, TRY_AGAIN);
  assert.equal(fake.told("auth.unavailable").length, 2);
});

test("an outage is recognised by its error code, whatever class a driver throws", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  const { transport } = fake.visit(1);
  fake.fault = new DatabaseError("away", "database_unavailable");
  await fake.time.advance(35_000);
  assert.equal(transport.end, null, "it lives on for the grace period");
  assert.deepEqual(fake.told("auth.unavailable").length, 1);
  assert.deepEqual(fake.told("error"), []);
});

test("each of several outages has its own grace period", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  const { transport } = fake.visit(1);
  for (let turn = 0; turn < 5; turn++) {
    fake.fault = AWAY;
    await fake.time.advance(50_000);
    fake.fault = null;
    await fake.time.advance(10_000);
  }
  assert.equal(transport.end, null);
});

test("without rounds, a check that fails after a hint is retried until the database answers", async () => {
  const fake = new FakeNode({ revalidateInterval: 0, hasFeed: true });
  const { transport } = fake.visit(1);
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.fault = AWAY;
  fake.deleteSession("session-of-1");
  fake.feed?.say(sessionsMessage("session-of-1"));
  await fake.time.advance(20_000);
  assert.equal(transport.end, null);
  fake.fault = null;
  await fake.time.advance(7500);
  assert.deepEqual(transport.end, SESSION_ENDED);
});

test("hints during an outage do not delay the next retry", async () => {
  const fake = new FakeNode({ hasFeed: true });
  const { transport } = fake.visit(1);
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.fault = AWAY;
  fake.asked.length = 0;
  for (let second = 0; second < 20; second++) {
    fake.feed?.say('users ["1"]');
    await fake.time.advance(1000);
  }
  assert.equal(fake.asked.length, 20 + 3, "the hints, and a round after a moment and each 7.5 seconds");
  fake.deleteSession("session-of-1");
  fake.fault = null;
  await fake.time.advance(7500);
  assert.deepEqual(transport.end, SESSION_ENDED);
});

test("a resync during a round is followed by another round", async () => {
  const fake = new FakeNode({ hasFeed: true });
  const { transport } = fake.visit(1);
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.latency = 1000;
  fake.feed?.say("resync");
  await fake.time.advance(500);
  // The current round has already read the row.
  fake.deleteSession("session-of-1");
  fake.feed?.say("resync");
  await fake.time.advance(4000);
  assert.deepEqual(transport.end, SESSION_ENDED);
});

test("an urgent round requested while another fails starts at once", async () => {
  const fake = new FakeNode({ hasFeed: true });
  const { transport } = fake.visit(1);
  fake.feed?.restore();
  await fake.time.advance(2000);
  // The second query of the outage hangs, and fails only after its latency.
  fake.fault = AWAY;
  fake.feed?.say('users ["1"]');
  fake.latency = 5000;
  await fake.time.advance(2000);
  fake.deleteSession("session-of-1");
  fake.feed?.lose();
  fake.feed?.restore();
  fake.latency = 0;
  fake.fault = null;
  await fake.time.advance(5000);
  assert.deepEqual(transport.end, SESSION_ENDED);
});

test("only one round runs at a time, even if another check fails meanwhile", async () => {
  const fake = new FakeNode({ hasFeed: true });
  fake.visit(1);
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.latency = 20_000;
  fake.feed?.say("resync");
  await fake.time.advance(100);
  const asked = fake.asked.length;
  fake.latency = 0;
  fake.fault = AWAY;
  fake.feed?.say('users ["1"]');
  await fake.time.advance(15_000);
  assert.equal(fake.asked.length, asked + 1, "the hint's own question, and no round beside the first");
});

test("a closed node closes its sockets, sends no more queries, and leaves no timer", async () => {
  const fake = new FakeNode({ hasFeed: true });
  const { transport } = fake.visit(1, "one", 60_000);
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.latency = 1000;
  fake.feed?.say("resync");
  await fake.time.advance(500);
  await fake.close();
  await fake.time.advance(3000);
  assert.equal(fake.time.pending, 0);
  const asked = fake.asked.length;
  await fake.time.advance(120_000);
  assert.equal(fake.asked.length, asked);
  assert.deepEqual(transport.end, [1012, "server_restart"]);
  assert.equal(fake.feed?.isClosed, true);
});

test("queries that fail after the node is closed are not reported as an outage", async () => {
  const fake = new FakeNode({ hasFeed: true });
  fake.visit(1);
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.latency = 1000;
  fake.fault = AWAY;
  fake.feed?.say("resync");
  fake.feed?.say('users ["1"]');
  await fake.time.advance(500);
  await fake.close();
  await fake.time.advance(3000);
  assert.deepEqual(fake.told("auth.unavailable"), []);
});

test("after the grace period a node closes its sockets in batches, within a second", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  const sockets = Array.from({ length: 1250 }, (_, index) => fake.visit(index + 1));
  const open = (): number => sockets.filter(({ transport }) => transport.end === null).length;
  fake.fault = AWAY;
  await fake.time.advance(30_000 + 59_000);
  assert.equal(open(), 1250);
  const left: number[] = [];
  const after = fake.time.after.bind(fake.time);
  fake.time.after = (milliseconds, work) => {
    if (milliseconds === 0) left.push(open());
    return after(milliseconds, work);
  };
  await fake.time.advance(1000);
  assert.equal(open(), 0);
  assert.deepEqual(left.slice(-3), [250, 150, 50]);
});

test("after a single failed query, the check is retried within a second", async () => {
  const fake = new FakeNode({ hasFeed: true });
  const { transport } = fake.visit(1);
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.fault = AWAY;
  fake.deleteSession("session-of-1");
  fake.feed?.say(sessionsMessage("session-of-1"));
  await fake.time.advance(0);
  fake.fault = null;
  await fake.time.advance(750);
  assert.deepEqual(transport.end, SESSION_ENDED);
});

test("a round that fails after the last socket has closed does not block later rounds", async () => {
  const fake = new FakeNode({ hasFeed: true, revalidateInterval: 0 });
  const first = fake.visit(1);
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.latency = 3000;
  fake.fault = AWAY;
  fake.feed?.say("resync");
  await fake.time.advance(500);
  first.gone();
  await fake.time.advance(10_000);
  fake.latency = 0;
  fake.fault = null;
  const { transport } = fake.visit(2);
  fake.deleteSession("session-of-2");
  fake.feed?.lose();
  fake.feed?.restore();
  await fake.time.advance(5000);
  assert.deepEqual(transport.end, SESSION_ENDED);
});
