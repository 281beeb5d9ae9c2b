/** Changes that a process makes to logins reach its subscribers, until they unsubscribe. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createOwnChanges,
  observedSessions,
  observedUsers,
  type OwnChangesListener,
} from "../../../src/auth/core/own_changes.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import type { SessionStore, SessionWrite } from "../../../src/session/store.ts";
import type { UserStore } from "../../../src/users/store.ts";
import { MemoryStore } from "../session/memory_store.ts";

function listener(heard: string[], name: string): OwnChangesListener {
  return {
    sessionEnded: (key) => void heard.push(`${name}: ${key} ended`),
    sessionSaved: (key) => void heard.push(`${name}: ${key} saved`),
    sessionReplaced: (key) => void heard.push(`${name}: ${key} replaced`),
    userChanged: (id) => void heard.push(`${name}: user ${id}`),
    tokensEnded: (jtis) => void heard.push(`${name}: tokens ${jtis}`),
  };
}

/** The store as a plain object, which can be spread. */
function engine(store: MemoryStore): SessionStore {
  return {
    load: (key) => store.load(key),
    create: (key, write) => store.create(key, write),
    update: (key, change) => store.update(key, change),
    replace: (oldKey, newKey, change) => store.replace(oldKey, newKey, change),
    delete: (key) => store.delete(key),
    take: (key) => store.take(key),
    clearExpired: () => store.clearExpired(),
  };
}

const WRITE: SessionWrite = { payload: SessionPayload.EMPTY, expireDate: new Date(0) };

test("every subscriber receives a change, until it unsubscribes", async () => {
  const changes = createOwnChanges();
  const heard: string[] = [];
  const sessions = observedSessions(engine(new MemoryStore()), changes.announce);
  await sessions.delete("before");
  changes.subscribe(listener(heard, "one"));
  const leave = changes.subscribe(listener(heard, "two"));
  await sessions.create("abcdefgh", WRITE);
  await sessions.delete("abcdefgh");
  leave();
  await sessions.delete("abcdefgh");
  assert.deepEqual(heard, ["one: abcdefgh ended", "two: abcdefgh ended", "one: abcdefgh ended"]);
});

test("a subscriber may handle only some changes", () => {
  const changes = createOwnChanges();
  const heard: string[] = [];
  changes.subscribe({ userChanged: (id) => void heard.push(`user ${id}`) });
  const { announce } = changes;
  announce.sessionEnded("abcdefgh");
  announce.sessionSaved("abcdefgh");
  announce.sessionReplaced("abcdefgh");
  announce.tokensEnded(["a"]);
  announce.userChanged(7);
  assert.deepEqual(heard, ["user 7"]);
});

test("a session is announced if it is saved, replaced or taken, and not if it does not exist", async () => {
  const changes = createOwnChanges();
  const heard: string[] = [];
  changes.subscribe(listener(heard, "one"));
  const sessions = observedSessions(engine(new MemoryStore()), changes.announce);
  for (const isThere of [false, true]) {
    if (isThere) await sessions.create("abcdefgh", WRITE);
    await sessions.load("abcdefgh");
    await sessions.update("abcdefgh", () => WRITE);
    await sessions.replace("abcdefgh", "ijklmnop", () => WRITE);
    await sessions.take("ijklmnop");
  }
  assert.deepEqual(heard, ["one: abcdefgh saved", "one: abcdefgh replaced", "one: ijklmnop ended"]);
});

test("a changed user is announced, but not for last_login alone, or if no row was updated", async () => {
  const changes = createOwnChanges();
  const heard: string[] = [];
  changes.subscribe(listener(heard, "one"));
  let isThere = true;
  const users = observedUsers(
    { update: () => Promise.resolve(isThere) } as Partial<UserStore> as UserStore,
    changes.announce,
  );
  await users.update(7, { last_login: new Date(0) });
  await users.update(7, { last_login: new Date(0), email: "ada@example.com" });
  await users.update(8, { password: "hash" });
  isThere = false;
  await users.update(9, { is_active: false });
  assert.deepEqual(heard, ["one: user 7", "one: user 8"]);
});
