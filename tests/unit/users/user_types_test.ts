/** The types inferred from a table's description. Most of this file is checked by the compiler. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { UserStore } from "../../../src/users/store.ts";
import { createUserFactory } from "../../../src/users/django_user.ts";
import type { User } from "../../../src/users/user.ts";
import {
  DJANGO_USER_COLUMNS,
  type DjangoUserRow,
  type UserTable,
  userTable,
} from "../../../src/users/user_table.ts";
import { NO_PASSWORDS } from "./helpers.ts";

/** Whether two types are identical, not only assignable. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the types are identical. */
function same<A, B>(_proof: Same<A, B>): void {}

type RowOf<Table> = Table extends UserTable<infer Row> ? Row : never;

test("the row type is inferred from the columns", () => {
  const table = userTable({
    columns: { id: "bigint", email: "text", nickname: "text?", joined: "timestamp", extra: "json" },
    usernameField: "email",
    activeField: null,
  });
  type Row = RowOf<typeof table>;
  same<Row["id"], bigint>(true);
  same<Row["email"], string>(true);
  same<Row["nickname"], string | null>(true);
  same<Row["joined"], Date>(true);
  same<keyof Row, "id" | "email" | "nickname" | "joined" | "extra">(true);

  const make = createUserFactory({ table, store: NO_STORE, passwords: NO_PASSWORDS });
  const user = make({
    row: { id: 1n, email: "a@b", nickname: null, joined: new Date(0), extra: 1 },
    password: "",
  });
  same<typeof user.id, bigint>(true);
  same<typeof user.nickname, string | null>(true);
  same<ReturnType<typeof user.getUsername>, string>(true);
  const nickname: string | null = user.get("nickname");
  assert.equal(nickname, null);
  user.nickname = "x";
  // @ts-expect-error a text is no number
  user.nickname = 7;
  // @ts-expect-error there is no such column
  assert.equal(user.nick, undefined);
  // @ts-expect-error there is no such column
  assert.equal(user.get("nick"), undefined);
  // @ts-expect-error the hash is set by setPassword()
  assert.throws(() => user.password = "x", TypeError);
});

test("Django's own table has Django's own row", () => {
  const table = userTable();
  same<RowOf<typeof table>, DjangoUserRow>(true);
  same<DjangoUserRow["id"], number>(true);
  same<DjangoUserRow["last_login"], Date | null>(true);
  same<User["username"], string>(true);
  assert.deepEqual([table.table, table.primaryKeyType, table.usernameField], [
    "auth_user",
    "integer",
    "username",
  ]);
  assert.deepEqual(table.columns, DJANGO_USER_COLUMNS);
  const renamed = userTable({ table: "people", usernameField: "email" });
  same<RowOf<typeof renamed>, DjangoUserRow>(true);
  assert.deepEqual([renamed.table, renamed.usernameField], ["people", "email"]);
  assert.deepEqual(renamed.columns, DJANGO_USER_COLUMNS);
});

test("the row type can be given explicitly", () => {
  interface Member {
    id: string;
    login: string;
    age: number | null;
  }
  const table = userTable<Member>({
    columns: { id: "uuid", login: "text", age: "integer?" },
    usernameField: "login",
    activeField: null,
  });
  same<RowOf<typeof table>, Member>(true);
  const names = { table: "members", usernameField: "login", activeField: null } as const;
  // @ts-expect-error a column of the row is missing
  assert.ok(userTable<Member>({ ...names, columns: { id: "uuid", login: "text" } }));
  // @ts-expect-error an age that may be null is no plain number
  assert.ok(userTable<Member>({ ...names, columns: { id: "uuid", login: "text", age: "integer" } }));
  // @ts-expect-error a login that may be NULL is no plain text
  assert.ok(userTable<Member>({ ...names, columns: { id: "uuid", login: "text?", age: "integer?" } }));
  // @ts-expect-error a text is no number
  assert.ok(userTable<Member>({ ...names, columns: { id: "integer", login: "text", age: "integer?" } }));
});

test("a given row type may be narrower than its columns", () => {
  interface Narrow {
    id: number;
    username: "ada" | "grace";
    settings: { dark: boolean } | null;
  }
  const table = userTable<Narrow>({
    columns: { id: "integer", username: "text", settings: "json?" },
    activeField: null,
  });
  same<RowOf<typeof table>, Narrow>(true);
  assert.deepEqual(table.columns, { id: "integer", username: "text", settings: "json?" });
});

test("a listed password is not part of the row", () => {
  const table = userTable({
    columns: { id: "integer", username: "text", password: "text" },
    activeField: null,
  });
  same<keyof RowOf<typeof table>, "id" | "username">(true);
  assert.deepEqual(table.columns, { id: "integer", username: "text" });
  assert.equal(table.passwordField, "password");
});

test("a table with another row type is not assignable", () => {
  const small = userTable({ columns: { id: "integer", username: "text" }, activeField: null });
  // @ts-expect-error the key is a number there and a bigint here
  const big: UserTable<{ id: bigint; username: string }> = small;
  assert.equal(big.primaryKeyType, "integer");
});

test("names of missing columns do not compile", () => {
  // @ts-expect-error usernameField is no column
  assert.throws(() => userTable({ columns: { id: "integer", email: "text" }, usernameField: "username" }));
  // @ts-expect-error primaryKey is no column
  assert.throws(() => userTable({ columns: { uid: "integer", username: "text" }, primaryKey: "id" }));
  // @ts-expect-error the password is no username
  assert.throws(() => userTable({ columns: { id: "integer", password: "text" }, usernameField: "password" }));
  // @ts-expect-error there is no such type
  assert.throws(() => userTable({ columns: { id: "integer", username: "varchar" } }));
  // @ts-expect-error Django's own table has no such column
  assert.throws(() => userTable({ usernameField: "nickname" }));
});

const NO_STORE: Pick<UserStore<never>, "update"> = { update: () => Promise.resolve(true) };
