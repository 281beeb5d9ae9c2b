/** What a session does to its storage, and when. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SessionError } from "../../../src/errors.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import { Session } from "../../../src/session/session.ts";
import { objectText, pythonMembers } from "../internal/python_texts.ts";
import { MemoryStore } from "./memory_store.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");
const KEY = "k".repeat(32);
const SETTINGS = { cookieAge: 1000, expireAtBrowserClose: false, useTz: true, timeZone: "UTC" };

function storeWith(text: string): MemoryStore {
  const store = new MemoryStore();
  put(store, text);
  return store;
}

function put(store: MemoryStore, text: string): void {
  store.rows.set(KEY, { payload: SessionPayload.fromText(text)!, expireDate: new Date(NOW + 1000) });
}

function sessionIn(store: MemoryStore, sessionKey: string | null = KEY): Session {
  return new Session({ store, sessionKey, settings: SETTINGS, clock: { now: () => NOW } });
}

async function loadedIn(store: MemoryStore): Promise<Session> {
  const session = sessionIn(store);
  await session.load();
  return session;
}

const isDeleted = (error: unknown): boolean =>
  error instanceof SessionError && error.code === "session_deleted";
const isTaken = (error: unknown): boolean => error instanceof SessionError && error.code === "session_exists";

test("it is loaded once, also when two ask at once", async () => {
  const store = storeWith('{"a":1}');
  const session = sessionIn(store);
  await Promise.all([session.load(), session.load()]);
  await session.load();
  assert.deepEqual(store.log, ["load"]);
  assert.equal(session.get("a"), 1);
});

test("what was loaded already is not asked for again", async () => {
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

test("a session that is not there is empty and has no key", async () => {
  const session = await loadedIn(new MemoryStore());
  assert.equal(session.sessionKey, null);
  assert.equal(session.isEmpty(), true);
  assert.deepEqual(session.keys(), []);
});

test("a session that has expired is empty and has no key, whoever loaded it", async () => {
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

test("a key that is too short is none, and no query", async () => {
  const store = new MemoryStore();
  const session = sessionIn(store, "1234567");
  await session.load();
  assert.equal(session.sessionKey, null);
  assert.deepEqual(store.log, []);
});

test("a new session gets a key when it is saved, and the row an end", async () => {
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

test("mustCreate does not overwrite", async () => {
  const store = storeWith('{"a":1}');
  const session = sessionIn(store);
  await assert.rejects(session.save({ mustCreate: true }), isTaken);
  assert.equal(store.text(KEY), '{"a":1}');
});

test("a session deleted meanwhile is not resurrected", async () => {
  const store = storeWith('{"a":1}');
  const session = await loadedIn(store);
  session.set("a", 2);
  store.rows.clear();
  await assert.rejects(session.save(), isDeleted);
  await assert.rejects(session.change(() => {}), isDeleted);
  await assert.rejects(sessionIn(store).save(), isDeleted);
  assert.equal(store.rows.size, 0);
});

test("a save writes only what changed over the row as it is by then", async () => {
  const store = storeWith('{"mine":1,"theirs":1,"gone":1,"10":1.0}');
  const session = await loadedIn(store);
  session.set("mine", 2);
  session.delete("gone");
  put(store, '{"mine":1,"theirs":2.0,"gone":1,"10":1.0,"new":3}');
  await session.save();
  assert.equal(store.text(KEY), '{"mine":2,"theirs":2.0,"10":1.0,"new":3}');
  assert.equal(session.get("theirs"), 2);
  assert.equal(session.get("new"), 3);
});

test("an object that others changed is not written back from our copy", async () => {
  const store = storeWith('{"list":[1],"n":1}');
  const session = await loadedIn(store);
  session.get("list");
  session.set("n", 2);
  put(store, '{"list":[1,2],"n":1}');
  await session.save();
  await session.save();
  assert.equal(store.text(KEY), '{"list":[1,2],"n":2}');
  assert.deepEqual(session.get("list"), [1, 2]);
});

test("what is changed inside of an object is saved, before and after another save", async () => {
  const store = storeWith('{"list":[1.0]}');
  const session = await loadedIn(store);
  const list = session.get("list") as number[];
  list.push(2);
  await session.save();
  assert.equal(store.text(KEY), '{"list":[1.0,2]}');
  list.push(3);
  await session.save();
  assert.equal(store.text(KEY), '{"list":[1.0,2,3]}');
});

test("what is changed while it is saved is saved the next time", async () => {
  const store = storeWith('{"a":1,"b":1}');
  const session = await loadedIn(store);
  session.set("a", 2);
  const saving = session.save();
  await Promise.resolve();
  await Promise.resolve();
  session.set("a", 3);
  session.delete("b");
  await saving;
  await session.save();
  assert.equal(store.text(KEY), '{"a":3}');
});

test("clear removes what others have set meanwhile, too", async () => {
  const store = storeWith('{"a":1}');
  const session = sessionIn(store);
  session.clear();
  session.set("b", 2);
  put(store, '{"a":1,"c":3}');
  await session.save();
  assert.equal(store.text(KEY), '{"b":2}');
  put(store, '{"b":2,"c":3}');
  session.set("d", 4);
  await session.save();
  assert.equal(store.text(KEY), '{"b":2,"c":3,"d":4}');
});

test("clear during a load wins", async () => {
  const session = sessionIn(storeWith('{"a":1}'));
  const loading = session.load();
  session.clear();
  await loading;
  assert.deepEqual(session.keys(), []);
});

test("flush leaves no data, no key and no row", async () => {
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

test("create stores what is there under a new key and leaves the old row", async () => {
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

test("forget drops what was not saved", async () => {
  const session = await loadedIn(storeWith('{"a":1}'));
  session.set("a", 2);
  session.forget();
  assert.equal(session.isLoaded, false);
  await session.load();
  assert.equal(session.get("a"), 1);
});

test("of many changes at once none is lost", async () => {
  const store = storeWith('{"n":0}');
  const sessions = [sessionIn(store), sessionIn(store), await loadedIn(store)];
  const results = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      sessions[index % 3]!.change(async (session) => {
        const n = session.get("n") as number + 1;
        await Promise.resolve();
        session.set("n", n);
        return n;
      })),
  );
  assert.equal(store.text(KEY), '{"n":30}');
  assert.equal(new Set(results).size, 30);
});

test("a change takes along what was changed before, and nothing when it throws", async () => {
  const store = storeWith('{"a":1}');
  const session = await loadedIn(store);
  session.set("b", 2);
  const failing = session.change((draft) => {
    draft.set("a", 9);
    throw new RangeError("no");
  });
  await assert.rejects(failing, RangeError);
  assert.equal(store.text(KEY), '{"a":1}');
  assert.equal(session.get("a"), 1);
  await session.change((draft) => draft.set("c", draft.get("b")));
  assert.equal(store.text(KEY), '{"a":1,"b":2,"c":2}');
  assert.equal(session.get("c"), 2);
});

test("a change of a new session creates it", async () => {
  const store = new MemoryStore();
  const session = sessionIn(store, null);
  session.set("a", 1);
  await session.change((draft) => draft.set("b", 2));
  assert.equal(store.text(session.sessionKey!), '{"a":1,"b":2}');
  assert.equal(session.modified, true);
});

test("one failure does not spoil the next call", async () => {
  const store = storeWith('{"a":1}');
  const session = sessionIn(store);
  store.load = () => Promise.reject(new Error("away"));
  await assert.rejects(session.load(), /away/);
  await assert.rejects(session.save(), /away/);
  assert.equal(session.sessionKey, KEY);
  store.load = MemoryStore.prototype.load;
  await session.load();
  assert.equal(session.get("a"), 1);
});

test("property: what was not touched is written back byte for byte", async () => {
  await fc.assert(fc.asyncProperty(pythonMembers, async (members) => {
    const store = storeWith(objectText(members));
    const session = await loadedIn(store);
    session.values();
    session.set("touched", true);
    await session.save();
    assert.equal(store.text(KEY), objectText([...new Map(members).set("touched", "true")]));
  }));
});
