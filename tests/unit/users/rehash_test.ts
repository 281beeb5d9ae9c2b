/** A better hash for a right password: written where that may be, and no hard work where it may not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseError, DatabaseUnavailable, DjauthError } from "../../../src/errors.ts";
import { createUserFactory } from "../../../src/users/django_user.ts";
import type { User } from "../../../src/users/user.ts";
import { type DjangoUserRow, userTable } from "../../../src/users/user_table.ts";
import { type MemoryRow, memoryRow, NO_PASSWORDS } from "./helpers.ts";

interface Home {
  readonly memory: MemoryRow<DjangoUserRow>;
  /** Passwords that were hashed. */
  readonly hashed: unknown[];
  /** The user, read anew. */
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

test("a role that may write is asked once, without a change, and then only writes", async () => {
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

test("a role that may not write checks passwords, and never hashes one for nothing", async () => {
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

test("one djauth that may not write keeps no other from it", async () => {
  const [reader, writer] = [makeHome(), makeHome()];
  reader.memory.update = () => Promise.reject(new DatabaseError("No right", "database_permission_denied"));
  assert.equal(await reader.find().checkPassword("x"), true);
  assert.equal(await writer.find().checkPassword("x"), true);
  assert.deepEqual(writer.memory.writes, [{ password: "fresh$x" }]);
});

test("a right password is right, too, while too many others wait to be hashed", async () => {
  const { memory } = makeHome();
  const passwords = {
    ...NO_PASSWORDS,
    makePassword: () => Promise.reject(new DjauthError("server_busy", "Too many")),
  };
  const user = createUserFactory({ table: userTable(), store: memory, passwords })(memory.record!);
  assert.equal(await user.checkPassword("x"), true);
  assert.deepEqual([user.password, memory.writes], ["stale$x", []]);
});

test("a database that is away is asked again the next time", async () => {
  const home = makeHome();
  const { update } = home.memory;
  home.memory.update = () => Promise.reject(new DatabaseUnavailable());
  await assert.rejects(home.find().checkPassword("x"), DatabaseUnavailable);
  assert.deepEqual(home.hashed, []);
  home.memory.update = update;
  assert.equal(await home.find().checkPassword("x"), true);
  assert.deepEqual(home.memory.writes, [{ password: "fresh$x" }]);
});
