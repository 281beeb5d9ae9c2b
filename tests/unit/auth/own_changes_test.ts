/** What a process itself does to logins reaches all who subscribed, and those who left no more. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createOwnChanges,
  observedSessions,
  type OwnChangesListener,
} from "../../../src/auth/core/own_changes.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
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

test("every subscriber hears of a change, until its subscription ends", async () => {
  const changes = createOwnChanges();
  const heard: string[] = [];
  const store = new MemoryStore();
  const sessions = observedSessions({
    load: (key) => store.load(key),
    create: (key, write) => store.create(key, write),
    update: (key, change) => store.update(key, change),
    replace: (oldKey, newKey, change) => store.replace(oldKey, newKey, change),
    delete: (key) => store.delete(key),
    take: (key) => store.take(key),
    clearExpired: () => store.clearExpired(),
  }, changes.announce);
  await sessions.delete("before");
  changes.subscribe(listener(heard, "one"));
  const leave = changes.subscribe(listener(heard, "two"));
  await sessions.create("abcdefgh", { payload: SessionPayload.EMPTY, expireDate: new Date() });
  await sessions.delete("abcdefgh");
  leave();
  await sessions.delete("abcdefgh");
  assert.deepEqual(heard, ["one: abcdefgh ended", "two: abcdefgh ended", "one: abcdefgh ended"]);
});
