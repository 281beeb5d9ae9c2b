/** Token logins during which the user changes: the row that was read first does not decide. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPasswords } from "../../../src/passwords/passwords.ts";
import type { MemoryDatabase } from "./memory_database.ts";
import { PASSWORD, QUICK_HASHERS, requestTo, USERS } from "./site.ts";
import { post, tokenSite } from "./token_site.ts";

const CREDENTIALS = { username: "ada", password: PASSWORD };

/** Changes ada's row right after it was read for a login, as if that login then waited for its turn. */
function changedMeanwhile(database: MemoryDatabase, columns: object): void {
  const query = database.query.bind(database);
  let isDone = false;
  database.query = async (statement, parameters) => {
    const rows = await query(statement, parameters);
    if (!isDone && statement.includes('"username" =')) {
      isDone = true;
      Object.assign(database.rows(USERS)[0]!, columns);
    }
    return rows;
  };
}

const encoded = (password: string) => createPasswords({ hashers: QUICK_HASHERS }).makePassword(password);

describe("a token login", () => {
  for (const path of ["/api/token/", "/api/token/sliding/"]) {
    test(`is refused if the password changes meanwhile, at ${path}`, async () => {
      const { auth, database } = await tokenSite();
      changedMeanwhile(database, { password: await encoded("another one") });
      const response = await post(auth, path, CREDENTIALS);
      assert.equal(response.status, 401);
      assert.deepEqual(await response.json(), {
        detail: "No active account found with the given credentials",
      });
      await auth.close();
    });

    test(`is refused if the user is deactivated meanwhile, at ${path}`, async () => {
      const { auth, database } = await tokenSite();
      changedMeanwhile(database, { is_active: "false" });
      assert.equal((await post(auth, path, CREDENTIALS)).status, 401);
      await auth.close();
    });

    test(`succeeds if another login rehashes the same password meanwhile, at ${path}`, async () => {
      const { auth, database } = await tokenSite();
      changedMeanwhile(database, { password: await encoded(PASSWORD) });
      assert.equal((await post(auth, path, CREDENTIALS)).status, 200);
      await auth.close();
    });
  }
});

test("login() makes no tokens if the password hash has changed since, or the user is deleted", async () => {
  const { auth, database } = await tokenSite();
  const user = await auth.authenticate(CREDENTIALS);
  const login = () => {
    const context = auth.context(requestTo("/", { method: "POST" }));
    return auth.login(context, user, { backend: "jwt", csrf: false });
  };
  assert.equal(await login(), user);
  Object.assign(database.rows(USERS)[0]!, { password: await encoded(PASSWORD) });
  await assert.rejects(login(), { code: "wrong_password", status: 401 });
  database.rows(USERS).length = 0;
  await assert.rejects(login(), { code: "wrong_password", status: 401 });
  await auth.close();
});
