/** A token that a page offers as its only subprotocol: its browser fails the connection, and somebody has to be told why. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requestTo } from "../auth/site.ts";
import { tokenFor, tokenSite } from "../auth/token_site.ts";

const HINT = {
  type: "settings.hint",
  hint: "a page offered a token as its only subprotocol, which is never selected, so its browser fails the " +
    'connection with 1006: also offer "djauth" or one of websocket.protocols',
};

/** The hints of a site at which these subprotocols were offered, one request each. */
async function hintsFor(
  offers: readonly string[],
  headers: Readonly<Record<string, string>> = { origin: "http://localhost" },
): Promise<unknown[]> {
  const { auth, events } = await tokenSite();
  for (const offered of offers) {
    await auth.upgrade(requestTo("/", { headers: { ...headers, "sec-websocket-protocol": offered } }), {
      protocols: ["chat"],
    });
  }
  await auth.close();
  return events.filter(({ type }) => type === "settings.hint");
}

describe("a token among the subprotocols", () => {
  test("of which none can be selected gets one hint, whether or not it is good", async () => {
    const good = `djauth.bearer.${await tokenFor()}`;
    for (const offered of [good, `${good}, other`, `other,${good}`, "djauth.bearer.x"]) {
      assert.deepEqual(await hintsFor([offered, offered, "djauth.bearer.y"]), [HINT]);
    }
  });

  test("beside one that can be selected gets none", async () => {
    const good = `djauth.bearer.${await tokenFor()}`;
    assert.deepEqual(await hintsFor([`djauth, ${good}`, `${good},djauth`, `other, ${good}, chat`]), []);
    assert.deepEqual(await hintsFor(["djauth", "other", ""]), []);
  });

  test("of a client that is no browser gets none, since that has no trouble with it", async () => {
    assert.deepEqual(await hintsFor([`djauth.bearer.${await tokenFor()}`], {}), []);
  });
});
