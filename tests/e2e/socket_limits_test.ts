/** Edges of the protocol that the runtimes treat differently, made equal: versions, sizes, reasons, headers. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoSocket } from "../../src/sockets/socket/socket.ts";
import { needsOracle } from "../ground/oracle.ts";
import { IS_DENO } from "./serve.ts";
import { cookieOf, EventLog, newPerson, served, siteAuth } from "./site.ts";
import { until } from "./crowd.ts";
import { send, upgrade, type WireHeaders } from "./wire.ts";

/** What the handlers here use of a socket, with a user or without. */
type Line = Pick<DjangoSocket, "send" | "close">;

const anonymous = true;
const echo = { anonymous, message: (socket: Line, data: string | Uint8Array) => socket.send(data as string) };

describe("a handshake", needsOracle, () => {
  test("of another version is answered with 426 and the supported version", async () => {
    await served(siteAuth(), { websocket: { anonymous } }, async ({ url, host }) => {
      for (const version of ["12", "8", "0", "14", "13, 12", "", "x"]) {
        const { response } = await upgrade(host, {
          headers: [["origin", url], ["sec-websocket-version", version]],
        });
        assert.equal(response.status, 426, version);
        assert.equal(response.headers.get("sec-websocket-version"), "13", version);
      }
    });
  });

  test("is accepted whatever the case of its headers", async () => {
    await served(siteAuth(), { websocket: { anonymous } }, async ({ url, host }) => {
      for (const value of ["WebSocket", "WEBSOCKET", "websocket"]) {
        const headers: WireHeaders = [["ORIGIN", url], ["UPGRADE", value], [
          "connection",
          "keep-alive, upgrade",
        ]];
        const socket = await upgrade(host, { headers });
        assert.equal(socket.status, 101, value);
        assert.deepEqual(await socket.close(), { code: 1000, reason: "" });
      }
    });
  });

  test("without a key gets 400, and the server goes on", async () => {
    const events = new EventLog();
    const cookie = await cookieOf(await newPerson());
    await served(siteAuth({ onEvent: events.listen }), { websocket: {} }, async ({ url, host }) => {
      const own: WireHeaders = [["origin", url], ["cookie", cookie]];
      const half: WireHeaders = [["upgrade", "websocket"], ["sec-websocket-version", "13"]];
      assert.equal((await send(host, { headers: [...own, ...half] })).status, 400);
      const socket = await upgrade(host, { headers: own });
      assert.deepEqual(await socket.close(), { code: 1000, reason: "" });
      assert.deepEqual(events.trouble, []);
    });
  });

  test("by POST opens no socket", async () => {
    const fetch = () => new Response("a page", { status: 418 });
    await served(siteAuth(), { fetch, websocket: { anonymous } }, async ({ url, host }) => {
      const { response } = await upgrade(host, {
        method: "POST",
        headers: [["origin", url], ["content-length", "0"]],
      });
      // Deno refuses it by itself.
      assert.equal(response.status, IS_DENO ? 400 : 418);
    });
  });
});

