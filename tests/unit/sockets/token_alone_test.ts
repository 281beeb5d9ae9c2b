/** A token offered as the only subprotocol: the browser fails the connection, so a hint explains why. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requestTo } from "../auth/site.ts";
import { tokenFor, tokenSite } from "../auth/token_site.ts";

const HINT = {
  type: "settings.hint",
  hint: "a page offered a token as its only subprotocol, which is never selected, so its browser fails the " +
    'connection with 1006: also offer "djauth" or one of websocket.protocols',
};

/** The hints of a site after one request for each of these offers of subprotocols. */
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
  test("emits one hint if no subprotocol can be selected, whether the token is valid or not", async () => {
    const good = `djauth.bearer.${await tokenFor()}`;
    for (const offered of [good, `${good}, other`, `other,${good}`, "djauth.bearer.x"]) {
      assert.deepEqual(await hintsFor([offered, offered, "djauth.bearer.y"]), [HINT]);
    }
  });

  test("emits no hint if another subprotocol can be selected", async () => {
    const good = `djauth.bearer.${await tokenFor()}`;
    assert.deepEqual(await hintsFor([`djauth, ${good}`, `${good},djauth`, `other, ${good}, chat`]), []);
    assert.deepEqual(await hintsFor(["djauth", "other", ""]), []);
  });

  test("emits no hint without an Origin, since only browsers fail the connection", async () => {
    assert.deepEqual(await hintsFor([`djauth.bearer.${await tokenFor()}`], {}), []);
  });
});
