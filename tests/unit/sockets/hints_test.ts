/** Hints from the feed make a node check the database, and close no socket by themselves. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeNode, type FakeNodeOptions, type FakeSocket, sessionsMessage } from "./fake_node.ts";

const SESSION_ENDED = [4401, "session_ended"];

/** A node with a live feed and these sockets, after the check that follows a restored feed. */
async function listening(users: number[], options: FakeNodeOptions = {}): Promise<[FakeNode, FakeSocket[]]> {
  const fake = new FakeNode({ hasFeed: true, revalidateInterval: 0, ...options });
  const sockets = users.map((id) => fake.visit(id));
  fake.feed?.restore();
  await fake.time.advance(2000);
  fake.asked.length = 0;
  return [fake, sockets];
}

test("the feed is opened once, with the first socket", () => {
  const fake = new FakeNode({ hasFeed: true });
  assert.equal(fake.feed, null);
  fake.visit(1).gone();
  const { feed } = fake;
  assert.ok(feed);
  fake.visit(1);
  assert.equal(fake.feed, feed);
});

test("a hint of a deleted session closes its socket at once, and checks no other socket", async () => {
  const [fake, [ann, bob]] = await listening([1, 2]);
  fake.deleteSession("session-of-1");
  fake.feed?.say(sessionsMessage("session-of-1", "a-session-of-another-node"));
  await fake.time.advance(0);
  assert.deepEqual([ann?.transport.end, bob?.transport.end], [SESSION_ENDED, null]);
  assert.deepEqual(fake.asked, ["session-of-1"]);
  assert.deepEqual(fake.told("auth.revoked").map(({ occasion }) => occasion), ["feed"]);
});

test("a hint of a changed user checks all of the user's sockets", async () => {
  const [fake, [ann, bob]] = await listening([1, 2]);
  const tab = fake.visit(1, "another-session");
  fake.setUser(1, { is_active: false });
  fake.feed?.say('users ["1","77"]');
  await fake.time.advance(0);
  for (const { transport } of [ann!, tab]) assert.deepEqual(transport.end, [4401, "user_inactive"]);
  assert.equal(bob?.transport.end, null);
});

test("a false hint closes no socket", async () => {
  const [fake, sockets] = await listening([1, 2, 3]);
  fake.feed?.say(sessionsMessage("session-of-1", "session-of-2", "session-of-3"));
  fake.feed?.say('users ["1","2","3"]');
  fake.feed?.say("resync");
  await fake.time.advance(5000);
  assert.deepEqual(sockets.map(({ transport }) => transport.end), [null, null, null]);
  assert.equal(fake.told("auth.revoked").length, 0);
});

test("a flood of hints checks a socket only once at a time", async () => {
  const [fake, [ann]] = await listening([1, 2]);
  for (let count = 0; count < 2000; count++) fake.feed?.say(`users ["1","${count + 10}"]`);
  await fake.time.advance(1000);
  assert.equal(
    fake.asked.filter((key) => key === "session-of-1").length,
    2,
    "the second one for what came meanwhile",
  );
  assert.equal(ann?.transport.end, null);
});

test("a hint that arrives while its socket is checked is not lost, and delays no other socket", async () => {
  const [fake, [ann, bob]] = await listening([1, 2]);
  fake.feed?.say('users ["1"]');
  await fake.time.advance(0);
  fake.feed?.say('users ["1"]');
  fake.deleteSession("session-of-1");
  fake.feed?.say(sessionsMessage("session-of-1"));
  fake.deleteSession("session-of-2");
  fake.feed?.say(sessionsMessage("session-of-2"));
  await fake.time.advance(0);
  assert.deepEqual(bob?.transport.end, SESSION_ENDED);
  await fake.time.advance(50);
  assert.deepEqual(ann?.transport.end, SESSION_ENDED);
});

test("a resync message checks all sockets within moments", async () => {
  const [fake, [ann, bob]] = await listening([1, 2]);
  fake.deleteSession("session-of-2");
  fake.feed?.say("resync");
  await fake.time.advance(50);
  assert.deepEqual([ann?.transport.end, bob?.transport.end], [null, SESSION_ENDED]);
});

test("losing and restoring the feed each check all sockets within a second", async () => {
  const [fake, [ann, bob]] = await listening([1, 2]);
  fake.deleteSession("session-of-1");
  fake.feed?.lose();
  await fake.time.advance(1000);
  assert.deepEqual([ann?.transport.end, bob?.transport.end], [SESSION_ENDED, null]);
  // While the feed is lost there is no hint.
  fake.deleteSession("session-of-2");
  await fake.time.advance(10_000);
  assert.equal(bob?.transport.end, null);
  fake.feed?.restore();
  await fake.time.advance(1000);
  assert.deepEqual(bob?.transport.end, SESSION_ENDED);
  assert.equal(fake.told("feed.lost").length, 1);
  assert.deepEqual(fake.told("feed.restored").map(({ milliseconds }) => milliseconds), [0, 11_000]);
});

test("a hint that arrives during an upgrade is not missed", async () => {
  const [fake] = await listening([1]);
  fake.setUser(2);
  fake.setSession("s", 2);
  const open = fake.accept(2, "s");
  // The hint arrives before the socket is registered.
  fake.deleteSession("s");
  fake.feed?.say(sessionsMessage("s"));
  const { transport } = open();
  await fake.time.advance(0);
  assert.deepEqual(transport.end, SESSION_ENDED);
});

test("a socket is checked if the feed was lost during its upgrade", async () => {
  const [fake, [only]] = await listening([1]);
  only?.gone();
  fake.setUser(2);
  fake.setSession("s", 2);
  const open = fake.accept(2, "s");
  // Without an open socket nothing is checked, and the deletion causes no hint.
  fake.feed?.lose();
  fake.deleteSession("s");
  fake.feed?.restore();
  const { transport } = open();
  await fake.time.advance(0);
  assert.deepEqual(transport.end, SESSION_ENDED);
});

test("a socket is not checked again if no hint arrived during its upgrade", async () => {
  const [fake] = await listening([1]);
  fake.visit(2);
  await fake.time.advance(1000);
  assert.deepEqual(fake.asked, []);
});
