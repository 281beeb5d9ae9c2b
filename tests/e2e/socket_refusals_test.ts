/** Rules for opening a socket besides the Origin: anonymous, paths and conditions; and how a refusal is sent. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { UpgradeOptions } from "../../src/sockets/socket/options.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, EventLog, newPerson, served, siteAuth } from "./site.ts";
import { upgrade, type WireHeaders } from "./wire.ts";

const UNREACHABLE = "postgres://postgres@127.0.0.1:1/nothing";

describe("a refused upgrade", needsOracle, () => {
  test("is an HTTP status with a problem body with rejectWith http", async () => {
    const person = await newPerson();
    const inactive = await newPerson({ is_active: false });
    const cookie = await cookieOf(person);
    const websocket = { rejectWith: "http", condition: () => false } as const;
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const answer = async (headers: WireHeaders) => {
        const { response } = await upgrade(host, { headers });
        const type = response.headers.get("content-type");
        return { ...JSON.parse(response.body), http: response.status, type };
      };
      const own = ["origin", url] as const;
      const problem = (status: number, code: string, title: string) => ({
        ...{ title, status, code, http: status, type: "application/problem+json" },
      });
      assert.deepEqual(await answer([own]), problem(401, "not_authenticated", "Unauthorized"));
      assert.deepEqual(
        await answer([own, ["cookie", `sessionid=${"f".repeat(32)}`]]),
        problem(401, "session_ended", "Unauthorized"),
      );
      assert.deepEqual(
        await answer([own, ["cookie", await cookieOf(inactive)]]),
        problem(401, "user_inactive", "Unauthorized"),
      );
      assert.deepEqual(await answer([["cookie", cookie]]), problem(403, "origin_not_allowed", "Forbidden"));
      assert.deepEqual(
        await answer([own, ["cookie", cookie]]),
        problem(403, "permission_denied", "Forbidden"),
      );
    });
  });

  test("has WWW-Authenticate and Cache-Control: no-store with its 401", async () => {
    await served(siteAuth(), { websocket: { rejectWith: "http" } }, async ({ url, host }) => {
      const { response } = await upgrade(host, { headers: [["origin", url]] });
      assert.equal(response.headers.get("www-authenticate"), 'Session realm="django"');
      assert.equal(response.headers.get("cache-control"), "no-store");
    });
  });

  test("is 503 or 1013 while the database is down, not a refusal of the user", async () => {
    for (const rejectWith of ["http", "close"] as const) {
      const events = new EventLog();
      const auth = siteAuth({ database: UNREACHABLE, databaseDeadline: 0.5, onEvent: events.listen });
      await served(auth, { websocket: { rejectWith, anonymous: true } }, async ({ url, host }) => {
        const headers = [["origin", url], ["cookie", `sessionid=${"f".repeat(32)}`]] as const;
        const socket = await upgrade(host, { headers });
        if (rejectWith === "http") {
          assert.equal(socket.status, 503);
          assert.equal(socket.response.headers.get("retry-after"), "1");
          assert.equal(JSON.parse(socket.response.body).code, "try_again_later");
        } else {
          assert.deepEqual(await socket.ended, { code: 1013, reason: "try_again_later" });
        }
        assert.deepEqual(events.trouble.map(({ type }) => type), ["auth.unavailable"]);
      });
    }
  });

  test("is reported to onEvent with its code and path, without the query", async () => {
    const events = new EventLog();
    await served(siteAuth({ onEvent: events.listen }), { websocket: {} }, async ({ url, host }) => {
      await (await upgrade(host, { path: "/live?token=secret", headers: [["origin", url]] })).ended;
      assert.deepEqual(events.all, [{ type: "auth.rejected", code: "not_authenticated", path: "/live" }]);
    });
  });

  test("calls none of the application's handlers", async () => {
    const called: string[] = [];
    const websocket = {
      open: () => void called.push("open"),
      message: () => void called.push("message"),
      close: () => void called.push("close"),
      data: () => void called.push("data"),
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      socket.send("before the close arrived");
      assert.deepEqual(await socket.ended, { code: 4401, reason: "not_authenticated" });
      assert.deepEqual(called, []);
    });
  });
});

describe("an anonymous socket", needsOracle, () => {
  const greet = (socket: { user: { username: string } | null; send(text: string): void }) =>
    socket.send(socket.user?.username ?? "stranger");

  test("opens if anonymous is true, with a user if there is one", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    await served(siteAuth(), { websocket: { anonymous: true, open: greet } }, async ({ url, host }) => {
      const greeted = async (headers: WireHeaders) => {
        const socket = await upgrade(host, { headers });
        const greeting = await socket.receive();
        await socket.close();
        return greeting;
      };
      assert.equal(await greeted([["origin", url]]), "stranger");
      assert.equal(await greeted([["origin", url], ["cookie", cookie]]), person.username);
      assert.equal(await greeted([["origin", url], ["cookie", `sessionid=${"f".repeat(32)}`]]), "stranger");
      // No cookie, so there is nothing that a foreign page could misuse.
      assert.equal(await greeted([]), "stranger");
      assert.equal(await greeted([["origin", "null"]]), "stranger");
    });
  });

  test("opens on the paths that a function allows", async () => {
    const anonymous = (request: Request) => new URL(request.url).pathname === "/public";
    await served(siteAuth(), { websocket: { anonymous, open: greet } }, async ({ url, host }) => {
      const open = await upgrade(host, { path: "/public", headers: [["origin", url]] });
      assert.equal(await open.receive(), "stranger");
      await open.close();
      const closed = await upgrade(host, { path: "/private", headers: [["origin", url]] });
      assert.deepEqual(await closed.ended, { code: 4401, reason: "not_authenticated" });
    });
  });

  test("is refused with 1011 if the function throws, which is reported", async () => {
    const events = new EventLog();
    const anonymous = (): boolean => {
      throw new Error("broken");
    };
    await served(
      siteAuth({ onEvent: events.listen }),
      { websocket: { anonymous } },
      async ({ url, host }) => {
        const socket = await upgrade(host, { headers: [["origin", url]] });
        assert.deepEqual(await socket.ended, { code: 1011, reason: "server_error" });
        assert.deepEqual(events.trouble.map(({ type }) => type), ["error"]);
      },
    );
  });
});

describe("a condition on a socket", needsOracle, () => {
  const CONDITIONS: readonly (readonly [string, NonNullable<UpgradeOptions["condition"]>, boolean])[] = [
    ["true", () => true, true],
    ["a promise of true", () => Promise.resolve(true), true],
    ["a check of the user", (user) => user.is_active, true],
    ["false", () => false, false],
    ["a promise of false", () => Promise.resolve(false), false],
    ["nothing", (() => {}) as unknown as () => boolean, false],
    ["a truthy string", (() => "yes") as unknown as () => boolean, false],
  ];
  for (const [name, condition, lets] of CONDITIONS) {
    test(`returning ${name} ${lets ? "lets in" : "refuses"} the user`, async () => {
      const cookie = await cookieOf(await newPerson());
      await served(siteAuth(), { websocket: { condition } }, async ({ url, host }) => {
        const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
        const end = lets ? await socket.close() : await socket.ended;
        assert.deepEqual(
          end,
          lets ? { code: 1000, reason: "" } : { code: 4403, reason: "permission_denied" },
        );
      });
    });
  }

  test("that throws refuses with 1011 and is reported", async () => {
    const events = new EventLog();
    const cookie = await cookieOf(await newPerson());
    const condition = () => Promise.reject(new Error("broken"));
    await served(
      siteAuth({ onEvent: events.listen }),
      { websocket: { condition } },
      async ({ url, host }) => {
        const socket = await upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
        assert.deepEqual(await socket.ended, { code: 1011, reason: "server_error" });
        assert.deepEqual(events.trouble.map((event) => event.type === "error" && event.where), ["condition"]);
      },
    );
  });

  test("is not called without a user, who is refused even if anonymous sockets are allowed", async () => {
    const asked: unknown[] = [];
    const condition = (user: unknown) => asked.push(user) > 0;
    await served(siteAuth(), { websocket: { condition, anonymous: true } }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      assert.deepEqual(await socket.ended, { code: 4403, reason: "permission_denied" });
      assert.deepEqual(asked, []);
    });
  });
});

describe("the path option", needsOracle, () => {
  test("opens sockets on its paths, and leaves all others to fetch", async () => {
    const fetch = () => new Response("a page", { status: 418 });
    const websocket = { path: ["/live", "/chat"], anonymous: true };
    await served(siteAuth(), { fetch, websocket }, async ({ url, host }) => {
      for (const path of ["/live", "/chat", "/live?room=1"]) {
        const socket = await upgrade(host, { path, headers: [["origin", url]] });
        assert.equal(socket.status, 101, path);
        await socket.close();
      }
      for (const path of ["/", "/live/", "/LIVE", "/live2", "/other"]) {
        const { response } = await upgrade(host, { path, headers: [["origin", url]] });
        assert.deepEqual([response.status, response.body], [418, "a page"], path);
      }
    });
  });
});
