/** What a recheck of a socket finds, and what then happens to the socket. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import type { User } from "../../../src/users/user.ts";
import { DAY, FakeNode, type FakeSocket } from "./fake_node.ts";

/** Milliseconds: longer than a revalidation interval with its second check. */
const ROUND = 31_000;

/** What ends a login, and the close reason of its sockets. */
const REFUSALS: readonly [reason: string, what: string, happen: (fake: FakeNode) => void][] = [
  ["session_ended", "its session was deleted", (fake) => fake.deleteSession("s")],
  ["session_ended", "its session was emptied", (fake) => fake.setSession("s", null)],
  ["session_ended", "another user logged in with its session", (fake) => {
    fake.setUser(2);
    fake.setSession("s", 2);
  }],
  ["session_expired", "its session has expired", (fake) => fake.extendSession("s", 1)],
  ["password_changed", "the password was changed", (fake) => fake.setUser(1, { password: "another" })],
  ["user_inactive", "the user was deactivated", (fake) => fake.setUser(1, { is_active: false })],
  ["user_not_found", "the user was deleted", (fake) => fake.deleteUser(1)],
];

for (const [reason, what, happen] of REFUSALS) {
  test(`when ${what}, a socket closes with ${reason}, and others stay open`, async () => {
    const fake = new FakeNode();
    const [socket, other] = [fake.visit(1, "s"), fake.visit(3)];
    const stranger = fake.open(null, null);
    happen(fake);
    await fake.time.advance(ROUND);
    assert.deepEqual(socket.transport.end, [4401, reason]);
    assert.deepEqual([other.transport.end, stranger.transport.end], [null, null]);
    assert.equal(fake.node.registry.size, 2);
    const [revoked, ...more] = fake.told("auth.revoked");
    assert.deepEqual(more, []);
    assert.deepEqual({ ...revoked, milliseconds: null }, {
      type: "auth.revoked",
      code: reason,
      occasion: "revalidation",
      userId: 1,
      socketId: socket.socket.id,
      milliseconds: null,
    });
  });
}

test("once a socket is being closed, only its close handler is called", async () => {
  const told: string[] = [];
  const fake = new FakeNode({
    handlers: {
      message: () => void told.push("message"),
      onIdentityChange: () => void told.push("change"),
      close: (_socket, code, reason) => void told.push(`close ${code} ${reason}`),
    },
  });
  const { connection, gone } = fake.visit(1, "s");
  fake.deleteSession("s");
  await fake.time.advance(ROUND);
  connection.received("what was under way");
  gone(4401, "session_ended");
  assert.deepEqual(told, ["close 4401 session_ended"]);
});

test("a failed check closes no socket", async () => {
  const fake = new FakeNode();
  const sockets = [1, 2, 3].map((id) => fake.visit(id));
  fake.deleteSession("session-of-1");
  fake.fault = new DatabaseUnavailable("away");
  await fake.time.advance(ROUND);
  assert.deepEqual(ends(sockets), [null, null, null]);
  assert.equal(fake.told("auth.unavailable").length, 1);
  assert.deepEqual(fake.told("auth.revoked"), []);
});

test("socket.user is that of the last check, and onIdentityChange receives the previous one", async () => {
  const changes: [before: User | null, now: User | null][] = [];
  const fake = new FakeNode({
    handlers: { onIdentityChange: (socket, before) => void changes.push([before, socket.user]) },
  });
  const [first, second] = [fake.visit(1, "one"), fake.visit(1, "two")];
  const before = first.socket.user;
  await fake.time.advance(ROUND);
  assert.equal(first.socket.user, before, "what has not changed is the same object");
  assert.equal(changes.length, 0);
  fake.setUser(1, { is_staff: true, email: "one@example.com" });
  await fake.time.advance(ROUND);
  assert.equal(first.socket.user?.is_staff, true);
  assert.equal(second.socket.user?.email, "one@example.com");
  assert.equal(changes.length, 2);
  assert.deepEqual(changes.map(([was, is]) => [was?.is_staff, is?.is_staff]), [[false, true], [false, true]]);
  await fake.time.advance(ROUND);
  assert.equal(changes.length, 2, "told once");
  assert.deepEqual(ends([first, second]), [null, null]);
});

test("changes of socket.user in memory are ignored: the database row decides", async () => {
  let changes = 0;
  const fake = new FakeNode({ handlers: { onIdentityChange: () => void changes++ } });
  const [active, inactive] = [fake.visit(1), fake.visit(2)];
  active.socket.user!.is_active = false;
  inactive.socket.user!.is_active = true;
  fake.setUser(2, { is_active: false });
  await fake.time.advance(ROUND);
  assert.deepEqual(ends([active, inactive]), [null, [4401, "user_inactive"]]);
  assert.equal(changes, 0, "the row of the first is as it was");
});

