/** A hint for developers whose page connects to nearly the path in `websocket.path`. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hintsOf, requestTo, siteWith } from "../auth/site.ts";

describe("an upgrade to a path that is not in websocket.path", () => {
  async function hintsAfter(path: string | string[] | undefined, asked: string[]): Promise<string[]> {
    const site = await siteWith({});
    const connector = site.auth.connector({ path });
    for (const target of asked) {
      const request = requestTo(target, { headers: { upgrade: "websocket" } });
      assert.equal(connector.wants(request), path === undefined);
    }
    await site.auth.close();
    return hintsOf(site);
  }

  test("emits one hint if only a slash or case differs", async () => {
    const hint = (path: string) =>
      `an upgrade to "${path}" is none of websocket.path, so that fetch handled it: paths are compared exactly, ` +
      "with case and with the slash at the end; list each form that pages use";
    assert.deepEqual(await hintsAfter("/live", ["/live/?room=1", "/live/"]), [hint("/live/")]);
    assert.deepEqual(await hintsAfter(["/chat", "/live/"], ["/live"]), [hint("/live")]);
    assert.deepEqual(await hintsAfter("/live", ["/Live"]), [hint("/Live")]);
  });

  test("emits none if the path is a different one, since fetch may handle it", async () => {
    assert.deepEqual(await hintsAfter("/live", ["/other", "/", "/live/room", "/livery"]), []);
    assert.deepEqual(await hintsAfter(undefined, ["/live/"]), []);
  });
});
