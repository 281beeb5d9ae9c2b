/** The rounds in which all sockets are looked at, and what an outage of the database does to them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseError, DatabaseUnavailable } from "../../../src/errors.ts";
import { FakeNode, sessionsMessage } from "./fake_node.ts";

const SESSION_ENDED = [4401, "session_ended"];
const TRY_AGAIN = [1013, "try_again_later"];
const AWAY = new DatabaseUnavailable("away");

/** When each round was over, in milliseconds. */
function rounds(fake: FakeNode): number {
  return fake.told("sockets.revalidated").length;
}

test("all sockets are looked at once in each interval, and never later", async () => {
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

test("an interval of zero means no rounds", async () => {
  const fake = new FakeNode({ revalidateInterval: 0 });
  const { transport } = fake.visit(1);
  fake.deleteSession("session-of-1");
  await fake.time.advance(7 * 24 * 3_600_000);
  assert.equal(transport.end, null);
  assert.deepEqual(fake.asked, []);
});

test("a node without sockets asks nothing, and one that has some again does", async () => {
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

test("an outage within the grace period closes nobody, and is told once", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  const sockets = [fake.visit(1), fake.visit(2)];
  fake.fault = AWAY;
  await fake.time.advance(30_000 + 59_000);
  fake.fault = null;
  await fake.time.advance(60_000);
  assert.deepEqual(sockets.map(({ transport }) => transport.end), [null, null]);
  assert.deepEqual(fake.told("auth.unavailable").map(({ error }) => error), [AWAY]);
});

test("after an outage the database is asked again within seconds, and tells who has left meanwhile", async () => {
  const fake = new FakeNode();
  const [left, stayed] = [fake.visit(1), fake.visit(2)];
  fake.fault = AWAY;
  await fake.time.advance(120_000);
  fake.deleteSession("session-of-1");
  fake.fault = null;
  await fake.time.advance(7500);
  assert.deepEqual([left.transport.end, stayed.transport.end], [SESSION_ENDED, null]);
});

test("an outage beyond the grace period closes with 1013 and never with 4401, and not who has no login", async () => {
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

test("a node that has given up looks again at who comes then, and bears the next outage as the first", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  // Somebody without a login, so that the node is never empty.
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

test("an outage is told by its code, whatever class a driver throws", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  const { transport } = fake.visit(1);
  fake.fault = new DatabaseError("away", "database_unavailable");
  await fake.time.advance(35_000);
  assert.equal(transport.end, null, "it lives on for the grace period");
  assert.deepEqual(fake.told("auth.unavailable").length, 1);
  assert.deepEqual(fake.told("error"), []);
});

test("an outage that comes and goes is as many outages, each with its grace", async () => {
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

test("without rounds an outage is noticed by a hint, and the database asked until it answers", async () => {
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

test("hints during an outage put the next question off no further", async () => {
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

test("who asks for a round while one is under way gets another after it", async () => {
  const fake = new FakeNode({ hasFeed: true });
  const { transport } = fake.visit(1);
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.latency = 1000;
  fake.feed?.say("resync");
  await fake.time.advance(500);
  // The round under way has read the row already.
  fake.deleteSession("session-of-1");
  fake.feed?.say("resync");
  await fake.time.advance(4000);
  assert.deepEqual(transport.end, SESSION_ENDED);
});

test("a round that was asked for urgently while one failed comes at once", async () => {
  const fake = new FakeNode({ hasFeed: true });
  const { transport } = fake.visit(1);
  fake.feed?.restore();
  await fake.time.advance(2000);
  // The second question of an outage, to a backend that stands still: it fails when its time is over.
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

test("one round is under way at a time, whatever fails beside it", async () => {
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

test("a node that was closed asks nothing more and keeps no process alive", async () => {
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
  assert.equal(transport.end, null);
  assert.equal(fake.feed?.isClosed, true);
});

test("the end of a node's own connections is told as no outage", async () => {
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

test("a node that gives up closes its sockets a few at a time, and has done so in a moment", async () => {
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

test("one connection that broke is no outage: the database is asked again in a moment", async () => {
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

test("a round that fails when the last socket has left keeps no later one away", async () => {
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
