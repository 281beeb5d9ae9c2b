/**
 * The short examples, started as a reader would start them. The test starts both runtimes itself, so it runs on Node.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import WebSocket from "ws";
import {
  blacklistTables,
  createDatabase,
  DJANGO_TABLES,
  needsDatabase,
  type TestDatabase,
} from "../ground/database.ts";
import { type Example, startExample, Visitor } from "./examples.ts";

const SECRET = randomBytes(24).toString("hex");
const MEMBERS = `CREATE TABLE members_member (
  id uuid PRIMARY KEY, password varchar(128) NOT NULL, last_login timestamptz, email varchar(254) NOT NULL UNIQUE,
  display_name varchar(100) NOT NULL, birthday timestamptz, is_active boolean NOT NULL)`;

const TABLES = `${DJANGO_TABLES} ${blacklistTables()}`;

for (const runtime of ["bun", "deno"] as const) {
  describe(`the examples on ${runtime}`, { ...needsDatabase, timeout: 120_000 }, () => {
    let database: TestDatabase;
    const running: Example[] = [];
    const start = async (name: string, url: string = database.url) => {
      const example = await startExample(runtime, name, { DJANGO_SECRET_KEY: SECRET, DATABASE_URL: url });
      running.push(example);
      return example.url;
    };

    before(async () => void (database = await createDatabase(TABLES)));
    after(async () => {
      for (const example of running) await example.stop();
      await database?.drop();
    });

    test("a form login is valid for the guards example and for the first example of the README", async () => {
      const visitor = new Visitor(await start("register_and_login"));
      assert.equal((await visitor.post("/register", { username: "ada", password: "pw-1" })).status, 303);
      assert.match(await (await visitor.get("/")).text(), /You are ada\./);
      assert.match(
        await (await visitor.post("/register", { username: "ada", password: "x" })).text(),
        /taken/,
      );

      const guarded = visitor.at(await start("guards"));
      assert.equal((await (await guarded.get("/api/me")).json()).username, "ada");
      assert.equal((await guarded.get("/api/staff")).status, 403);
      assert.equal(await (await guarded.get("/")).text(), "Hello ada\n");

      const first = visitor.at(await start(runtime));
      assert.deepEqual(await (await first.get("/")).json(), { hello: "ada" });

      const change = { old_password: "pw-1", new_password: "pw-2" };
      assert.equal((await visitor.post("/password", change)).status, 303);
      assert.equal((await guarded.get("/api/me")).status, 401);
      await visitor.post("/logout", {});
      assert.match(await (await visitor.get("/")).text(), /You are a stranger\./);
      assert.equal((await visitor.post("/login", { username: "ada", password: "pw-1" })).status, 400);
      assert.equal((await visitor.post("/login", { username: "ada", password: "pw-2" })).status, 303);
    });

    test("tokens are obtained, refreshed and blacklisted", async () => {
      const visitor = new Visitor(await start("register_and_login"));
      await visitor.post("/register", { username: "hedy", password: "pw" });
      const url = await start("tokens");
      const { access, refresh } = await (await tokens(url, "", { username: "hedy", password: "pw" })).json();
      const response = await fetch(url, { headers: { authorization: `Bearer ${access}` } });
      assert.deepEqual(await response.json(), { username: "hedy" });
      const next = await (await tokens(url, "refresh/", { refresh })).json();
      assert.equal((await tokens(url, "blacklist/", { refresh: next.refresh })).status, 200);
      assert.equal((await tokens(url, "refresh/", { refresh: next.refresh })).status, 401);
      assert.equal((await fetch(url)).status, 401);
    });

    test("the socket of the first example greets the user by name and echoes", async () => {
      const visitor = new Visitor(await start("register_and_login"));
      await visitor.post("/register", { username: "grace", password: "pw" });
      const url = await start(runtime);
      const cookie = `sessionid=${visitor.cookies.get("sessionid")}`;
      const socket = new WebSocket(url.replace("http", "ws"), { headers: { cookie, origin: url } });
      const received: string[] = [];
      await new Promise<void>((resolve, reject) => {
        socket.on("error", reject).on("message", (data: unknown) => {
          received.push(String(data));
          if (received.length === 1) socket.send("hello");
          else resolve();
        });
      });
      socket.terminate();
      assert.deepEqual(received, ["welcome grace", "hello"]);
    });

    test("an application's own router gets the user of a page and of a socket, and closes anonymous ones with 4401", async () => {
      const visitor = new Visitor(await start("register_and_login"));
      await visitor.post("/register", { username: "edith", password: "pw" });
      const url = await start(`router/${runtime}`);
      assert.deepEqual(await (await visitor.at(url).get("/")).json(), { hello: "edith" });
      const cookie = `sessionid=${visitor.cookies.get("sessionid")}`;
      const socket = openSocket(`${url}/live`, cookie, url);
      assert.equal(await socket.next(), "welcome edith");
      assert.equal(await socket.ask("hello"), "hello");
      assert.deepEqual(await openSocket(`${url}/live`, "", url).ended, [4401, "not_authenticated"]);
    });

    test("a staff socket is closed on losing staff status, on logout, and by another socket of the user", async () => {
      const visitor = new Visitor(await start("register_and_login"));
      await visitor.post("/register", { username: "joan", password: "pw" });
      const url = await start("true_sockets");
      const cookie = `sessionid=${visitor.cookies.get("sessionid")}`;
      const setStaff = (isStaff: boolean) =>
        database.sql`update auth_user set is_staff = ${isStaff} where username = 'joan'`;
      const open = () => openSocket(`${url}/staff`, cookie, url);
      assert.deepEqual(await open().ended, [4403, "permission_denied"]);
      await setStaff(true);
      const [first, second] = [open(), open()];
      for (const socket of [first, second]) assert.equal(await socket.ask("hello"), "joan: hello");
      assert.equal(await first.ask("close my other sockets"), "closed 1");
      assert.deepEqual(await second.ended, [4409, "disconnected"]);
      await setStaff(false);
      assert.deepEqual(await first.ended, [4403, "permission_denied"]);
      await setStaff(true);
      const third = open();
      assert.equal(await third.ask("hello"), "joan: hello");
      await visitor.post("/logout", {});
      assert.deepEqual(await third.ended, [4401, "session_ended"]);
    });

    test("events are counted in Prometheus format", async () => {
      const stranger = new Visitor(await start("metrics"));
      for (let visit = 0; visit < 3; visit++) assert.equal((await stranger.get("/")).status, 401);
      const response = await stranger.get("/metrics");
      assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
      const text = await response.text();
      // The first request was the start-up check.
      assert.match(text, /^djauth_events_total\{type="auth\.rejected",code="not_authenticated"\} 4$/m);
      assert.match(text, /^djauth_sockets 0$/m);
      // Checks the format's grammar line by line.
      for (const line of text.trimEnd().split("\n")) {
        assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"\\]*"(,\w+="[^"\\]*")*\})? [\d.]+)$/);
      }
    });

    test("anonymous visitors get the responses of the guards", async () => {
      const stranger = new Visitor(await start("guards"));
      const page = await stranger.get("/");
      assert.equal(page.status, 302);
      assert.equal(page.headers.get("location"), "/accounts/login/?next=/");
      for (const path of ["/api/me", "/api/staff"]) assert.equal((await stranger.get(path)).status, 401);
      assert.equal((await stranger.get("/nothing")).status, 404);
    });

    test("the example with a custom user model answers an anonymous visitor with 401", async () => {
      await database.sql.unsafe(MEMBERS);
      const stranger = new Visitor(await start("custom_user"));
      assert.equal((await stranger.get("/")).status, 401);
    });
  });
}

/** A socket, its messages and its close event. */
function openSocket(url: string, cookie: string, origin: string) {
  const socket = new WebSocket(url.replace("http", "ws"), { headers: { cookie, origin } });
  const opened = new Promise<void>((resolve) => void socket.on("open", resolve));
  const ended = new Promise<[code: number, reason: string]>((resolve, reject) => {
    socket.on("error", reject).on(
      "close",
      (code: number, reason: unknown) => resolve([code, String(reason)]),
    );
  });
  const next = (): Promise<string> =>
    new Promise((resolve) => void socket.once("message", (data: unknown) => resolve(String(data))));
  return {
    ended,
    next,
    async ask(text: string): Promise<string> {
      await opened;
      const answer = next();
      socket.send(text);
      return await answer;
    },
  };
}

