/** The names of credentials: a mistake of the program is told from a field that a visitor left out. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { djangoAuth } from "../../../src/django_auth.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { PASSWORD, siteOptions, siteWith } from "./site.ts";

describe("authenticate()", () => {
  test("without the name of the username field is a mistake of the program, and says what is expected", async () => {
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
    // Django takes the parameter under this name whatever the field is called.
    await assert.rejects(own.authenticate({ username: "ada", password: PASSWORD }), {
      code: "user_not_found",
    });
    assert.deepEqual(events, []);
  });

  test("of a text is a mistake of the program, and quotes none", async () => {
    const { auth } = await siteWith();
    const authenticate = auth.authenticate as (...given: readonly unknown[]) => Promise<unknown>;
    for (const given of [["ada", PASSWORD], [undefined], [null], [["ada", PASSWORD]]]) {
      await assert.rejects(authenticate(...given), {
        name: "TypeError",
        message: "The credentials are not an object, expected { username, password }",
      });
    }
  });

  test("with a field that the form lacked is a refusal like any other", async () => {
    const { auth, events } = await siteWith();
    for (const username of [null, undefined, "", 7]) {
      await assert.rejects(auth.authenticate({ username, password: PASSWORD }), { code: "user_not_found" });
    }
    assert.equal(events.length, 4);
  });
});
