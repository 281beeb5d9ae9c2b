/** An outage while an upgrade is decided: that one is refused, without asking again. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { loggedIn } from "../auth/cached_site.ts";
import { SESSIONS, siteWith, USERS } from "../auth/site.ts";
import { upgradeRequest } from "./socket_site.ts";

describe("an outage during an upgrade", () => {
  for (const table of [SESSIONS, USERS]) {
    test(`refuses the upgrade if ${table} cannot be read, and the next one is accepted`, async () => {
      const { auth, database } = await siteWith();
      const cookie = await loggedIn(auth);
      const { query } = database;
      let failures = 0;
      database.query = (statement, parameters) => {
        if (!statement.includes(`from ${table}`)) return query.call(database, statement, parameters);
        failures++;
        return Promise.reject(new DatabaseUnavailable());
      };
      const refused = await auth.upgrade(upgradeRequest(cookie), {});
      assert.deepEqual([refused.accepted, failures], [false, 1]);
      assert.equal(!refused.accepted && refused.reason, "try_again_later");
      database.query = query;
      assert.equal((await auth.upgrade(upgradeRequest(cookie), {})).accepted, true);
      await auth.close();
    });
  }
});
