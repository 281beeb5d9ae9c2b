/** The names of credentials: a programming error is distinguished from a field that a visitor left out. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { djangoAuth } from "../../../src/django_auth.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { PASSWORD, siteOptions, siteWith } from "./site.ts";

describe("authenticate()", () => {
  test("throws a TypeError that names the expected fields if the username field is missing", async () => {
    const { auth, events } = await siteWith();
    await assert.rejects(auth.authenticate({ email: "ada@example.com", password: PASSWORD }), {
      name: "TypeError",
      message: "authenticate() got { email, password }, expected { username, password }",
    });
    const users = userTable({
      columns: { id: "integer", email: "text", is_active: "boolean" },
      usernameField: "email",
    });
    const own = djangoAuth({ ...siteOptions(new MemoryDatabase()), users });
    await assert.rejects(own.authenticate({ name: "ada", password: PASSWORD }), {
      name: "TypeError",
      message: "authenticate() got { name, password }, expected { email, password }",
    });
    // Like Django, it accepts the parameter `username` whatever the field is called.
    await assert.rejects(own.authenticate({ username: "ada", password: PASSWORD }), {
      code: "user_not_found",
    });
    assert.deepEqual(events, []);
  });

  test("throws a TypeError without quoting the arguments if they are not an object", async () => {
    const { auth } = await siteWith();
    const authenticate = auth.authenticate as (...given: readonly unknown[]) => Promise<unknown>;
    for (const given of [["ada", PASSWORD], [undefined], [null], [["ada", PASSWORD]]]) {
      await assert.rejects(authenticate(...given), {
        name: "TypeError",
        message: "The credentials are not an object, expected { username, password }",
      });
    }
  });

  test("refuses an empty or missing username value like an unknown one", async () => {
    const { auth, events } = await siteWith();
    for (const username of [null, undefined, "", 7]) {
      await assert.rejects(auth.authenticate({ username, password: PASSWORD }), { code: "user_not_found" });
    }
    assert.equal(events.length, 4);
  });
});
