/** User input that cannot be saved. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseError } from "../../../src/errors.ts";
import { createUserFactory } from "../../../src/users/django_user.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { memoryRow, NO_PASSWORDS } from "./helpers.ts";

test("a value that does not fit its column is reported as invalid_user, and never quoted", async () => {
  const row = { id: 1, username: "ada", email: "ada@example.com", nickname: null as string | null };
  const memory = memoryRow<typeof row>({ row, password: "fresh$secret" });
  const columns = { id: "integer", username: "text", email: "text", nickname: "text?" } as const;
  const table = userTable({ columns, activeField: null });
  const user = createUserFactory({ table, store: memory, passwords: NO_PASSWORDS })(memory.record!);
  user.email = "half\ud800";
  const invalid = { name: "InvalidUser", code: "invalid_user", status: 400 };
  await assert.rejects(user.save(), { ...invalid, message: "The value of email cannot be stored" });
  await user.save([]);
  const tooLong = new DatabaseError("SQLSTATE 22001", "invalid_value", { sqlState: "22001" });
  memory.update = () => Promise.reject(tooLong);
  user.email = "x".repeat(300);
  const error = { ...invalid, cause: tooLong };
  await assert.rejects(user.save(), {
    ...error,
    message: "The value of email is too long or cannot be stored",
  });
  user.nickname = "x".repeat(300);
  await assert.rejects(user.save(), {
    ...error,
    message: "The value of email or nickname is too long or cannot be stored",
  });
  memory.update = () => Promise.reject(new DatabaseError("SQLSTATE 42P01"));
  await assert.rejects(user.save(), { name: "DatabaseError", code: "database_error" });
  assert.deepEqual(memory.writes, []);
});
