/** Which unique value of a user is taken, according to the name of the violated constraint. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { UserExists } from "../../../src/account_errors.ts";
import type { Database } from "../../../src/database.ts";
import { DatabaseError } from "../../../src/errors.ts";
import { createDatabaseUsers } from "../../../src/stores/db_users.ts";
import { userTable } from "../../../src/users/user_table.ts";

const ABOUT_USERNAME = "A user with that username already exists";
const NEUTRAL = "A user with that username or another unique value already exists";

/** A database that refuses each statement, as for a taken value. */
function refusing(constraint: string | undefined): Database {
  const refuse = () => Promise.reject(new DatabaseError("Taken", "unique_violation", { constraint }));
  return { query: refuse, read: refuse, transaction: refuse, close: () => Promise.resolve() };
}

const CASES: readonly [constraint: string | undefined, message: string][] = [
  ["auth_user_username_key", ABOUT_USERNAME],
  ["auth_user_username_6821ab7c_uniq", ABOUT_USERNAME],
  ["auth_user_email_key", NEUTRAL],
  ["auth_user_email_1c89df09_uniq", NEUTRAL],
  ["auth_user_username_email_key", NEUTRAL],
  ["auth_user_username_email_6821ab7c_uniq", NEUTRAL],
  ["auth_user_username_key1", NEUTRAL],
  ["auth_user_pkey", NEUTRAL],
  ["other_username_key", NEUTRAL],
  ["auth_user_username_", NEUTRAL],
  ["", NEUTRAL],
  [undefined, NEUTRAL],
];

for (const [constraint, message] of CASES) {
  test(`a violation of ${constraint ?? "an unknown constraint"} is reported as: ${message}`, async () => {
    const users = createDatabaseUsers({ database: refusing(constraint), table: userTable() });
    for (
      const work of [() => users.insert({ username: "bob" }), () => users.update(1, { username: "bob" })]
    ) {
      await assert.rejects(work, (error) => {
        assert.ok(error instanceof UserExists);
        assert.deepEqual([error.message, error.constraint], [message, constraint]);
        return true;
      });
    }
  });
}