test("two concurrent checks of a socket report a change once", async () => {
  let changes = 0;
  const fake = new FakeNode({ hasFeed: true, handlers: { onIdentityChange: () => void changes++ } });
  fake.visit(1);
  fake.latency = 100;
  fake.setUser(1, { is_staff: true });
  fake.feed?.say('users ["1"]');
  fake.feed?.say('users ["1","1"]');
  await fake.time.advance(1000);
  assert.equal(changes, 1);
});

test("onIdentityChange may close the socket, and a throw closes it with 1011", async () => {
  const fake = new FakeNode({
    handlers: {
      onIdentityChange(socket) {
        if (socket.user?.is_staff === false) socket.close(4403, "no_longer_staff");
        else throw new Error("as tests do");
      },
    },
  });
  fake.setUser(1, { is_staff: true });
  const [fallen, risen] = [fake.visit(1), fake.visit(2)];
  fake.setUser(1, { is_staff: false });
  fake.setUser(2, { is_staff: true });
  await fake.time.advance(ROUND);
  assert.deepEqual(fallen.transport.end, [4403, "no_longer_staff"]);
  assert.deepEqual(risen.transport.end, [1011, "server_error"]);
  assert.deepEqual(fake.told("error").map(({ where }) => where), ["identityChange"]);
});

test("a password change closes the socket of the changing session with session_ended", async () => {
  const fake = new FakeNode({ hasFeed: true });
  const own = fake.visit(1, "own");
  const other = fake.visit(1, "other");
  fake.setUser(1, { password: "another" });
  fake.feed?.say('users ["1"]');
  await fake.time.advance(20);
  // Django replaces the session a moment after it wrote the password.
  fake.deleteSession("own");
  await fake.time.advance(100);
  assert.deepEqual(ends([own, other]), [[4401, "session_ended"], [4401, "password_changed"]]);
});

test("many sockets are checked in chunks, with pauses for other work", async () => {
  const fake = new FakeNode();
  const sockets: FakeSocket[] = [];
  for (let id = 1; id <= 2500; id++) sockets.push(fake.visit(id));
  let turns = 0;
  const immediate = fake.time.after.bind(fake.time);
  fake.time.after = (milliseconds, work) => {
    if (milliseconds === 0) turns++;
    return immediate(milliseconds, work);
  };
  fake.deleteSession("session-of-1");
  fake.deleteSession("session-of-2500");
  await fake.time.advance(ROUND);
  assert.ok(turns >= 2, `${turns} pauses`);
  assert.equal(fake.asked.filter((key) => typeof key === "string").length, 2500);
  assert.deepEqual(sockets.filter(({ transport }) => transport.end !== null), [sockets[0], sockets[2499]]);
});

test("a chunk is checked only when the previous one is done, to limit memory use", async () => {
  const fake = new FakeNode();
  for (let id = 1; id <= 2500; id++) fake.visit(id);
  fake.latency = 100;
  const asked: number[] = [];
  for (let time = 0; time < 2 * ROUND && asked.at(-1) !== 2500; time += 10) {
    await fake.time.advance(10);
    const sessions = fake.asked.filter((key) => typeof key === "string").length;
    if (sessions > 0) asked.push(sessions);
  }
  assert.deepEqual([...new Set(asked)], [600, 1200, 1800, 2400, 2500]);
  const times = [600, 1200, 1800, 2400].map((count) =>
    asked.filter((sessions) => sessions === count).length * 10
  );
  // Each chunk queries its sessions, and then their users.
  assert.ok(times.every((time) => time >= 200), `${times.join(" and ")} ms`);
});

test("sockets that open and close during a round do not disturb others", async () => {
  const fake = new FakeNode();
  const [first, second] = [fake.visit(1), fake.visit(2)];
  fake.latency = 100;
  await fake.time.advance(30_050);
  first.gone();
  const third = fake.visit(3);
  fake.deleteSession("session-of-1");
  fake.deleteSession("session-of-3");
  await fake.time.advance(60_000);
  assert.deepEqual(ends([first, second, third]), [null, null, [4401, "session_ended"]]);
  assert.deepEqual(fake.told("auth.revoked").map(({ userId }) => userId), [3]);
});

test("a socket without a user is never checked, nor is its anonymous session", async () => {
  const fake = new FakeNode();
  fake.setUser(1);
  fake.setSession("visitor", null, DAY);
  const visitor = fake.open(null, "visitor");
  fake.deleteSession("visitor");
  await fake.time.advance(2 * DAY);
  assert.equal(visitor.transport.end, null);
  assert.deepEqual(fake.asked, []);
});

function ends(sockets: readonly FakeSocket[]): FakeSocket["transport"]["end"][] {
  return sockets.map(({ transport }) => transport.end);
}
