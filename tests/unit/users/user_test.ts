/** The user object: its columns, what it never exposes, and what it writes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { DatabaseUnavailable, DjauthError } from "../../../src/errors.ts";
import { createUserFactory } from "../../../src/users/django_user.ts";
import type { User } from "../../../src/users/user.ts";
import type { UserRow } from "../../../src/users/columns.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { type MemoryRow, memoryRow, NO_PASSWORDS } from "./helpers.ts";

const COLUMNS = {
  id: "bigint",
  email: "text",
  nickname: "text?",
  is_active: "boolean",
  last_login: "timestamp?",
  settings: "json",
} as const;
type Row = UserRow<typeof COLUMNS>;

const TABLE = userTable({ columns: COLUMNS, usernameField: "email" });
const JOINED = new Date("2026-01-02T03:04:05.678Z");
const HUGE = 2n ** 62n;

function makeUser(password = "stale$secret"): { user: User<Row>; memory: MemoryRow<Row> } {
  const row: Row = {
    id: HUGE,
    email: "ada@example.com",
    nickname: null,
    is_active: true,
    last_login: JOINED,
    settings: { theme: { dark: true } },
  };
  const memory = memoryRow<Row>({ row: Object.freeze(row), password });
  const user = createUserFactory({ table: TABLE, store: memory, passwords: NO_PASSWORDS })(memory.record!);
  return { user, memory };
}

test("columns are properties of the user, in the table's order", () => {
  const { user } = makeUser();
  assert.deepEqual(Object.keys(user), ["id", "email", "nickname", "is_active", "last_login", "settings"]);
  assert.equal(user.id, HUGE);
  assert.equal(user.nickname, null);
  assert.deepEqual(user.last_login, JOINED);
  assert.equal(user.pk, HUGE);
  assert.equal(user.getUsername(), "ada@example.com");
  assert.equal(user.isAuthenticated, true);
});

test("columns can be read and changed by name", () => {
  const { user } = makeUser();
  assert.equal(user.get("email"), "ada@example.com");
  assert.equal(user.has("email"), true);
  assert.deepEqual(user.keys(), Object.keys(user));
  assert.deepEqual(user.entries().slice(0, 2), [["id", HUGE], ["email", "ada@example.com"]]);
  user.set("nickname", "Ada");
  assert.equal(user.nickname, "Ada");
  for (const name of ["password", "toString", "save", "nothing"]) {
    assert.equal(user.has(name), false);
    assert.equal(user.get(name as "email"), undefined);
    assert.throws(() => user.set(name as "email", "x"), RangeError);
  }
});

test("the password hash is not in any JSON, inspection, spread, clone or enumeration", () => {
  const { user } = makeUser("stale$SECRET");
  assert.equal(user.password, "stale$SECRET");
  const shown = [
    JSON.stringify(user),
    JSON.stringify({ user: [user] }),
    inspect(user),
    inspect({ user }, { showHidden: true, getters: true, depth: null }),
    inspect({ ...user }, { showHidden: true, getters: true }),
    inspect(structuredClone({ ...user })),
    inspect(structuredClone(user)),
    inspect(Object.assign({}, user)),
    inspect(Object.entries(user)),
    inspect(Object.getOwnPropertyDescriptors(user)),
    inspect(Reflect.ownKeys(user)),
    String(user),
    runtimeInspection(user),
  ];
  for (const text of shown) assert.doesNotMatch(text, /SECRET/);
  assert.match(inspect(user), /^DjangoUser \{\s+id: 4611686018427387904n/);
  const names: string[] = [];
  for (const name in user) names.push(name);
  assert.deepEqual(names, ["id", "email", "nickname", "is_active", "last_login", "settings"]);
});

test("a user is serialised to JSON, with a bigint key as text", () => {
  const { user } = makeUser();
  assert.deepEqual(JSON.parse(JSON.stringify(user)), {
    id: "4611686018427387904",
    email: "ada@example.com",
    nickname: null,
    is_active: true,
    last_login: "2026-01-02T03:04:05.678Z",
    settings: { theme: { dark: true } },
  });
});

test("the primary key cannot be changed", async () => {
  const { user } = makeUser();
  assert.throws(() => {
    user.id = 1n;
  }, TypeError);
  assert.throws(() => user.set("id", 1n), RangeError);
  await assert.rejects(user.save(["id"]), RangeError);
  assert.equal(user.pk, HUGE);
});

test("isActive is the value of the active column, and true without one", () => {
  const { user } = makeUser();
  assert.equal(user.isActive, true);
  user.is_active = false;
  assert.equal(user.isActive, false);
  const bare = createUserFactory({
    table: userTable({ columns: { id: "integer", username: "text" }, activeField: null }),
    store: { update: () => Promise.resolve(true) },
    passwords: NO_PASSWORDS,
  })({ row: { id: 1, username: "ada" }, password: "" });
  assert.equal(bare.isActive, true);
});

test("changing a value in place does not affect other look-ups", () => {
  const { user, memory } = makeUser();
  user.last_login!.setFullYear(1999);
  (user.settings as { theme: { dark: boolean } }).theme.dark = false;
  assert.equal(memory.record!.row.last_login!.getFullYear(), 2026);
  assert.deepEqual(memory.record!.row.settings, { theme: { dark: true } });
});

test("save with names writes only these columns", async () => {
  const { user, memory } = makeUser();
  user.nickname = "Ada";
  user.email = "other@example.com";
  await user.save(["nickname"]);
  assert.deepEqual(memory.writes, [{ nickname: "Ada" }]);
});

test("save without names writes all changes, including those in place, and only once", async () => {
  const { user, memory } = makeUser();
  await user.save();
  assert.deepEqual(memory.writes, []);
  user.nickname = "Ada";
  (user.settings as { theme: object }).theme = { dark: false };
  await user.setPassword("new");
  await user.save();
  assert.deepEqual(memory.writes, [
    { nickname: "Ada", settings: { theme: { dark: false } }, password: "fresh$new" },
  ]);
  await user.save();
  assert.equal(memory.writes.length, 1);
  user.nickname = null;
  await user.save();
  assert.deepEqual(memory.writes[1], { nickname: null });
});

test("a user whose row was deleted cannot be saved", async () => {
  const { user, memory } = makeUser();
  memory.record = null;
  user.nickname = "Ada";
  await assert.rejects(
    user.save(),
    (error) => error instanceof DjauthError && error.code === "user_deleted" && error.status === 404,
  );
  assert.deepEqual(memory.writes, []);
});

test("a column that does not exist cannot be saved", async () => {
  const { user } = makeUser();
  await assert.rejects(user.save(["nothing" as "email"]), RangeError);
  await assert.rejects(user.save(["toString" as "email"]), RangeError);
});

test("setPassword hashes the password, and save writes it", async () => {
  const { user, memory } = makeUser();
  await user.setPassword("new");
  assert.equal(user.password, "fresh$new");
  assert.equal(memory.record!.password, "stale$secret");
  assert.equal(await user.checkPassword("new"), true);
  assert.equal(await user.checkPassword("secret"), false);
  await user.save(["password"]);
  assert.deepEqual(memory.writes, [{ password: "fresh$new" }]);
});

test("an unusable password matches nothing", async () => {
  const { user } = makeUser();
  assert.equal(user.hasUsablePassword(), true);
  await user.setUnusablePassword();
  assert.equal(user.hasUsablePassword(), false);
  assert.equal(user.password, "!");
  assert.equal(await user.checkPassword("secret"), false);
  await user.setPassword("new");
  await user.setPassword(null);
  assert.equal(user.hasUsablePassword(), false);
});

test("a correct password with an outdated hash is rehashed, a wrong one is not", async () => {
  const { user, memory } = makeUser("stale$secret");
  assert.equal(await user.checkPassword("wrong"), false);
  assert.deepEqual(memory.writes, []);
  user.nickname = "not saved by this";
  assert.equal(await user.checkPassword("secret"), true);
  assert.deepEqual(memory.writes, [{ password: "fresh$secret" }]);
  assert.equal(user.password, "fresh$secret");
  assert.equal(await user.checkPassword("secret"), true);
  assert.equal(memory.writes.length, 1);
});

test("a rehash never overwrites a password changed meanwhile", async () => {
  const { user, memory } = makeUser("stale$secret");
  memory.record = { row: memory.record!.row, password: "fresh$changed" };
  assert.equal(await user.checkPassword("secret"), true);
  assert.equal(memory.record.password, "fresh$changed");
  assert.equal(user.password, "stale$secret");
});

test("a password set during a rehash is kept", async () => {
  const { user } = makeUser("stale$secret");
  const checking = user.checkPassword("secret");
  await user.setPassword("new");
  assert.equal(await checking, true);
  assert.equal(user.password, "fresh$new");
});

test("an outage during a rehash is an error, not a wrong password", async () => {
  const { user, memory } = makeUser("stale$secret");
  memory.update = () => Promise.reject(new DatabaseUnavailable());
  await assert.rejects(user.checkPassword("secret"), DatabaseUnavailable);
  assert.equal(user.password, "stale$secret");
});

/** The runtime's own inspection with all details; Node has none besides `node:util`. */
function runtimeInspection(value: unknown): string {
  interface Printer {
    inspect(value: unknown, options: object): string;
  }
  const { Deno: deno, Bun: bun } = globalThis as { Deno?: Printer; Bun?: Printer };
  return (deno ?? bun)?.inspect(value, { showHidden: true, getters: true, depth: 10 }) ?? "";
}

