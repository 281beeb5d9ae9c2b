/** A login over a socket that an order or a limit closes midway: no order is missed, and no session is left behind. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { SESSIONS, siteWith } from "../auth/site.ts";
import { before, opened } from "./socket_site.ts";

const CLOSED = { code: "socket_closed", status: 409 };
const KICKED = [4409, "kicked"];
const KICK = { code: 4409, reason: "kicked" };
/** The last write of a login before the socket uses it. */
const SAVE = 'insert into "django_session"';

test("disconnecting the user who is logging in aborts the login", async () => {
  const { auth, database } = await siteWith();
  const { socket, wire } = await opened(auth);
  before(database, SAVE, () => auth.sockets.disconnect({ userId: 1 }, KICK));
  await assert.rejects(socket.login({ userId: 1 }), CLOSED);
  assert.deepEqual([wire.ended, auth.sockets.count], [KICKED, 0]);
  // The claim row remains for its thirty seconds, but names a session that is gone.
  const keys = database.rows(SESSIONS).map((row) => String(row["session_key"]));
  assert.equal(keys.includes(String(socket.session.sessionKey)), false);
  await auth.close();
});

for (const isFailing of [false, true]) {
  test(`disconnecting the session that a login ${isFailing ? "fails" : "stays"} on closes the socket`, async () => {
    const { auth, database } = await siteWith();
    const { socket, wire } = await opened(auth);
    await socket.login({ userId: 1 });
    const sessionKey = socket.session.sessionKey!;
    before(database, 'update "auth_user"', async () => {
      await auth.sockets.disconnect({ sessionKey }, KICK);
      assert.equal(wire.ended, null);
      if (isFailing) throw new DatabaseUnavailable();
    });
    await assert.rejects(socket.login({ userId: 1 }), isFailing ? DatabaseUnavailable : CLOSED);
    assert.deepEqual([wire.ended, auth.sockets.count], [KICKED, 0]);
    await auth.close();
  });
}

test("disconnecting another user does not affect a login", async () => {
  const { auth, database } = await siteWith();
  const { socket, wire } = await opened(auth);
  before(database, SAVE, () => auth.sockets.disconnect({ userId: 2 }, KICK));
  assert.equal((await socket.login({ userId: 1 })).user.pk, 1);
  assert.deepEqual([wire.ended, auth.sockets.count], [null, 1]);
  await auth.close();
});

test("a login that maxPerUser refuses leaves no session behind", async () => {
  const { auth, database } = await siteWith({ sockets: { maxPerUser: 1 } });
  const [first, second] = [await opened(auth), await opened(auth)];
  await first.socket.login({ userId: 1 });
  const sessionKey = first.socket.session.sessionKey!;
  await assert.rejects(second.socket.login({ userId: 1 }), CLOSED);
  assert.deepEqual([first.wire.ended, second.wire.ended], [null, [4429, "too_many_connections"]]);
  const users = database.rows(SESSIONS).map((row) => String(row["session_key"]));
  assert.equal(users.includes(sessionKey), true);
  assert.equal(users.includes(String(second.socket.session.sessionKey)), false);
  assert.equal(second.socket.session.sessionKey, null);
  await auth.close();
});
