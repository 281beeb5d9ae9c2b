/** A `setPassword()` that is not awaited, as Django's `set_password()` need not be. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createUserFactory } from "../../../src/users/django_user.ts";
import type { User } from "../../../src/users/user.ts";
import { DJANGO_USER_COLUMNS, type DjangoUserRow, userTable } from "../../../src/users/user_table.ts";
import { type MemoryRow, memoryRow, NO_PASSWORDS } from "./helpers.ts";

const TABLE = userTable({ columns: DJANGO_USER_COLUMNS });

function makeUser(passwords = NO_PASSWORDS): { user: User<DjangoUserRow>; memory: MemoryRow<DjangoUserRow> } {
  const row: DjangoUserRow = {
    id: 1,
    username: "ada",
    first_name: "",
    last_name: "",
    email: "",
    is_staff: false,
    is_active: true,
    is_superuser: false,
    last_login: null,
    date_joined: new Date("2026-01-02T03:04:05Z"),
  };
  const memory = memoryRow<DjangoUserRow>({ row, password: "stale$secret" });
  const user = createUserFactory({ table: TABLE, store: memory, passwords })(memory.record!);
  return { user, memory };
}

test("save writes a password that is still being hashed", async () => {
  for (const fields of [undefined, ["password"] as const]) {
    const { user, memory } = makeUser();
    void user.setPassword("new");
    await user.save(fields);
    assert.deepEqual(memory.writes, [{ password: "fresh$new" }]);
  }
});

test("save fails if the password that is being hashed cannot be, and works again afterwards", async () => {
  const makePassword = () => Promise.reject(new RangeError("too busy"));
  const { user, memory } = makeUser({ ...NO_PASSWORDS, makePassword });
  void user.setPassword("new");
  user.email = "ada@example.com";
  await assert.rejects(user.save(), RangeError);
  await assert.rejects(user.setPassword("new"), RangeError);
  await user.save();
  assert.deepEqual(memory.writes, [{ email: "ada@example.com" }]);
});
