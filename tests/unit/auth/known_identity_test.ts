/** What a request and a socket make of an identity that was known, in the moments in which that ends. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { turn, upgradeRequest, Wire } from "../sockets/socket_site.ts";
import { type CachedSite, cachedSite, endSessionsInSilence, statementsOf, whoami } from "./cached_site.ts";
import { PASSWORD, requestTo, USERS } from "./site.ts";

describe("a known identity", () => {
  test("needs no statement", async () => {
    const site = await cachedSite();
    assert.equal(await statementsOf(site, () => whoami(site.auth, site.cookie)), 0);
    assert.equal(await whoami(site.auth, site.cookie), "ada");
  });

  test("is believed no more once the site was closed: nobody hears of a logout then", async () => {
    const site = await cachedSite();
    await site.auth.close();
    endSessionsInSilence(site);
    assert.equal(await whoami(site.auth, site.cookie), null);
  });

  test("gives way to the row of a session that was opened while another login was still looked at", async () => {
    const jwt = { cookies: true, blacklist: false, precedence: ["cookie", "session"] } as const;
    const site = await cachedSite({ jwt });
    endSessionsInSilence(site);
    const cookie = `${site.cookie}; access_token=a.b.c`;
    const context = site.auth.context(requestTo("/", { headers: { cookie } }));
    const asked = context.user();
    const session = await context.session();
    await asked;
    assert.equal(session.isEmpty(), true);
    assert.equal(await context.user(), null);
  });

  test("is not what decides where the session is opened in the same breath", async () => {
    const site = await cachedSite();
    endSessionsInSilence(site);
    const context = site.auth.context(requestTo("/", { headers: { cookie: site.cookie } }));
    const [session, user] = await Promise.all([context.session(), context.user()]);
    assert.equal(session.isEmpty(), true);
    assert.equal(user, null);
  });

  test("changes no password: the row of the session is asked first", async () => {
    const site = await cachedSite();
    endSessionsInSilence(site);
    const context = site.auth.context(requestTo("/", { method: "POST", headers: { cookie: site.cookie } }));
    const passwords = { oldPassword: PASSWORD, newPassword: "another-Horse-2" };
    const { password } = site.database.rows(USERS)[0]!;
    await assert.rejects(site.auth.changePassword(context, passwords, { csrf: false }), {
      code: "session_ended",
    });
    assert.equal(site.database.rows(USERS)[0]!.password, password);
  });

  test("a feed that was lost during an upgrade has its socket looked at", async () => {
    const site = await cachedSite();
    const wire = await upgraded(site, () => site.feed.lose());
    assert.deepEqual(wire.ended, [4401, "session_ended"]);
  });

  test("an upgrade whose session turns out to have ended while it is saved is refused as that", async () => {
    const site = await cachedSite({ session: { saveEveryRequest: true } });
    endSessionsInSilence(site);
    const decision = await site.auth.upgrade(upgradeRequest(site.cookie), {});
    assert.ok(!decision.accepted);
    assert.equal(decision.reason, "session_ended");
    assert.deepEqual(site.events.filter(({ type }) => type === "error"), []);
  });
});

/** Opens a socket whose session ends in silence meanwhile. */
async function upgraded(site: CachedSite, meanwhile: () => void): Promise<Wire> {
  const decision = await site.auth.upgrade(upgradeRequest(site.cookie), {
    data() {
      endSessionsInSilence(site);
      meanwhile();
    },
  });
  assert.ok(decision.accepted);
  const wire = new Wire();
  decision.connection.opened(wire);
  await turn();
  return wire;
}
