/** When and how a session accesses its store. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SessionError } from "../../../src/errors.ts";
import { Session } from "../../../src/session/session.ts";
import { objectText, pythonMembers } from "../internal/python_texts.ts";
import { MemoryStore } from "./memory_store.ts";
import { KEY, loadedIn, NOW, sessionIn, storeWith } from "./session_in_memory.ts";

const isDeleted = (error: unknown): boolean =>
  error instanceof SessionError && error.code === "session_deleted";
const isTaken = (error: unknown): boolean => error instanceof SessionError && error.code === "session_exists";

test("it is loaded once, even by concurrent calls", async () => {
  const store = storeWith('{"a":1}');
  const session = sessionIn(store);
  await Promise.all([session.load(), session.load()]);
  await session.load();
  assert.deepEqual(store.log, ["load"]);
  assert.equal(session.get("a"), 1);
});

test("a session opened with its stored data is not loaded again", async () => {
  const store = storeWith('{"a":1}');
  const clock = { now: () => NOW };
  const session = new Session({ store, sessionKey: KEY, stored: store.rows.get(KEY)!, clock });
  await session.load();
  assert.deepEqual(store.log, []);
  assert.equal(session.get("a"), 1);
  const gone = new Session({ store, sessionKey: KEY, stored: null });
  assert.equal(gone.sessionKey, null);
  assert.equal(gone.isEmpty(), true);
});

test("a missing session is empty and has no key", async () => {
  const session = await loadedIn(new MemoryStore());
  assert.equal(session.sessionKey, null);
  assert.equal(session.isEmpty(), true);
  assert.deepEqual(session.keys(), []);
});

test("an expired session is empty and has no key, however it was loaded", async () => {
  const store = storeWith('{"a":1}');
  const stored = store.rows.get(KEY)!;
  const clock = { now: () => stored.expireDate.getTime() };
  const session = new Session({ store, sessionKey: KEY, clock });
  await session.load();
  for (const expired of [session, new Session({ store, sessionKey: KEY, stored, clock })]) {
    assert.equal(expired.sessionKey, null);
    assert.equal(expired.isEmpty(), true);
  }
  assert.equal(store.rows.size, 1);
});

test("a key that is too short is dropped without a query", async () => {
  const store = new MemoryStore();
  const session = sessionIn(store, "1234567");
  await session.load();
  assert.equal(session.sessionKey, null);
  assert.deepEqual(store.log, []);
});

test("a new session gets a key and an expiry date when it is saved", async () => {
  const store = new MemoryStore();
  const session = sessionIn(store, null);
  session.set("a", 1);
  await session.save();
  assert.match(session.sessionKey!, /^[a-z0-9]{32}$/);
  assert.equal(store.text(session.sessionKey!), '{"a":1}');
  assert.equal(store.rows.get(session.sessionKey!)!.expireDate.getTime(), NOW + 1_000_000);
  session.setExpiry(60);
  await session.save();
  assert.deepEqual(store.log, ["create", "update"]);
  assert.equal(store.rows.get(session.sessionKey!)!.expireDate.getTime(), NOW + 60_000);
});

test("a key that is taken is not used", async () => {
  const store = new MemoryStore();
  store.collisions = 2;
  const session = sessionIn(store, null);
  await session.save();
  assert.deepEqual(store.log, ["create", "create", "create"]);
  store.collisions = 100;
  await assert.rejects(sessionIn(store, null).save(), isTaken);
});

test("mustCreate does not overwrite an existing session", async () => {
  const store = storeWith('{"a":1}');
  const session = sessionIn(store);
  await assert.rejects(session.save({ mustCreate: true }), isTaken);
  assert.equal(store.text(KEY), '{"a":1}');
});

test("a session deleted meanwhile is not recreated", async () => {
  const store = storeWith('{"a":1}');
  const session = await loadedIn(store);
  session.set("a", 2);
  store.rows.clear();
  await assert.rejects(session.save(), isDeleted);
  await assert.rejects(session.change(() => {}), isDeleted);
  await assert.rejects(sessionIn(store).save(), isDeleted);
  assert.equal(store.rows.size, 0);
});

test("flush removes the data, the key and the row", async () => {
  const store = storeWith('{"a":1}');
  const session = await loadedIn(store);
  await session.flush();
  assert.equal(session.sessionKey, null);
  assert.equal(session.isEmpty(), true);
  assert.deepEqual([session.accessed, session.modified], [true, true]);
  assert.equal(store.rows.size, 0);
  await sessionIn(store, null).flush();
  assert.deepEqual(store.log, ["load", "delete"]);
});

test("cycleKey keeps the data under a new key and deletes the old row", async () => {
  const store = storeWith('{"10":1.0,"2":2}');
  const session = sessionIn(store);
  await session.cycleKey();
  assert.notEqual(session.sessionKey, KEY);
  assert.deepEqual([...store.rows.keys()], [session.sessionKey]);
  assert.equal(store.text(session.sessionKey!), '{"10":1.0,"2":2}');
  assert.equal(session.modified, true);
});

test("create stores the loaded data under a new key and keeps the old row", async () => {
  const store = storeWith('{"a":1}');
  const session = await loadedIn(store);
  await session.create();
  assert.equal(store.rows.size, 2);
  assert.equal(store.text(session.sessionKey!), '{"a":1}');
  const unread = sessionIn(store);
  await unread.create();
  assert.equal(store.text(unread.sessionKey!), "{}");
});

test("deleteStored deletes the row and keeps the data", async () => {
  const store = storeWith('{"a":1}');
  const session = await loadedIn(store);
  await session.deleteStored("another key");
  assert.equal(store.rows.size, 1);
  await session.deleteStored();
  assert.equal(store.rows.size, 0);
  assert.equal(session.get("a"), 1);
  assert.equal(session.sessionKey, KEY);
});

test("forget drops unsaved changes", async () => {
  const session = await loadedIn(storeWith('{"a":1}'));
  session.set("a", 2);
  session.forget();
  assert.equal(session.isLoaded, false);
  await session.load();
  assert.equal(session.get("a"), 1);
});

test("a failed load does not affect the next call", async () => {
  const store = storeWith('{"a":1}');
  const session = sessionIn(store);
  store.load = () => Promise.reject(new Error("away"));
  // An unhandled rejection of this promise would end the process.
  const dropped = session.load();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await assert.rejects(dropped, /away/);
  await assert.rejects(session.save(), /away/);
  assert.equal(session.sessionKey, KEY);
  store.load = MemoryStore.prototype.load;
  await session.load();
  assert.equal(session.get("a"), 1);
});

test("isJustStored is true after create until a change, or until the row is deleted", async () => {
  const session = await loadedIn(storeWith('{"list":[1]}'));
  assert.equal(session.isJustStored, false);
  await session.save();
  assert.equal(session.isJustStored, false);
  const changes: ((list: number[]) => unknown)[] = [
    () => session.set("b", 1),
    () => session.delete("b"),
    () => session.setExpiry(60),
    (list) => list.push(2),
    () => session.deleteStored(),
    () => session.forget(),
  ];
  for (const change of changes) {
    await session.create();
    const list = session.get("list") as number[];
    assert.equal(session.isJustStored, true, String(change));
    await change(list);
    assert.equal(session.isJustStored, false, String(change));
    await session.load();
  }
});

test("property: untouched members are written back byte for byte", async () => {
  await fc.assert(fc.asyncProperty(pythonMembers, async (members) => {
    const store = storeWith(objectText(members));
    const session = await loadedIn(store);
    session.values();
    session.set("touched", true);
    await session.save();
    assert.equal(store.text(KEY), objectText([...new Map(members).set("touched", "true")]));
  }));
});
