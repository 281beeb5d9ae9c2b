/** An outage interrupts a password change: it is done completely or not at all, and nobody is locked out. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Database, Queryable } from "../../src/database.ts";
import { DatabaseUnavailable } from "../../src/errors.ts";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { Browser, PASSWORD, served, siteAuth } from "../e2e/site.ts";
import { createDatabase, needsDatabase } from "../ground/database.ts";

const NEW_PASSWORD = "another-Horse-2";
const ADA = { username: "ada" };
const MOST_STATEMENTS = 20;

/** A database that can be cut off before any statement that writes, or before a transaction ends. */
class CutDatabase implements Database {
  readonly read: Database["read"];
  readonly close: Database["close"];
  readonly #inner: Database;
  readonly #endConnections: () => Promise<unknown>;
  #step = 0;
  #cutAt = Infinity;
  #isAway = false;

  constructor(inner: Database, endConnections: () => Promise<unknown>) {
    this.#inner = inner;
    this.#endConnections = endConnections;
    this.read = inner.read;
    this.close = inner.close;
  }

  /** Fails at this step and from then on, until the next call. */
  cutAt(step: number): void {
    [this.#step, this.#cutAt, this.#isAway] = [0, step, false];
  }

  async query(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    await this.#take();
    this.#requireHere();
    return await this.#inner.query(statement, parameters);
  }

  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    this.#requireHere();
    return this.#inner.transaction(async (inner) => {
      const query: Queryable["query"] = async (statement, parameters) => {
        await this.#take();
        return await inner.query(statement, parameters);
      };
      const result = await work({ query });
      await this.#take();
      return result;
    });
  }

  async #take(): Promise<void> {
    if (++this.#step !== this.#cutAt) return;
    await this.#endConnections();
    this.#isAway = true;
  }

  /** A new connection would succeed at once, but an outage lasts longer. */
  #requireHere(): void {
    if (this.#isAway) throw new DatabaseUnavailable();
  }
}

describe("a password change", needsDatabase, () => {
  test("that the database interrupts at any statement changes nothing, and succeeds when retried", {
    timeout: 60_000,
  }, async () => {
    const home = await createDatabase();
    const database = new CutDatabase(
      createPostgresDatabase(home.url),
      () =>
        home.sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    const auth = siteAuth({ database, onEvent: () => {} });
    await auth.createUser({ ...ADA, password: PASSWORD });
    const passwords = (): Promise<boolean[]> =>
      Promise.all(
        [PASSWORD, NEW_PASSWORD].map((password) =>
          auth.authenticate({ ...ADA, password }).then(() => true, () => false)
        ),
      );
    const cuts: number[] = [];
    await served(auth, {}, async ({ url }) => {
      const [own, other] = [new Browser(url), new Browser(url)];
      for (const browser of [own, other]) assert.equal((await browser.login(ADA)).status, 200);
      const change = async (at: number): Promise<number> => {
        database.cutAt(at);
        const response = await own.post("/password", { old: PASSWORD, new: NEW_PASSWORD });
        database.cutAt(Infinity);
        return response.status;
      };
      for (let at = 1; at <= MOST_STATEMENTS; at++) {
        const status = await change(at);
        if (status === 204) break;
        assert.equal(status, 503);
        cuts.push(at);
        assert.deepEqual(await passwords(), [true, false], `cut at ${at}`);
        for (const browser of [own, other]) {
          assert.deepEqual(await browser.whoami(), { user: "ada", refusal: null }, `cut at ${at}`);
        }
        assert.equal((await home.sql`SELECT 1 FROM django_session`).length, 2);
      }
      // The user, the old row, the new one, and the end of the transaction.
      assert.ok(cuts.length >= 4, `${cuts.length} cuts`);
      assert.deepEqual(await passwords(), [false, true]);
      assert.deepEqual(await own.whoami(), { user: "ada", refusal: null });
      assert.deepEqual(await other.whoami(), { user: null, refusal: "password_changed" });
    });
    await home.drop();
  });
});
