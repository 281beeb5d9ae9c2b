/** Claims of logins that ended before they were redeemed: by a change to the user, a logout or another user's login. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { claimOf, cookiesOf, open, redeem, refusalOf, tell, websocket } from "./claims.ts";
import { cookieOf, django, keyIn, newPerson, served, siteAuth } from "./site.ts";

const INVALID = [401, "claim_invalid"];

describe("the claim of a login", needsOracle, () => {
  const ends: readonly [what: string, code: string, end: (pk: number) => Promise<unknown>][] = [
    ["was deactivated", "user_inactive", (pk) => django().updateUser(pk, { is_active: false })],
    ["has another password", "password_changed", (pk) => django().setPassword(pk, "another-Horse-2")],
    ["was deleted", "user_not_found", (pk) => django().deleteUser(pk)],
  ];
  for (const [what, code, end] of ends) {
    test(`of a user who ${what} meanwhile is refused`, async () => {
      const person = await newPerson();
      await served(
        siteAuth({ sockets: { revalidateInterval: 0, feed: false } }),
        { websocket },
        async (server) => {
          const socket = await open(server);
          const claim = await claimOf(socket, person);
          await end(person.pk);
          assert.deepEqual(refusalOf(await redeem(server, claim)), [401, code]);
          assert.deepEqual(refusalOf(await redeem(server, claim)), INVALID);
          socket.destroy();
        },
      );
    });
  }

  test("is refused after a logout over the socket or in Django", async () => {
    const person = await newPerson({});
    await served(siteAuth({ sockets: { feed: false } }), { websocket }, async (server) => {
      const socket = await open(server);
      const claim = await claimOf(socket, person);
      await tell(socket, { logout: true });
      assert.deepEqual(refusalOf(await redeem(server, claim)), [401, "session_ended"]);
      // Two claims of one login: the first gives the cookie, and a logout with that cookie ends the second.
      const [first, second] = [await claimOf(socket, person), await claimOf(socket, person)];
      await django().logout(cookiesOf(await redeem(server, first)));
      assert.deepEqual(refusalOf(await redeem(server, second)), [401, "session_ended"]);
      socket.destroy();
    });
  });

  test("is refused once another user has logged in on its session", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const auth = siteAuth({ sockets: { revalidateInterval: 0, feed: false } });
    await served(auth, { websocket }, async (server) => {
      const socket = await open(server);
      const claim = await claimOf(socket, person);
      const [held] = auth.sockets.ofUser(person.pk);
      const key = held!.session.sessionKey!;
      const login = JSON.parse(await django().loadSession(keyIn(await cookieOf(other))));
      await django().setSession(key, { json: JSON.stringify(login) });
      assert.equal((await django().whoami(`sessionid=${key}`)).user?.username, other.username);
      assert.deepEqual(refusalOf(await redeem(server, claim)), INVALID);
      socket.destroy();
    });
  });
});
