/** Logins and logouts over sockets at moments that a real site cannot reproduce: outages, and closes midway. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuth } from "../../../src/django_auth.ts";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import type { AnonymousRule, SocketUser } from "../../../src/sockets/socket/options.ts";
import type { DjangoSocket } from "../../../src/sockets/socket/socket.ts";
import type { SocketLogin } from "../../../src/sockets/socket/socket_login.ts";
import type { DjangoUserRow } from "../../../src/users/user_table.ts";
import type { User } from "../../../src/users/user.ts";
import type { MemoryRow } from "../auth/memory_database.ts";
import { addUser, requestTo, SESSIONS, siteWith, USERS } from "../auth/site.ts";
import { before, opened, revoked, turn, upgradeRequest, Wire } from "./socket_site.ts";

const MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend";
const keysOf = (rows: readonly MemoryRow[]) => rows.map((row) => String(row["session_key"]));

describe("a login over a socket", () => {
  test("that fails in the database leaves the socket unchanged, and can be retried", async () => {
    const { auth, database } = await siteWith();
    const { socket, wire } = await opened(auth);
    // Fails at the user, last_login, the session and its claim in turn.
    for (const [beginning, nth] of [["select", 1], ["update", 1], ["insert", 1], ["insert", 2]] as const) {
      let hits = 0;
      const { query } = database;
      database.query = (statement, parameters) => {
        const isHit = statement.startsWith(beginning) && ++hits === nth;
        return isHit
          ? Promise.reject(new DatabaseUnavailable())
          : query.call(database, statement, parameters);
      };
      await assert.rejects(socket.login({ userId: 1 }), DatabaseUnavailable);
      database.query = query;
      assert.deepEqual([socket.user, wire.ended, auth.sockets.ofUser(1)], [null, null, []], beginning);
    }
    const { user } = await socket.login({ userId: 1 });
    assert.equal(user.username, "ada");
    assert.deepEqual(auth.sockets.ofUser(1), [socket]);
    await auth.close();
  });

  test("that fails for the current user leaves the socket on its session", async () => {
    const { auth, database, events } = await siteWith();
    const { socket, wire } = await opened(auth);
    await socket.login({ userId: 1 });
    const key = socket.session.sessionKey!;
    database.fault = new DatabaseUnavailable();
    await assert.rejects(socket.login({ userId: 1 }), DatabaseUnavailable);
    await assert.rejects(socket.logout(), DatabaseUnavailable);
    database.fault = null;
    assert.equal(socket.user?.username, "ada");
    assert.deepEqual(auth.sockets.ofSession(key), [socket]);
    await auth.sessions.delete(key);
    await turn();
    assert.deepEqual(wire.ended, [4401, "session_ended"]);
    assert.deepEqual(revoked(events).map((event) => event.type === "auth.revoked" && event.occasion), [
      "node",
    ]);
    await auth.close();
  });

  test("whose session is deleted while its claim is written closes the socket", async () => {
    const { auth, database, events } = await siteWith();
    const { socket, wire } = await opened(auth);
    before(database, 'insert into "django_session"', () => {
      // The second row is the claim: by then the session exists.
      before(database, 'insert into "django_session"', async () => {
        const [key] = keysOf(database.rows(SESSIONS));
        await auth.sessions.delete(key!);
      });
    });
    await socket.login({ userId: 1 });
    await turn();
    assert.deepEqual(wire.ended, [4401, "session_ended"]);
    assert.equal(revoked(events).length, 1);
    assert.equal(auth.sockets.count, 0);
    await auth.close();
  });

  test("on a socket that closes meanwhile leaves no session behind", async () => {
    const { auth, database } = await siteWith();
    const { socket, wire, gone } = await opened(auth);
    before(database, 'insert into "django_session"', () => {
      wire.readyState = 3;
      gone();
    });
    await assert.rejects(socket.login({ userId: 1 }), { code: "socket_closed", status: 409 });
    assert.deepEqual(database.rows(SESSIONS), []);
    assert.deepEqual([auth.sockets.count, auth.sockets.ofUser(1)], [0, []]);
    await auth.close();
  });

  test("that fails in a handler because the client has left emits no error", async () => {
    const { auth, events } = await siteWith();
    const connector = auth.connector({
      anonymous: true,
      message: async (socket) => void await socket.login({ userId: 1 }),
    });
    const pending = await connector.connect(upgradeRequest(""), {});
    assert.ok(!(pending instanceof Response));
    const wire = new Wire();
    pending.connection.opened(wire);
    pending.connection.received("go");
    wire.readyState = 3;
    await turn();
    assert.deepEqual(events.filter(({ type }) => type === "error"), []);
    await auth.close();
  });

  test("throws a TypeError for a userId given together with a user, and logs nobody in", async () => {
    const { auth } = await siteWith();
    const { socket } = await opened(auth);
    const given = { user: await auth.findUser(1), userId: 1 };
    await assert.rejects(socket.login(given), {
      name: "TypeError",
      message: 'login() got "user" beside the userId, expected a user or { userId } alone',
    });
    assert.equal(socket.user, null);
    await auth.close();
  });

  test("throws a TypeError for an unknown backend or option, and changes nothing", async () => {
    const { auth, database } = await siteWith();
    const { socket } = await opened(auth);
    const expected = `expected one of "session", "${MODEL_BACKEND}"`;
    const mistakes = [
      [{ backend: "other" }, `backend is "other", ${expected}`],
      [{ backend: "jwt" }, `backend is "jwt", ${expected}`],
      [{ backends: "other" }, 'login() does not take "backends", did you mean backend?'],
      ["other", "login() got a string as its options, expected { backend }"],
    ] as const;
    for (const [options, message] of mistakes) {
      await assert.rejects(socket.login({ userId: 1 }, options as object), { name: "TypeError", message });
    }
    assert.equal(database.rows(USERS)[0]!["last_login"], null);
    await auth.close();
  });

  test("stores the model backend by default and for `session`, as auth.login() does", async () => {
    const { auth } = await siteWith({ authenticationBackends: ["axes.Backend", MODEL_BACKEND] });
    for (const options of [{}, { backend: "session" }]) {
      const { socket } = await opened(auth);
      await socket.login({ userId: 1 }, options);
      assert.equal(socket.session.get("_auth_user_backend"), MODEL_BACKEND);
    }
    await auth.close();
  });

  test("keeps its own socket open, and closes others of the flushed session once", async () => {
    const { auth, database, events } = await siteWith();
    const first = await opened(auth);
    await first.socket.login({ userId: 1 });
    const cookie = `sessionid=${first.socket.session.sessionKey}`;
    const second = await opened(auth, { cookie });
    assert.equal(second.socket.user?.username, "ada");
    // The session hash no longer matches: Django flushes such a session at the next login.
    const user = (await auth.findUser(1))!;
    await user.setPassword("another-Horse-2");
    database.rows(USERS)[0]!["password"] = user.password;
    await first.socket.login(user);
    await turn();
    assert.equal(first.wire.ended, null);
    assert.deepEqual(second.wire.ended, [4401, "session_ended"]);
    assert.equal(revoked(events).length, 1);
    assert.deepEqual(auth.sockets.ofUser(1), [first.socket]);
    await auth.close();
  });
});

test("a logout deletes the session of the socket's login, even if socket.session has changed", async () => {
  const { auth, database } = await siteWith();
  const { socket } = await opened(auth);
  await socket.login({ userId: 1 });
  const key = socket.session.sessionKey!;
  socket.session.sessionKey = null;
  await socket.logout();
  assert.equal(socket.user, null);
  assert.ok(!keysOf(database.rows(SESSIONS)).includes(key));
  await auth.close();
});

describe("a socket accepted by auth.upgrade()", () => {
  const accept = async <const Anonymous extends AnonymousRule>(
    auth: DjangoAuth,
    anonymous: Anonymous,
    cookie = "",
  ) => {
    const decision = await auth.upgrade(upgradeRequest(cookie), { anonymous });
    assert.ok(decision.accepted);
    const wire = new Wire();
    decision.connection.opened(wire);
    return { socket: decision.socket, wire };
  };

  test("logs in and out like any other", async () => {
    const { auth } = await siteWith();
    const { socket, wire } = await accept(auth, true);
    await socket.login({ userId: 1 });
    const cookie = `sessionid=${socket.session.sessionKey}`;
    assert.equal(socket.user?.username, "ada");
    // It is registered on its node like the sockets of an adapter.
    assert.deepEqual(auth.sockets.ofUser(1), [socket]);
    const strict = await accept(auth, false, cookie);
    await socket.logout();
    assert.deepEqual([socket.user, wire.ended, socket.session.sessionKey], [null, null, null]);
    await strict.socket.logout();
    assert.deepEqual(strict.wire.ended, [4401, "session_ended"]);
    // Its user type excludes null, and its close handler may still read the user.
    assert.equal(strict.socket.user.username, "ada");
    await auth.close();
  });
});

test("deleting a session on this node during an upgrade closes the new socket", async () => {
  const { auth, database } = await siteWith();
  const { socket } = await opened(auth);
  await socket.login({ userId: 1 });
  const key = socket.session.sessionKey!;
  const connector = auth.connector({
    // After the look-up, and before the socket is registered.
    data: async () => void await auth.sessions.delete(key),
  });
  const pending = await connector.connect(upgradeRequest(`sessionid=${key}`), {});
  assert.ok(!(pending instanceof Response));
  const wire = new Wire();
  pending.connection.opened(wire);
  await turn();
  assert.deepEqual(wire.ended, [4401, "session_ended"]);
  assert.equal(database.rows(SESSIONS).length, 1);
  await auth.close();
});

test("a check that started before a new login on the socket does not close it", async () => {
  const { auth, database, events } = await siteWith();
  const { socket, wire } = await opened(auth);
  await socket.login({ userId: 1 });
  const old = socket.session.sessionKey!;
  let answer: () => void = () => {};
  before(database, "select session_key", () => new Promise<void>((resolve) => answer = resolve));
  // The check of the deleted session waits for its answer, and the next login overtakes it.
  await auth.sessions.delete(old);
  await turn();
  await socket.login({ userId: 1 });
  answer();
  await turn();
  assert.notEqual(socket.session.sessionKey, old);
  assert.deepEqual([wire.ended, revoked(events)], [null, []]);
  await auth.close();
});

test("creating a user or changing another one causes no check of a socket", async () => {
  const { auth, database, events } = await siteWith();
  await addUser(database, "bob");
  const { socket, wire } = await opened(auth);
  await socket.login({ userId: 1 });
  // The login itself causes one check.
  await turn(20);
  const statements = database.statements.length;
  await auth.createUser({ username: "eve", password: null });
  const bob = (await auth.findUser(2))!;
  bob.first_name = "Bob";
  await bob.save();
  await turn(200);
  assert.deepEqual([wire.ended, revoked(events)], [null, []]);
  // The insert, bob's look-up and bob's update: ada was not checked.
  assert.equal(database.statements.length - statements, 3);
  await auth.close();
});

test("the result of a login over a socket is typed", () => {
  type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
  const same = <A, B>(_isSame: Same<A, B>): void => {};
  type Guest = DjangoSocket<DjangoUserRow, undefined, SocketUser<DjangoUserRow, true>>;
  same<Awaited<ReturnType<Guest["login"]>>, SocketLogin<DjangoUserRow>>(true);
  same<SocketLogin<DjangoUserRow>["user"], User<DjangoUserRow>>(true);
  same<Guest["user"], User<DjangoUserRow> | null>(true);
  assert.equal(typeof same, "function");
});

test("claimPath must be a path, or null to disable it", async () => {
  const { auth } = await siteWith();
  for (const claimPath of ["claim", "", "/a?b", 7 as unknown as string]) {
    assert.throws(() => auth.connector({ claimPath }), {
      name: "ImproperlyConfigured",
      message: /^websocket\.claimPath is /,
    });
  }
  const of = (path: string, handlers = {}) => auth.connector(handlers).handlerFor(requestTo(path)) !== null;
  assert.deepEqual(
    [of("/.djauth/claim"), of("/.djauth/claim?a=1"), of("/.djauth/claims"), of("/x/.djauth/claim"), of("/")],
    [true, true, false, false, false],
  );
  assert.deepEqual([of("/own", { claimPath: "/own" }), of("/.djauth/claim", { claimPath: "/own" })], [
    true,
    false,
  ]);
  assert.equal(of("/.djauth/claim", { claimPath: null }), false);
  await auth.close();
});
