/** Accounts: which columns a visitor may set, and which values a new user gets. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewUser } from "../../../src/auth/login/accounts.ts";
import { type DjangoAuth, djangoAuth } from "../../../src/django_auth.ts";
import { type DjangoUserRow, userTable } from "../../../src/users/user_table.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { PASSWORD, requestTo, siteOptions, siteWith, USERS } from "./site.ts";

const UNCHECKED = { csrf: false } as const;

function register(
  auth: DjangoAuth,
  values: Record<string, unknown>,
  fields?: readonly (keyof DjangoUserRow)[],
): Promise<unknown> {
  const context = auth.context(requestTo("/register", { method: "POST" }));
  const user = { username: "eve", password: PASSWORD, ...values } as NewUser<DjangoUserRow>;
  return auth.register(context, user, fields === undefined ? UNCHECKED : { ...UNCHECKED, fields });
}

describe("register()", () => {
  test("takes username, e-mail address, names and password, with Django's defaults for the rest", async () => {
    const { auth, database } = await siteWith({ clock: { now: () => Date.UTC(2026, 0, 2) } });
    await register(auth, { email: "Eve@EXAMPLE.com", first_name: "Eve", last_name: "N." });
    const { password, ...row } = database.rows(USERS)[1]!;
    assert.match(String(password), /^pbkdf2_sha256\$10\$/);
    assert.deepEqual(row, {
      ...{ id: "2", username: "eve", email: "Eve@example.com", first_name: "Eve", last_name: "N." },
      ...{ is_superuser: "false", is_staff: "false", is_active: "true" },
      date_joined: "2026-01-02T00:00:00.000Z",
    });
  });

  test("rejects an empty password, and so does changePassword()", async () => {
    const { auth, database } = await siteWith();
    await assert.rejects(register(auth, { password: "" }), {
      code: "invalid_user",
      message: "The password of a new user is empty",
    });
    assert.equal(database.rows(USERS).length, 1);
    const context = auth.context(requestTo("/password", { method: "POST" }));
    const change = auth.changePassword(context, { oldPassword: PASSWORD, newPassword: "" }, UNCHECKED);
    await assert.rejects(change, { code: "invalid_user", message: "The new password is empty" });
  });

  test("rejects other columns, so that a form passed on whole creates no administrator", async () => {
    const { auth, database } = await siteWith();
    for (
      const name of [
        ...["is_superuser", "is_staff", "is_active", "id", "last_login", "date_joined"],
        ...["credit", "csrfmiddlewaretoken", "toString"],
      ]
    ) {
      await assert.rejects(register(auth, { [name]: true }), {
        name: "TypeError",
        message:
          `register() does not take "${name}": name it in { fields } if a visitor may set it, or use createUser()`,
      });
    }
    assert.equal(database.rows(USERS).length, 1);
  });

  test("refuses values of another type than their column's, as any JSON may have them, before it hashes", async () => {
    const { auth } = await siteWith();
    const wrong = [{}, 5, null, true, ["x"]];
    for (
      const [name, values] of [["first_name", wrong], ["email", wrong], ["is_staff", [
        {},
        1,
        "true",
      ]]] as const
    ) {
      for (const value of values) {
        await assert.rejects(register(auth, { [name]: value }, ["is_staff"]), {
          name: "InvalidUser",
          message: `The ${name} of a new user cannot be stored, expected ${
            name === "is_staff" ? "true or false" : "a string without NUL"
          }`,
        });
      }
    }
  });

  test("takes the columns listed in fields, but never the primary key", async () => {
    const { auth, database } = await siteWith();
    await register(auth, { is_staff: true }, ["is_staff"]);
    assert.equal(database.rows(USERS)[1]!.is_staff, "true");
    await assert.rejects(register(auth, { is_superuser: true }, ["is_staff"]), TypeError);
    await assert.rejects(register(auth, {}, ["id"]), {
      name: "TypeError",
      message: 'register() never takes the primary key "id" in fields',
    });
  });

  test("uses the table's own username, e-mail and active fields", async () => {
    const database = new MemoryDatabase();
    const users = userTable({
      table: "members",
      columns: { id: "integer", mail: "text", nickname: "text", enabled: "boolean", level: "integer?" },
      usernameField: "mail",
      emailField: "mail",
      activeField: "enabled",
    });
    const auth = djangoAuth({ ...siteOptions(database), users });
    const context = auth.context(requestTo("/", { method: "POST" }));
    const eve = { mail: "eve@EXAMPLE.com", nickname: "Eve", password: null };
    await assert.rejects(auth.register(context, eve, UNCHECKED), /"nickname"/);
    await assert.rejects(
      auth.register(context, { ...eve, enabled: true }, { ...UNCHECKED, fields: ["nickname"] }),
      {
        name: "TypeError",
        message: /^register\(\) does not take "enabled"/,
      },
    );
    const user = await auth.register(context, eve, { ...UNCHECKED, fields: ["nickname"] });
    assert.deepEqual({ ...user }, {
      ...{ id: 1, mail: "eve@example.com", nickname: "Eve", enabled: true, level: null },
    });
    assert.equal(user.isActive, true);
  });

  test("requires a password, or null", async () => {
    const { auth, database } = await siteWith();
    const context = auth.context(requestTo("/register", { method: "POST" }));
    const says = (got: string) => ({
      name: "TypeError",
      message: `register() got ${got}, expected a string, or null for a user without a usable password`,
    });
    const user = { username: "eve" } as NewUser<DjangoUserRow>;
    await assert.rejects(auth.register(context, user), says("no password"));
    const list = { ...user, password: ["x"] as unknown as string };
    await assert.rejects(auth.register(context, list), says("a password of the type object"));
    assert.equal(database.rows(USERS).length, 1);
  });

  test("rejects a username that is taken, and a request that fails the CSRF check", async () => {
    const { auth, database } = await siteWith();
    await assert.rejects(register(auth, { username: "ada" }), { code: "user_exists", status: 409 });
    const context = auth.context(requestTo("/", { method: "POST" }));
    await assert.rejects(auth.register(context, { username: "eve", password: null }), {
      code: "csrf_failed",
    });
    assert.equal(database.rows(USERS).length, 1);
  });
});

test("findUserByNaturalKey() matches the username exactly", async () => {
  const { auth } = await siteWith();
  const ada = (await auth.findUserByNaturalKey("ada"))!;
  assert.deepEqual([ada.pk, ada.username], [1, "ada"]);
  for (const name of ["Ada", " ada", "ada ", "\uff41da", "nobody"]) {
    assert.equal(await auth.findUserByNaturalKey(name), null);
  }
});

describe("createUser()", () => {
  test("takes any column", async () => {
    const { auth } = await siteWith();
    const user = await auth.createUser({
      username: "root",
      password: null,
      is_superuser: true,
      is_active: false,
    });
    assert.deepEqual([user.is_superuser, user.isActive, user.hasUsablePassword()], [true, false, false]);
  });

  test("requires a username, and a password or null", async () => {
    const { auth } = await siteWith();
    for (const values of [{}, { username: "" }, { username: "a\0b" }]) {
      await assert.rejects(auth.createUser({ ...values, password: null }), {
        ...{ name: "InvalidUser", code: "invalid_user", status: 400 },
        message: "The username of a new user is missing or cannot be stored",
      });
    }
    await assert.rejects(auth.createUser({ username: "x" } as NewUser<DjangoUserRow>), {
      name: "TypeError",
      message: "A new user got no password, expected a string, or null for a user without a usable password",
    });
  });

  test("rejects an invalid date with an error that names its column", async () => {
    const { auth } = await siteWith({
      users: userTable({
        activeField: null,
        columns: { id: "integer", username: "text", born: "date?" },
      }) as never,
    });
    for (const born of ["", "2026-02-31", "0000-01-01", "27.11.2026"]) {
      await assert.rejects(auth.createUser({ username: "zoe", password: null, born } as never), {
        ...{ name: "InvalidUser", code: "invalid_user", status: 400 },
        message: "The born of a new user cannot be stored",
      });
    }
  });
});
