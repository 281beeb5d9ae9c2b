/** Deno creates an exception for each upgrade; the adapter skips the stack trace of that one and of no other error. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { served, siteAuth } from "./site.ts";
import { send, upgrade } from "./wire.ts";

test(
  "errors keep their stack traces after an upgrade, and after one that Deno refuses",
  needsOracle,
  async () => {
    const { stackTraceLimit } = Error;
    const frames: (number | undefined)[] = [];
    const countFrames = (): void => {
      frames.push(new Error("counted").stack?.split("\n").length);
    };
    const websocket = { anonymous: true as const, data: countFrames, open: countFrames };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      assert.equal(socket.status, 101);
      await socket.close();
      // Without a key and `Connection: Upgrade`: Deno's own function throws.
      const headers = [["upgrade", "websocket"], ["sec-websocket-version", "13"], ["origin", url]] as const;
      assert.equal((await send(host, { headers })).status, 400);
      assert.equal(Error.stackTraceLimit, stackTraceLimit);
    });
    assert.ok(frames.length >= 2 && frames.every((count) => count !== undefined && count > 2), frames.join());
  },
);

test("code that runs in every microtask of an upgrade keeps its stack traces", needsOracle, async () => {
  const { stackTraceLimit } = Error;
  const limits = new Set<number | undefined>();
  let isOver = false;
  let runs = 0;
  async function watch(): Promise<void> {
    for (let turn = 0; turn < 5000 && !isOver; turn++) {
      for (let step = 0; step < 50; step++) {
        await null;
        limits.add(Error.stackTraceLimit);
        runs++;
      }
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  // Started while the upgrade is decided, so that its microtasks lie between those of the upgrade.
  const websocket = { anonymous: true as const, data: () => void watch(), open: () => void (isOver = true) };
  await served(siteAuth(), { websocket }, async ({ url, host }) => {
    const socket = await upgrade(host, { headers: [["origin", url]] });
    assert.equal(socket.status, 101);
    await socket.close();
  });
  assert.ok(isOver && runs >= 50);
  assert.deepEqual([...limits], [stackTraceLimit]);
});
