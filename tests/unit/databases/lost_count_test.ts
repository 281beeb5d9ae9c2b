/** A connection whose answers are not those to its statements; faked, since no server does this on demand. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Queryable } from "../../../src/database.ts";
import type { PostgresClient } from "../../../src/databases/postgres/client.ts";
import { NOWHERE } from "../../../src/databases/postgres/place.ts";
import { runTransaction } from "../../../src/databases/postgres/transaction.ts";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import { SYSTEM_TIMERS } from "../../../src/internal/time/timers.ts";

/** Answers every statement with rows of this command. */
function clientAnswering(command: string): PostgresClient {
  const rows = Object.assign([["1"]], { command });
  const scope = { unsafe: () => ({ values: () => Promise.resolve(rows) }) };
  const begin = (_options: string, run: (sql: typeof scope) => Promise<unknown>) => run(scope);
  return { begin } as unknown as PostgresClient;
}

const run = (client: PostgresClient, work: (transaction: Queryable) => Promise<unknown>) =>
  runTransaction({ client, place: NOWHERE, limit: { milliseconds: 1000, timers: SYSTEM_TIMERS }, work });

const STATEMENT = "update sessions set x = 1";

describe("a transaction whose answer is that to another command", () => {
  const WORKS: Readonly<Record<string, (transaction: Queryable) => Promise<unknown>>> = {
    "fails": (transaction) => transaction.query(STATEMENT, []),
    "fails even if the work swallows the error": (transaction) =>
      transaction.query(STATEMENT, []).catch(() => "swallowed"),
    "fails with the error that the work throws instead": (transaction) =>
      transaction.query(STATEMENT, []).catch(() => Promise.reject(new RangeError("own"))),
  };
  for (const [name, work] of Object.entries(WORKS)) {
    test(`${name}; its connection is not used again, and it is not repeated`, async () => {
      const outcome = await run(clientAnswering("SELECT"), work);
      assert.ok(outcome.kind === "failed");
      assert.deepEqual([outcome.isLost, outcome.mayRepeat], [true, false]);
      assert.ok(outcome.error instanceof (name.includes("instead") ? RangeError : DatabaseUnavailable));
    });
  }

  test("does not resemble one with its own answer, whose connection is used again", async () => {
    const good = clientAnswering("UPDATE");
    const done = await run(good, (transaction) => transaction.query(STATEMENT, []));
    assert.equal(done.kind, "done");
    const failed = await run(good, () => Promise.reject(new RangeError("own")));
    assert.ok(failed.kind === "failed" && !failed.isLost && failed.error instanceof RangeError);
  });
});
