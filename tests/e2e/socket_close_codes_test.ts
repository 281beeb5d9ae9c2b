/** The code that a socket is closed with reaches the application, and its client even while the client is sending. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { runProcess } from "../faults/run_process.ts";
import { needsOracle } from "../ground/oracle.ts";
import { until } from "./crowd.ts";
import { EventLog, served, siteAuth } from "./site.ts";
import { send, upgrade, type WireEnd } from "./wire.ts";

interface Closable {
  close(code?: number, reason?: string): void;
}

const ROUNDS = 20;
const CODE = 4000;
const REASON = "enough";
const END = { code: CODE, reason: REASON };

/** When a handler closes a socket whose client goes on sending. */
const MOMENTS: Readonly<Record<string, (socket: Closable) => void>> = {
  "at once": (socket) => socket.close(CODE, REASON),
  "by a timer": (socket) => void setTimeout(() => socket.close(CODE, REASON), 5),
};

describe("the close code of a socket", needsOracle, () => {
  for (const [when, end] of Object.entries(MOMENTS)) {
    test(
      `closed ${when} on the first message of a burst reaches the client`,
      { timeout: 20_000 },
      async () => {
        const told: { code: number; reason: string }[] = [];
        const websocket = {
          anonymous: true,
          message: end,
          close: (_socket: unknown, code: number, reason: string) => void told.push({ code, reason }),
        };
        const events = new EventLog();
        await served(siteAuth({ onEvent: events.listen }), { websocket }, async ({ url, host }) => {
          // A client in this process could not send while the server is busy.
          const { code, output } = await runProcess("../e2e/burst_process.ts", {
            BURST_HOST: host,
            BURST_ORIGIN: url,
            BURST_ROUNDS: String(ROUNDS),
            BURST_MESSAGES: "5",
          });
          assert.equal(code, 0, output);
          const ends: WireEnd[] = JSON.parse(output);
          // A client that is delayed in its burst may still be sending when Deno ends the connection.
          assert.ok(ends.filter((end) => isDeepStrictEqual(end, END)).length >= ROUNDS * 0.8, output);
          await until(() => told.length === ROUNDS);
          assert.deepEqual(told, Array(ROUNDS).fill(END));
          assert.deepEqual(events.trouble, []);
        });
      },
    );
  }

  test("is passed to the application even if the client leaves without answering", async () => {
    const told: [number, string][] = [];
    const websocket = {
      anonymous: true,
      message: MOMENTS["at once"]!,
      close: (_socket: unknown, code: number, reason: string) => void told.push([code, reason]),
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      socket.send("hi");
      socket.destroy();
      await until(() => told.length === 1);
      assert.deepEqual(told, [[CODE, REASON]]);
    });
  });

  test("is sent once, and nothing is sent after it", async () => {
    const websocket = {
      anonymous: true,
      message(socket: Closable & { send(text: string): void; isOpen: boolean }) {
        socket.close(CODE, REASON);
        socket.close(1011, "other");
        socket.send(`open: ${socket.isOpen}`);
      },
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      socket.send("hi");
      await assert.rejects(socket.receive(), { message: `the socket ended with ${CODE} ${REASON}` });
    });
  });
});

test("a request to upgrade to both h2c and websocket opens no socket", needsOracle, async () => {
  const websocket = { anonymous: true };
  await served(siteAuth(), { websocket }, async ({ url, host }) => {
    for (
      const upgrades of [["h2c", "websocket"], ["H2C", "websocket"], ["h2c, websocket"], [
        "h2c",
        "h2c",
        "websocket",
      ]]
    ) {
      const headers = [
        ["origin", url],
        ["connection", "upgrade"],
        ...upgrades.map((name): [string, string] => ["upgrade", name]),
        ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
        ["sec-websocket-version", "13"],
      ] as const;
      assert.notEqual((await send(host, { headers })).status, 101, upgrades.join());
    }
    assert.equal((await upgrade(host, { headers: [["origin", url]] })).status, 101);
  });
});
