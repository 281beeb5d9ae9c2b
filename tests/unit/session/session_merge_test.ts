/** Concurrent changes of a session by several servers: how saves and changes merge. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "./memory_store.ts";
import { KEY, loadedIn, put, sessionIn, storeWith } from "./session_in_memory.ts";

test("a save writes only its own changes to the current row", async () => {
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

test("an object that others changed is not overwritten with our unchanged copy", async () => {
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

test("changes inside an object are saved, before and after another save", async () => {
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

test("a change made during a save is saved the next time", async () => {
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

test("clear also removes what others have set meanwhile", async () => {
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

test("clear during a load takes precedence", async () => {
  const session = sessionIn(storeWith('{"a":1}'));
  const loading = session.load();
  session.clear();
  await loading;
  assert.deepEqual(session.keys(), []);
});

test("no concurrent change is lost", async () => {
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

test("a change includes earlier unsaved changes, and writes nothing when it throws", async () => {
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

test("change creates a new session", async () => {
  const store = new MemoryStore();
  const session = sessionIn(store, null);
  session.set("a", 1);
  await session.change((draft) => draft.set("b", 2));
  assert.equal(store.text(session.sessionKey!), '{"a":1,"b":2}');
  assert.equal(session.modified, true);
});
