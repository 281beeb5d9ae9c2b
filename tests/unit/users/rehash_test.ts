/** Rehashing a correct password: written if the role may write, and skipped without any work if not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseError, DatabaseUnavailable, DjauthError } from "../../../src/errors.ts";
import { createUserFactory } from "../../../src/users/django_user.ts";
import type { User } from "../../../src/users/user.ts";
import { type DjangoUserRow, userTable } from "../../../src/users/user_table.ts";
import { type MemoryRow, memoryRow, NO_PASSWORDS } from "./helpers.ts";

interface Home {
  readonly memory: MemoryRow<DjangoUserRow>;
  /** The passwords that were hashed. */
  readonly hashed: unknown[];
  /** Reads the user again. */
  find(): User;
}

function makeHome(): Home {
  const memory = memoryRow<DjangoUserRow>({
    row: { id: 1, username: "ada" } as DjangoUserRow,
    password: "stale$x",
  });
  const hashed: unknown[] = [];
  const passwords = {
    ...NO_PASSWORDS,
    makePassword: (password: string | null) => {
      hashed.push(password);
      return NO_PASSWORDS.makePassword(password);
    },
  };
  const userOf = createUserFactory<DjangoUserRow>({ table: userTable(), store: memory, passwords });
  return { memory, hashed, find: () => userOf(memory.record!) };
}

test("a role that may write is probed once, with a write that matches no row", async () => {
  const home = makeHome();
  const { update } = home.memory;
  const asked: unknown[] = [];
  home.memory.update = (id, values, onlyIf) => {
    asked.push([values, onlyIf]);
    return update(id, values, onlyIf);
  };
  const rehash = [{ password: "fresh$x" }, { password: "stale$x" }];
  assert.equal(await home.find().checkPassword("x"), true);
  assert.deepEqual(asked, [[{ password: "stale$x" }, { password: "no hash" }], rehash]);
  assert.deepEqual(home.memory.writes, [{ password: "fresh$x" }]);
  home.memory.record = { ...home.memory.record!, password: "stale$x" };
  assert.equal(await home.find().checkPassword("x"), true);
  assert.deepEqual(asked.slice(2), [rehash]);
});

test("a role that may not write can check passwords, and never hashes one in vain", async () => {
  const home = makeHome();
  let asked = 0;
  home.memory.update = () => {
    asked += 1;
    return Promise.reject(new DatabaseError("No right", "database_permission_denied"));
  };
  for (let login = 0; login < 3; login++) {
    const user = home.find();
    assert.equal(await user.checkPassword("x"), true);
    assert.equal(user.password, "stale$x");
  }
  assert.deepEqual([asked, home.hashed], [1, []]);
});

test("a denied write in one instance does not affect another", async () => {
  const [reader, writer] = [makeHome(), makeHome()];
  reader.memory.update = () => Promise.reject(new DatabaseError("No right", "database_permission_denied"));
  assert.equal(await reader.find().checkPassword("x"), true);
  assert.equal(await writer.find().checkPassword("x"), true);
  assert.deepEqual(writer.memory.writes, [{ password: "fresh$x" }]);
});

test("a correct password verifies even if the hashing queue is full", async () => {
  const { memory } = makeHome();
  const passwords = {
    ...NO_PASSWORDS,
    makePassword: () => Promise.reject(new DjauthError("server_busy", "Too many")),
  };
  const user = createUserFactory({ table: userTable(), store: memory, passwords })(memory.record!);
  assert.equal(await user.checkPassword("x"), true);
  assert.deepEqual([user.password, memory.writes], ["stale$x", []]);
});

test("an unavailable database is tried again the next time", async () => {
  const home = makeHome();
  const { update } = home.memory;
  home.memory.update = () => Promise.reject(new DatabaseUnavailable());
  await assert.rejects(home.find().checkPassword("x"), DatabaseUnavailable);
  assert.deepEqual(home.hashed, []);
  home.memory.update = update;
  assert.equal(await home.find().checkPassword("x"), true);
  assert.deepEqual(home.memory.writes, [{ password: "fresh$x" }]);
});
