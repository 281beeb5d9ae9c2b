/**
 * What every driver must do: the behaviour of the `Database` interface. A driver runs this suite on its own database;
 * behaviour specific to its engine is tested separately.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database, Queryable } from "../../../src/database.ts";
import { DatabaseError } from "../../../src/errors.ts";

/** A database under test with the table `item (name text primary key, number integer)`, and its cleanup. */
export interface DatabaseUnderTest {
  readonly database: Database;
  readonly close: () => Promise<void>;
}

/** How a driver differs. */
export interface DatabaseSuiteOptions {
  readonly open: () => Promise<DatabaseUnderTest>;
  /** The reason why it cannot run here. */
  readonly skip?: string | false | undefined;
}

const SECRET = "hunter2";

/** Runs the suite. */
export function databaseSuite(name: string, { open, skip = false }: DatabaseSuiteOptions): void {
  describe(name, { skip }, () => {
    let opened: DatabaseUnderTest;
    let database: Database;
    before(async () => {
      opened = await open();
      database = opened.database;
    });
    after(() => opened?.close());

    const insert = (on: Queryable, key: string, number: number | null = 1): Promise<unknown[][]> =>
      on.query("insert into item (name, number) values ($1, $2) returning name", [key, number]);
    const numberOf = async (key: string): Promise<unknown> =>
      (await database.read("select number from item where name = $1", [key]))[0]?.[0];

    it("returns rows as arrays in the order of the columns", async () => {
      await insert(database, "order", 7);
      const rows = await database.read("select number, name, number as number from item where name = $1", [
        "order",
      ]);
      assert.equal(rows.length, 1);
      assert.deepEqual([...rows[0]!].slice(0, 3), [7, "order", 7]);
    });

    it("returns no rows where there are none, and null for a null value", async () => {
      assert.equal((await database.read("select name from item where name = $1", ["nobody"])).length, 0);
      await insert(database, "empty", null);
      assert.equal(await numberOf("empty"), null);
    });

    it("stores any text unchanged", async () => {
      for (const text of ["", "'", '"; drop table item; --', "\\", "{a,b}", "é😀", "$1", "null"]) {
        await insert(database, text);
        assert.equal((await database.read("select name from item where name = $1", [text]))[0]?.[0], text);
      }
    });

    it("returns each of many concurrent reads its own rows", async () => {
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) => database.read("select $1::text as a", [`n${index}`])),
      );
      assert.deepEqual(answers.map((rows) => rows[0]?.[0]), answers.map((_, index) => `n${index}`));
    });

    it("reports a unique violation by its code", async () => {
      await insert(database, SECRET);
      const error = await failure(insert(database, SECRET));
      assert.equal(error.code, "unique_violation");
      assert.equal(error.constraint, "item_pkey");
      assert.equal(error.status, 500);
      assert.doesNotMatch(describeError(error), new RegExp(SECRET));
    });

    it("never quotes a parameter in an error", async () => {
      const error = await failure(database.read("select $1::text::integer as a", [SECRET]));
      assert.equal(error.code, "invalid_value");
      assert.doesNotMatch(describeError(error), new RegExp(SECRET));
    });

    it("reports what is wrong with a statement", async () => {
      const error = await failure(database.read("select name from no_such_table where 1 = $1", [1]));
      assert.equal(error.code, "database_error");
      assert.match(error.message, /no_such_table/);
    });

    it("keeps working after an error", async () => {
      await failure(database.query("select nothing as a", []));
      assert.equal((await database.read("select $1::text as a", ["x"]))[0]?.[0], "x");
    });

    it("commits a transaction and returns its result", async () => {
      const result = await database.transaction(async (transaction) => {
        await insert(transaction, "committed", 1);
        await transaction.query("update item set number = 2 where name = $1", ["committed"]);
        return ["result"];
      });
      assert.deepEqual(result, ["result"]);
      assert.equal(await numberOf("committed"), 2);
    });

    it("rolls back when the work throws, and rethrows the same error", async () => {
      const error = new RangeError("mine");
      await assert.rejects(
        database.transaction(async (transaction) => {
          await insert(transaction, "rolled back");
          throw error;
        }),
        (thrown) => thrown === error,
      );
      assert.equal(await numberOf("rolled back"), undefined);
    });

    it("rolls back when a statement failed, even if the work catches the error", async () => {
      await insert(database, "taken");
      const error = await failure(database.transaction(async (transaction) => {
        await insert(transaction, "lost");
        await insert(transaction, "taken").catch(() => {});
      }));
      assert.equal(error.code, "unique_violation");
      assert.equal(await numberOf("lost"), undefined);
    });

    it("refuses statements on a finished transaction", async () => {
      let kept: Queryable | undefined;
      await database.transaction((transaction) => {
        kept = transaction;
        return Promise.resolve();
      });
      const error = await failure(insert(kept!, "too late"));
      assert.equal(error.code, "database_unavailable");
      assert.equal(await numberOf("too late"), undefined);
    });

    it("loses no update when transactions change one row concurrently", async () => {
      await insert(database, "counter", 0);
      await Promise.all(Array.from({ length: 20 }, () =>
        database.transaction(async (transaction) => {
          const [row] = await transaction.query("select number from item where name = $1 for update", [
            "counter",
          ]);
          await transaction.query("update item set number = $2 where name = $1", [
            "counter",
            Number(row![0]) + 1,
          ]);
        })));
      assert.equal(await numberOf("counter"), 20);
    });
  });
}

/** The DatabaseError that the work rejects with. */
export async function failure(work: Promise<unknown>): Promise<DatabaseError> {
  const error = await work.then(() => assert.fail("it did not fail"), (thrown) => thrown);
  if (!(error instanceof DatabaseError)) throw error;
  return error;
}

/** Everything that a log could show of an error. */
export function describeError(error: Error): string {
  return [error.message, error.stack, JSON.stringify(error), String(error.cause), JSON.stringify(error.cause)]
    .join();
}
