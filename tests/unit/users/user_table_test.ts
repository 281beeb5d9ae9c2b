/** The description of the user table, and invalid ones. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ImproperlyConfigured } from "../../../src/errors.ts";
import { RESERVED_NAMES, userTable, type UserTableOptions } from "../../../src/users/user_table.ts";
import { createUserFactory } from "../../../src/users/django_user.ts";
import { NO_PASSWORDS } from "./helpers.ts";

test("the default is Django's own table", () => {
  const table = userTable();
  assert.equal(table.table, "auth_user");
  assert.equal(table.schema, null);
  assert.equal(table.primaryKey, "id");
  assert.equal(table.primaryKeyType, "integer");
  assert.equal(table.usernameField, "username");
  assert.equal(table.emailField, "email");
  assert.equal(table.passwordField, "password");
  assert.deepEqual(Object.keys(table.columns), [
    "id",
    "last_login",
    "is_superuser",
    "username",
    "first_name",
    "last_name",
    "email",
    "is_staff",
    "is_active",
    "date_joined",
  ]);
});

test("a custom table is described by its columns", () => {
  const table = userTable({
    table: "accounts_user",
    schema: "site",
    columns: { uid: "uuid", login: "text", age: "integer?", enabled: "boolean" },
    primaryKey: "uid",
    usernameField: "login",
    activeField: "enabled",
  });
  assert.equal(table.table, "accounts_user");
  assert.equal(table.schema, "site");
  assert.equal(table.primaryKeyType, "uuid");
  assert.equal(table.emailField, null);
  assert.equal(table.activeField, "enabled");
  assert.deepEqual(table.columns, { uid: "uuid", login: "text", age: "integer?", enabled: "boolean" });
});

test("the password is never one of the columns, even if it is listed", () => {
  const table = userTable({
    columns: { id: "integer", password: "text", username: "text" },
    activeField: null,
  });
  assert.deepEqual(Object.keys(table.columns), ["id", "username"]);
});

test("changing the given columns does not change the description", () => {
  const columns: { id: "integer"; username: "text" } = { id: "integer", username: "text" };
  const table = userTable({ columns, activeField: null });
  Object.assign(columns, { is_active: "boolean" });
  assert.deepEqual(Object.keys(table.columns), ["id", "username"]);
});

test("invalid names and types are refused with the option's name", () => {
  const base = { id: "integer", username: "text", is_active: "boolean" };
  const bad: [object, RegExp][] = [
    [
      { usernameField: "nickname" },
      /^usernameField is "nickname", expected one of the columns: id, last_login/,
    ],
    [{ usernameField: "toString" }, /^usernameField is "toString"/],
    [{ usernameField: "password" }, /^usernameField is "password"/],
    [{ usernameField: "is_staff" }, /^usernameField "is_staff" is of type "boolean", expected text$/],
    [{ primaryKey: "uuid" }, /^primaryKey is "uuid"/],
    [{ primaryKey: "date_joined" }, /^primaryKey "date_joined" is of type "timestamp"/],
    [{ emailField: "mail" }, /^emailField is "mail"/],
    [{ table: "" }, /^table has the name ""/],
    [{ table: "auth\0user" }, /^table has the name/],
    [{ table: "x".repeat(64) }, /expected 1 to 63 bytes/],
    [{ table: 7 }, /^table has the name "7"/],
    [
      { table: 'crm"."people' },
      /^table has the name "crm"\."people", expected schema: "crm", table: "people"$/,
    ],
    [{ schema: "" }, /^schema has the name ""/],
    [{ columns: {} }, /^primaryKey is "id"/],
    [{ columns: { id: "integer", username: "text" } }, /^columns has no boolean "is_active"/],
    [{ columns: { ...base, is_active: "integer" } }, /^columns has no boolean "is_active"/],
    [{ columns: base, activeField: "enabled" }, /^columns has no boolean "enabled"/],
    [{ columns: { ...base, id: "integer?" } }, /^primaryKey "id" is of type "integer\?"/],
    [{ columns: { ...base, id: "int" } }, /^columns\.id is "int", expected "integer"$/],
    [{ columns: { ...base, id: "BigAutoField" } }, /^columns\.id is "BigAutoField", expected "bigint"$/],
    [{ columns: { ...base, age: "int?" } }, /^columns\.age is "int\?", expected "integer\?"$/],
    [{ columns: { ...base, age: "varchar" } }, /^columns\.age is "varchar", expected "text"$/],
    [{ columns: { ...base, age: "BooleanField" } }, /^columns\.age is "BooleanField", expected "boolean"$/],
    [
      { columns: { ...base, age: "money" } },
      /^columns\.age is "money", expected one of integer, bigint, uuid, .+, json, with \? where it may be null$/,
    ],
    [{ columns: { ...base, age: null } }, /^columns\.age is "null", expected one of integer, /],
    [
      { USERNAME_FIELD: "email" },
      /^userTable\.USERNAME_FIELD is not an option, did you mean userTable\.usernameField\?$/,
    ],
    [
      { activefield: null },
      /^userTable\.activefield is not an option, did you mean userTable\.activeField\?$/,
    ],
    [{ db_table: "people" }, /^userTable\.db_table is not an option, did you mean userTable\.table\?$/],
    [{ managed: false }, /^userTable\.managed is not an option, expected one of table, schema, /],
    [{ columns: { ...base, "": "text" } }, /^columns has the name ""/],
    [{ columns: { ...base, password: "json" } }, /^columns\.password is "json", expected "text"$/],
    [
      { columns: { ...base, save: "text" } },
      /^columns contains "save", which is a member of users, expected another name/,
    ],
    [{ columns: { ...base, ["__proto__"]: "text" } }, /^columns contains "__proto__"/],
    [{ columns: { ...base, constructor: "text" } }, /^columns contains "constructor"/],
  ];
  for (const [options, message] of bad) {
    const isRefusal = (error: unknown) =>
      error instanceof ImproperlyConfigured && message.test(error.message);
    assert.throws(() => userTable(options as UserTableOptions<never, never>), isRefusal, String(message));
  }
});

test("every member of a user is a reserved name", () => {
  const user = createUserFactory({
    table: userTable({ columns: { id: "integer", username: "text" }, activeField: null }),
    store: { update: () => Promise.resolve(true) },
    passwords: NO_PASSWORDS,
  })({ row: { id: 1, username: "ada" }, password: "" });
  const members = Object.getOwnPropertyNames(Object.getPrototypeOf(user));
  assert.ok(members.includes("checkPassword"));
  const free = members.filter((name) => !RESERVED_NAMES.has(name));
  assert.deepEqual(free, ["constructor", "password", "toString"]);
});
