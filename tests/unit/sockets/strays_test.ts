/** Sockets whose check throws although the database answers, because one of their rows cannot be read. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseError, DatabaseUnavailable } from "../../../src/errors.ts";
import { FakeNode, type FakeSocket, sessionsMessage } from "./fake_node.ts";

const SESSION_ENDED = [4401, "session_ended"];
const SERVER_ERROR = [1011, "server_error"];
const BROKEN = new DatabaseError("The database answered SQLSTATE XX001");

function ends(sockets: readonly FakeSocket[]): FakeSocket["transport"]["end"][] {
  return sockets.map(({ transport }) => transport.end);
}

test("an unreadable row closes its own socket after the grace period, and is no outage for others", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  const sockets: FakeSocket[] = [];
  for (let id = 1; id <= 1250; id++) sockets.push(fake.visit(id));
  fake.faults.set(1, new RangeError("nested too deeply"));
  fake.deleteSession("session-of-1250");
  await fake.time.advance(31_000);
  assert.deepEqual(ends([sockets[0]!, sockets[1249]!]), [null, SESSION_ENDED]);
  assert.deepEqual(fake.told("sockets.revalidated").map(({ sockets }) => sockets), [1250]);
  await fake.time.advance(58_000);
  assert.equal(sockets[0]!.transport.end, null);
  await fake.time.advance(2000);
  assert.deepEqual(sockets[0]!.transport.end, SERVER_ERROR);
  await fake.time.advance(600_000);
  assert.deepEqual(ends(sockets.slice(1, -1)).filter((end) => end !== null), []);
  assert.deepEqual(fake.told("auth.unavailable"), []);
  assert.deepEqual(fake.told("error").map(({ where, error }) => [where, String(error)]), [
    ["revalidation", "RangeError: nested too deeply"],
  ]);
});

test("a row that becomes readable again gets a new grace period for its next failure", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  const { transport } = fake.visit(1);
  for (let turn = 0; turn < 4; turn++) {
    fake.faults.set("session-of-1", BROKEN);
    await fake.time.advance(45_000);
    fake.faults.clear();
    await fake.time.advance(45_000);
  }
  assert.equal(transport.end, null);
  assert.ok(fake.told("error").length > 1);
  fake.deleteSession("session-of-1");
  await fake.time.advance(31_000);
  assert.deepEqual(transport.end, SESSION_ENDED);
});

test("an unreadable row is checked again even without rounds", async () => {
  for (const [isRepaired, expected] of [[true, SESSION_ENDED], [false, SERVER_ERROR]] as const) {
    const fake = new FakeNode({ revalidateInterval: 0, hasFeed: true, outageGrace: 45 });
    const [socket, other] = [fake.visit(1), fake.visit(2)];
    fake.feed?.restore();
    await fake.time.advance(2000);
    fake.faults.set("session-of-1", BROKEN);
    fake.deleteSession("session-of-1");
    fake.feed?.say(sessionsMessage("session-of-1"));
    await fake.time.advance(10_000);
    assert.equal(socket.transport.end, null);
    if (isRepaired) fake.faults.clear();
    await fake.time.advance(36_000);
    assert.deepEqual(ends([socket, other]), [expected, null]);
    await fake.time.advance(120_000);
    assert.equal(fake.told("error").length, 1);
  }
});

test("a row that becomes unreadable while others are rechecked is not forgotten", async () => {
  const fake = new FakeNode({ revalidateInterval: 0, hasFeed: true, outageGrace: 45 });
  const sockets = [fake.visit(1), fake.visit(2)];
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.faults.set("session-of-1", BROKEN);
  fake.faults.set("session-of-2", BROKEN);
  fake.feed?.say(sessionsMessage("session-of-1"));
  await fake.time.advance(29_800);
  fake.latency = 500;
  fake.feed?.say(sessionsMessage("session-of-2"));
  await fake.time.advance(20_000);
  assert.deepEqual(ends(sockets), [SERVER_ERROR, null]);
  await fake.time.advance(70_000);
  assert.deepEqual(ends(sockets), [SERVER_ERROR, SERVER_ERROR]);
});

test("an outage closes no socket early because of an unreadable row", async () => {
  const fake = new FakeNode({ outageGrace: 60 });
  const { transport } = fake.visit(1);
  fake.faults.set(1, BROKEN);
  await fake.time.advance(35_000);
  fake.fault = new DatabaseUnavailable("away");
  await fake.time.advance(57_000);
  assert.equal(transport.end, null);
  fake.fault = null;
  fake.faults.clear();
  await fake.time.advance(300_000);
  assert.equal(transport.end, null);
});

test("an error of a whole batch of queries is reported once", async () => {
  const fake = new FakeNode();
  for (let id = 1; id <= 20; id++) fake.visit(id);
  fake.fault = new DatabaseError("permission denied for table django_session", "database_permission_denied");
  await fake.time.advance(100_000);
  assert.deepEqual(fake.told("error").map(({ error }) => error), [fake.fault]);
});

test("a node that is empty or closed keeps no timer for unreadable rows", async () => {
  for (const close of [false, true]) {
    const fake = new FakeNode();
    const { gone } = fake.visit(1);
    fake.faults.set(1, BROKEN);
    await fake.time.advance(31_000);
    if (close) await fake.close();
    else gone();
    assert.equal(fake.time.pending, 0);
  }
});
