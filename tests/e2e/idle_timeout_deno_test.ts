/** The idle timeout on Deno, where it can be short; Bun takes no less than eight seconds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

test(
  "a client that answers no ping is closed after idleTimeout, and the handler is told",
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
