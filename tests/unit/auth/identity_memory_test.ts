/** The memory of the identity cache: entries are found until they are too old, and never after they are forgotten. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IdentityMemory } from "../../../src/auth/cache/identity_memory.ts";
import { shortHash } from "../../../src/crypto/short_hash.ts";
import type { UserRecord } from "../../../src/users/store.ts";

interface Row {
  readonly id: number;
  readonly name: string;
  readonly seen: Date;
}

const END = new Date(Date.UTC(2030, 0, 1));

function recordOf(id: number, name: string = "Ada", password: string = "hash"): UserRecord<Row> {
  return { row: { id, name, seen: new Date(0) }, password };
}

function memoryOf(entries: number): IdentityMemory<Row> {
  return new IdentityMemory<Row>(entries, "id");
}

describe("the identity memory", () => {
  test("returns a session with its expiry and its user", () => {
    const memory = memoryOf(10);
    memory.keepSession("key", END, recordOf(7), 100);
    const known = memory.session("key", 0);
    assert.deepEqual(known?.record, recordOf(7));
    assert.equal(known?.expireDate, END);
    assert.deepEqual(memory.user(7, 0), recordOf(7));
    assert.equal(memory.session("another", 0), null);
    assert.equal(memory.user(8, 0), null);
  });

  test("returns nothing older than requested", () => {
    const memory = memoryOf(10);
    memory.keepSession("key", END, recordOf(7), 100);
    assert.notEqual(memory.session("key", 100), null);
    assert.equal(memory.session("key", 101), null);
    assert.equal(memory.user(7, 101), null);
  });

  test("forgets a session by its key or hash, and no other session of its user", () => {
    for (
      const forget of [
        (memory: IdentityMemory<Row>) => memory.forgetSession("one"),
        (memory: IdentityMemory<Row>) => memory.forgetHash(shortHash("one")),
      ]
    ) {
      const memory = memoryOf(10);
      memory.keepSession("one", END, recordOf(7), 0);
      memory.keepSession("two", END, recordOf(7), 0);
      forget(memory);
      assert.equal(memory.session("one", 0), null);
      assert.notEqual(memory.session("two", 0), null);
      assert.notEqual(memory.user(7, 0), null);
    }
  });

  test("forgets all sessions of a forgotten user, whatever the type of the id", () => {
    const memory = memoryOf(10);
    memory.keepSession("one", END, recordOf(7), 0);
    memory.keepSession("two", END, recordOf(7), 0);
    memory.keepSession("other", END, recordOf(8), 0);
    memory.forgetUser("7");
    assert.equal(memory.session("one", 0), null);
    assert.equal(memory.session("two", 0), null);
    assert.equal(memory.user(7, 0), null);
    assert.notEqual(memory.session("other", 0), null);
  });

  test("keeps all sessions of a user who is read again with the same row", () => {
    const memory = memoryOf(10);
    memory.keepSession("one", END, recordOf(7), 0);
    memory.keepSession("two", END, recordOf(7), 50);
    assert.notEqual(memory.session("one", 0), null);
    assert.equal(memory.session("one", 50), null, "its own row was not read again");
    assert.notEqual(memory.user(7, 50), null);
  });

  test("drops the sessions of a user who is read again with a different row", () => {
    for (const changed of [recordOf(7, "Grace"), recordOf(7, "Ada", "another hash")]) {
      const memory = memoryOf(10);
      memory.keepSession("one", END, recordOf(7), 0);
      memory.keepUser(changed, 0);
      assert.equal(memory.session("one", 0), null);
      assert.deepEqual(memory.user(7, 0), changed);
      memory.keepSession("one", END, changed, 0);
      assert.deepEqual(memory.session("one", 0)?.record, changed);
    }
  });

  test("can keep a forgotten session again", () => {
    const memory = memoryOf(10);
    memory.keepSession("one", END, recordOf(7), 0);
    memory.forgetUser(7);
    memory.keepSession("one", END, recordOf(7), 0);
    assert.notEqual(memory.session("one", 0), null);
    memory.clear();
    assert.equal(memory.session("one", 0), null);
  });

  test("is bounded, and keeps the entries in use", () => {
    const memory = memoryOf(10);
    memory.keepSession("mine", END, recordOf(1000), 0);
    for (let id = 0; id < 200; id++) {
      memory.keepSession(`key-${id}`, END, recordOf(id), 0);
      assert.notEqual(memory.session("mine", 0), null);
    }
    const kept = Array.from({ length: 200 }, (_, id) => memory.session(`key-${id}`, 0));
    const count = kept.filter((known) => known !== null).length;
    assert.ok(count >= 8 && count <= 20, `${count} are kept`);
  });

  test("never returns a forgotten session, in 20,000 random steps", () => {
    const forgets: ((memory: IdentityMemory<Row>, id: number) => void)[] = [
      (memory, id) => memory.forgetUser(id),
      (memory, id) => memory.forgetHash(shortHash(`key-${id}`)),
      (memory, id) => memory.forgetSession(`key-${id}`),
    ];
    let seed = 1;
    const random = (below: number): number => {
      seed = Math.imul(seed, 1103515245) + 12345 & 0x7fffffff;
      return (seed >> 8) % below;
    };
    const memory = memoryOf(8);
    const ended = new Set<number>();
    for (let step = 0; step < 20_000; step++) {
      const id = random(24);
      const known = memory.session(`key-${id}`, 0);
      if (ended.has(id)) assert.equal(known, null, `step ${step}: ${id} has ended`);
      switch (random(4)) {
        case 0:
          forgets[random(forgets.length)]!(memory, id);
          ended.add(id);
          break;
        case 1:
          memory.keepUser(recordOf(id), 0);
          break;
        default:
          memory.keepSession(`key-${id}`, END, recordOf(id), 0);
          ended.delete(id);
      }
    }
  });
});