describe("a message", needsOracle, () => {
  test("up to maxPayloadLength arrives, a longer one closes with 1009", async () => {
    const ends: number[] = [];
    const close = (_socket: Line, code: number) => void ends.push(code);
    const websocket = { ...echo, maxPayloadLength: 1000, close };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      for (const longest of ["a".repeat(1000), "é".repeat(500), `${"€".repeat(333)}a`]) {
        const socket = await upgrade(host, { headers: [["origin", url]] });
        socket.send(longest);
        assert.equal(await socket.receive(), longest);
        socket.send(`${longest}a`);
        assert.equal((await socket.ended).code, 1009);
        await assert.rejects(socket.receive(), { message: /^the socket ended with 1009/ });
      }
      await until(() => ends.length === 3);
      assert.deepEqual(ends, [1009, 1009, 1009]);
    });
  });

  test("may have 16 MiB by default, and a longer one closes the socket", async () => {
    const websocket = {
      anonymous,
      message: (socket: Line, data: string | Uint8Array) => socket.send(`${data.length}`),
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const most = 16 * 1024 * 1024;
      const socket = await upgrade(host, { headers: [["origin", url]] });
      socket.frame(2, new Uint8Array(most));
      assert.equal(await socket.receive(), String(most));
      socket.frame(2, new Uint8Array(most + 1));
      // Bun ends the connection after its close frame, which may be lost under what is still being sent.
      assert.ok([1009, 1006].includes((await socket.ended).code));
    });
  });

  test("in fragments is measured as a whole, and closes with 1009 if it is too long", async () => {
    await served(siteAuth(), { websocket: { ...echo, maxPayloadLength: 1000 } }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      socket.send("a".repeat(400), "b".repeat(400), "c".repeat(200));
      assert.equal(await socket.receive(), "a".repeat(400) + "b".repeat(400) + "c".repeat(200));
      socket.send("a".repeat(400), "b".repeat(400), "c".repeat(201));
      assert.equal((await socket.ended).code, 1009);
    });
  });

  test("of bytes arrives as Uint8Array", async () => {
    const websocket = {
      anonymous,
      message: (socket: Line, data: string | Uint8Array) =>
        socket.send(`${data instanceof Uint8Array} ${data instanceof Uint8Array ? [...data] : data}`),
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      socket.frame(2, new Uint8Array([0, 255, 7]));
      assert.equal(await socket.receive(), "true 0,255,7");
      await socket.close();
    });
  });

  test("sent as soon as the socket opens is not lost while open() is still running", async () => {
    const heard: string[] = [];
    const websocket = {
      anonymous,
      data: () => new Promise<void>((resolve) => setTimeout(resolve, 100)),
      open: () => new Promise<void>((resolve) => setTimeout(resolve, 100)),
      message(socket: Line, data: string | Uint8Array) {
        heard.push(String(data));
        socket.send(`${heard.length}`);
      },
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      for (const word of ["one", "two", "three"]) socket.send(word);
      for (const count of ["1", "2", "3"]) assert.equal(await socket.receive(), count);
      assert.deepEqual(heard, ["one", "two", "three"]);
      await socket.close();
    });
  });
});

describe("a close", needsOracle, () => {
  test("reason of more than 123 bytes is cut between characters", async () => {
    const reasons: readonly (readonly [given: string, sent: string])[] = [
      ["a".repeat(123), "a".repeat(123)],
      ["a".repeat(124), "a".repeat(123)],
      ["é".repeat(100), "é".repeat(61)],
      ["😀".repeat(40), "😀".repeat(30)],
      [`${"a".repeat(122)}é`, "a".repeat(122)],
    ];
    const websocket = {
      anonymous,
      message: (socket: Line, data: string | Uint8Array) =>
        socket.close(4000 + Number(data), reasons[Number(data)]![0]),
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      for (const [index, [, sent]] of reasons.entries()) {
        const socket = await upgrade(host, { headers: [["origin", url]] });
        socket.send(String(index));
        assert.deepEqual(await socket.ended, { code: 4000 + index, reason: sent });
      }
    });
  });

  test("is reported with the client's code and reason, or as 1006 if the connection just ended", async () => {
    const ends: [number, string][] = [];
    let told = Promise.withResolvers<void>();
    const websocket = {
      anonymous,
      close(_socket: unknown, code: number, reason: string) {
        ends.push([code, reason]);
        told.resolve();
      },
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const polite = await upgrade(host, { headers: [["origin", url]] });
      await polite.close(4001, "bye");
      await told.promise;
      told = Promise.withResolvers<void>();
      const rude = await upgrade(host, { headers: [["origin", url]] });
      rude.destroy();
      await told.promise;
      assert.deepEqual(ends.map(([code]) => code), [4001, 1006]);
      assert.equal(ends[0]![1], "bye");
    });
  });

  test("with a code that a server may not send is reported as an error and sent as 1011", async () => {
    const codes = [1004, 1005, 1006, 1015, 999, 2000, 5000, 0, -1, 1000.5, NaN];
    const events = new EventLog();
    const websocket = {
      anonymous,
      message: (socket: Line, data: string | Uint8Array) => socket.close(Number(data)),
    };
    await served(siteAuth({ onEvent: events.listen }), { websocket }, async ({ url, host }) => {
      for (const code of codes) {
        const socket = await upgrade(host, { headers: [["origin", url]] });
        socket.send(String(code));
        assert.deepEqual(await socket.ended, { code: 1011, reason: "server_error" }, String(code));
      }
      assert.equal(events.trouble.length, codes.length);
      for (const code of [1000, 1001, 1008, 1011, 1012, 1013, 3000, 4401, 4999]) {
        const socket = await upgrade(host, { headers: [["origin", url]] });
        socket.send(String(code));
        assert.deepEqual(await socket.ended, { code, reason: "" });
      }
    });
  });
});
