/** The idle timeout on Bun, at its shortest: eight seconds, with a ping from Bun after four. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ImproperlyConfigured } from "../../src/errors.ts";
import { needsOracle } from "../ground/oracle.ts";
import { served, siteAuth } from "./site.ts";
import { upgrade, type WireClient } from "./wire.ts";

/** Milliseconds: longer than the timeout, shorter than the one after the next ping. */
const WATCHED = 9000;

test(
  "a client that answers no ping is closed after idleTimeout, and one that answers stays open",
  needsOracle,
  async () => {
    const [silent, alive, unasked] = await Promise.all([
      watch({}, {}),
      watch({}, { answersPings: true }),
      // Without pings, nothing shows that the client is alive.
      watch({ sendPings: false }, { answersPings: true }),
    ]);
    assert.equal(alive, null);
    for (const end of [silent, unasked]) {
      assert.ok(end !== null && end.after > 7000 && end.after < WATCHED, JSON.stringify(end));
      assert.equal(end.code, 1006);
    }
  },
);

test("idleTimeout outside 0 to 960 seconds is rejected, as in Bun", async () => {
  const auth = siteAuth();
  await assert.rejects(served(auth, { websocket: { idleTimeout: 961 } }, async () => {}), /960/);
  await assert.rejects(served(siteAuth(), { websocket: { idleTimeout: -1 } }, async () => {}), {
    name: ImproperlyConfigured.name,
  });
});

/** Code and time of the close event of an idle socket, or `null` if there is none while it is watched. */
async function watch(
  settings: { sendPings?: boolean },
  client: WireClient,
): Promise<{ code: number; after: number } | null> {
  const closed = Promise.withResolvers<{ code: number; after: number }>();
  const start = performance.now();
  const websocket = {
    ...settings,
    anonymous: true,
    idleTimeout: 8,
    close: (_socket: unknown, code: number) => closed.resolve({ code, after: performance.now() - start }),
  };
  let result: { code: number; after: number } | null = null;
  await served(siteAuth(), { websocket }, async ({ host }) => {
    await upgrade(host, {}, { ...client, patience: 2 * WATCHED });
    const pause = new Promise<null>((resolve) => setTimeout(resolve, WATCHED, null));
    result = await Promise.race([closed.promise, pause]);
  });
  return result;
}
