/** An outage while an upgrade is decided: what was not known when the user was identified may be asked for again. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { loggedIn } from "../auth/cached_site.ts";
import type { MemoryDatabase } from "../auth/memory_database.ts";
import { SESSIONS, siteWith, USERS } from "../auth/site.ts";
import { tokenFor, tokenSite } from "../auth/token_site.ts";
import { upgradeRequest } from "./socket_site.ts";

/** Makes the next read of a table fail. @returns how often the table was read since */
function failNextRead(database: MemoryDatabase, table: string): () => number {
  const { query } = database;
  let count = 0;
  database.query = (statement, parameters) => {
    if (!statement.includes(`from ${table}`) || count++ > 0) {
      return query.call(database, statement, parameters);
    }
    return Promise.reject(new DatabaseUnavailable());
  };
  return () => count;
}

describe("an outage during an upgrade", () => {
  for (const table of [SESSIONS, USERS]) {
    test(`refuses it if ${table} cannot be read, without another try or an unhandled rejection`, async () => {
      const { auth, database } = await siteWith();
      const cookie = await loggedIn(auth);
      const readCount = failNextRead(database, table);
      const refused = await auth.upgrade(upgradeRequest(cookie), {});
      assert.equal(!refused.accepted && refused.reason, "try_again_later");
      assert.equal(readCount(), 1);
      await auth.close();
    });
  }

  test("does not keep data() from asking once more for a session that no login rests on", async () => {
    const { auth, database } = await tokenSite({ precedence: ["header"] });
    const request = upgradeRequest(`sessionid=${"a".repeat(32)}`);
    request.headers.set("authorization", `Bearer ${await tokenFor()}`);
    failNextRead(database, SESSIONS);
    const answers: string[] = [];
    const decision = await auth.upgrade(request, {
      async data(_request, context) {
        for (let times = 0; times < 2; times++) {
          answers.push(await context.session().then(() => "opened", ({ code }) => code));
        }
      },
    });
    assert.deepEqual(answers, ["database_unavailable", "opened"]);
    assert.equal(decision.accepted, true);
    await auth.close();
  });
});