test("a known user is reused only for an identical row and if it is unchanged", () => {
  const { memory } = makeUser();
  const record = memory.record!;
  const userOf = createUserFactory({ table: TABLE, store: memory, passwords: NO_PASSWORDS });
  const known = userOf(record);
  const copy = (): Row => structuredClone({ ...record.row });
  assert.equal(userOf({ row: copy(), password: record.password }, known), known);
  const others: Partial<Row>[] = [
    { id: HUGE - 1n },
    { nickname: "" },
    { is_active: false },
    { last_login: null },
    { last_login: new Date(JOINED.getTime() + 1) },
    { settings: { theme: { dark: false } } },
  ];
  for (const other of others) {
    const user = userOf({ row: { ...copy(), ...other }, password: record.password }, known);
    assert.notEqual(user, known, inspect(other));
    assert.deepEqual({ ...user }, { ...copy(), ...other });
  }
  assert.notEqual(userOf({ row: copy(), password: "another$secret" }, known), known);
  const foreign = [makeUser().user, { ...known, isAuthenticated: true } as unknown as User<Row>];
  for (const user of foreign) assert.notEqual(userOf(record, user), user, "of another description");
  const changes: ((user: User<Row>) => void)[] = [
    (user) => user.set("is_active", false),
    (user) => user.last_login!.setTime(0),
    (user) => (user.settings as { theme: object }).theme = {},
    // A value without a JSON form.
    (user) => (user.settings as { itself: object }).itself = user.settings as object,
    (user) => user.settings = 1n,
  ];
  for (const change of changes) {
    const changed = userOf(record);
    change(changed);
    const user = userOf(record, changed);
    assert.notEqual(user, changed, String(change));
    assert.deepEqual({ ...user }, copy());
  }
});