/** Posts a form to one of simplejwt's endpoints. */
function tokens(url: string, path: string, fields: Record<string, string>): Promise<Response> {
  return fetch(`${url}/api/token/${path}`, { method: "POST", body: new URLSearchParams(fields) });
}

describe("the roles of least_privilege.sql", { ...needsDatabase, timeout: 120_000 }, () => {
  const ROLES = ["djauth_accounts", "djauth_login", "djauth_reader"];
  let database: TestDatabase;
  const running: Example[] = [];
  const password = randomBytes(12).toString("hex");

  before(async () => {
    database = await createDatabase(TABLES);
    await dropRoles();
    const script = readFileSync(new URL("../../examples/least_privilege.sql", import.meta.url), "utf8");
    await database.sql.unsafe(script.replaceAll(":'password'", `'${password}'`));
  });
  after(async () => {
    for (const example of running) await example.stop();
    await dropRoles();
    await database?.drop();
  });

  test("each role can do its task and nothing more", async () => {
    const register = (name: string) => ["/register", { username: name, password: "pw" }] as const;
    const logIn = ["/login", { username: "ada", password: "pw" }] as const;

    const accounts = await as("djauth_accounts");
    assert.equal((await accounts.post(...register("ada"))).status, 303);

    const login = await as("djauth_login");
    assert.equal((await login.post(...register("eve"))).status, 500);
    assert.equal((await login.post(...logIn)).status, 303);
    assert.match(await (await login.get("/")).text(), /You are ada\./);
    assert.equal((await login.post("/logout", {})).status, 303);
    const site = await serve("djauth_login", "tokens");
    const { access, refresh } = await (await tokens(site, "", { username: "ada", password: "pw" })).json();
    const next = await (await tokens(site, "refresh/", { refresh })).json();
    assert.equal((await tokens(site, "blacklist/", { refresh: next.refresh })).status, 200);

    const reader = await as("djauth_reader");
    assert.equal((await reader.post(...logIn)).status, 500);
    for (const [name, value] of accounts.cookies) reader.cookies.set(name, value);
    assert.match(await (await reader.get("/")).text(), /You are ada\./);
    const readOnly = await serve("djauth_reader", "tokens");
    const known = await fetch(readOnly, { headers: { authorization: `Bearer ${access}` } });
    assert.deepEqual(await known.json(), { username: "ada" });
    assert.equal((await tokens(readOnly, "", { username: "ada", password: "pw" })).status, 500);
  });

  async function as(role: string): Promise<Visitor> {
    return new Visitor(await serve(role, "register_and_login"));
  }

  async function serve(role: string, name: string): Promise<string> {
    const url = Object.assign(new URL(database.url), { username: role, password }).href;
    const env = { DJANGO_SECRET_KEY: SECRET, DATABASE_URL: url };
    const example = await startExample("bun", name, env);
    running.push(example);
    return example.url;
  }

  /** Roles belong to the whole server, so they must not outlive the test. */
  async function dropRoles(): Promise<void> {
    for (const role of ROLES) {
      const [found] = await database.sql`select 1 from pg_roles where rolname = ${role}`;
      if (found) await database.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
    }
  }
});
