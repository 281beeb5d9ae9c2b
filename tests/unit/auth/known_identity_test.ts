/** How requests and sockets use a cached identity in the moments in which it ends. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { turn, upgradeRequest, Wire } from "../sockets/socket_site.ts";
import { type CachedSite, cachedSite, endSessionsInSilence, statementsOf, whoami } from "./cached_site.ts";
import { PASSWORD, requestTo, USERS } from "./site.ts";

describe("a cached identity", () => {
  test("needs no query", async () => {
    const site = await cachedSite();
    assert.equal(await statementsOf(site, () => whoami(site.auth, site.cookie)), 0);
    assert.equal(await whoami(site.auth, site.cookie), "ada");
  });

  test("is not used after the site is closed, since logouts are no longer notified", async () => {
    const site = await cachedSite();
    await site.auth.close();
    endSessionsInSilence(site);
    assert.equal(await whoami(site.auth, site.cookie), null);
  });

  test("yields to the row of a session that is loaded while another credential is checked", async () => {
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

  test("yields to the row of a session that is loaded at the same time", async () => {
    const site = await cachedSite();
    endSessionsInSilence(site);
    const context = site.auth.context(requestTo("/", { headers: { cookie: site.cookie } }));
    const [session, user] = await Promise.all([context.session(), context.user()]);
    assert.equal(session.isEmpty(), true);
    assert.equal(user, null);
  });

  test("cannot change a password: the row of the session is read first", async () => {
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

  test("is checked again for a new socket if the feed is lost during its upgrade", async () => {
    const site = await cachedSite();
    const wire = await upgraded(site, () => site.feed.lose());
    assert.deepEqual(wire.ended, [4401, "session_ended"]);
  });

  test("opens no socket if saving its session finds that it has ended", async () => {
    const site = await cachedSite({ session: { saveEveryRequest: true } });
    endSessionsInSilence(site);
    const decision = await site.auth.upgrade(upgradeRequest(site.cookie), {});
    assert.ok(!decision.accepted);
    assert.equal(decision.reason, "session_ended");
    assert.deepEqual(site.events.filter(({ type }) => type === "error"), []);
  });
});

/** Opens a socket whose session is deleted without a notification meanwhile. */
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
