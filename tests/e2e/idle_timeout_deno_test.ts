/** The idle timeout on Deno, where it can be short; Bun takes no less than eight seconds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

test(
  "a client that answers no ping is closed after idleTimeout, and the close handler is called",
  needsOracle,
  async () => {
    const closed = Promise.withResolvers<number>();
    const websocket = {
      anonymous: true,
      idleTimeout: 1,
      close: (_socket: unknown, code: number) => closed.resolve(code),
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const start = performance.now();
      const socket = await upgrade(host, { headers: [["origin", url]] });
      await socket.ended;
      const took = performance.now() - start;
      assert.ok(took > 500 && took < 3000, `${took} ms`);
      assert.equal(typeof await closed.promise, "number");
    });
  },
);

test("a client that answers pings stays open beyond idleTimeout", needsOracle, async () => {
  const websocket = {
    anonymous: true,
    idleTimeout: 1,
    message: (socket: { send(text: string): void }) => socket.send("here"),
  };
  await served(siteAuth(), { websocket }, async ({ host }) => {
    const socket = await upgrade(host, {}, { answersPings: true });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    socket.send("are you there?");
    assert.equal(await socket.receive(), "here");
    await socket.close();
  });
});

test(
  "idleTimeout defaults to 120 seconds, as on Bun, and 0 and other values are passed to Deno",
  needsOracle,
  async () => {
    // Two minutes are too long to wait, so the options passed to Deno are recorded instead.
    const { upgradeWebSocket } = Deno;
    const asked: unknown[] = [];
    Deno.upgradeWebSocket = (request, options) => {
      asked.push(options);
      return upgradeWebSocket(request, options);
    };
    try {
      for (const settings of [{}, { idleTimeout: 0 }, { idleTimeout: 45 }]) {
        await served(siteAuth(), { websocket: { anonymous: true, ...settings } }, async ({ host }) => {
          await (await upgrade(host)).close();
        });
      }
    } finally {
      Deno.upgradeWebSocket = upgradeWebSocket;
    }
    assert.deepEqual(asked, [{ idleTimeout: 120 }, { idleTimeout: 0 }, { idleTimeout: 45 }]);
  },
);
