/** Queries and faults used by the fault tests. */

import assert from "node:assert/strict";
import process from "node:process";
import postgres from "postgres";
import type { Database } from "../../../src/database.ts";
import { SERVER_URL, type TestDatabase } from "../../ground/database.ts";

export const TABLES = `
  create table item (name text primary key, number integer);
  insert into item select 'n' || i, i from generate_series(1, 100) i;
  create table other as table item;`;
export const DEADLINE: number = 1;
export const IN_TIME: number = DEADLINE * 1000 * 1.5;

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function timed<Result>(work: Promise<Result>): Promise<[result: Result, milliseconds: number]> {
  const start = performance.now();
  const result = await work;
  return [result, performance.now() - start];
}

/**
 * Reads a row: an existing key must return its number, another one no row. Returns `false` for an outage; any other
 * result fails the test.
 */
export async function isAnswered(database: Database, index: number, table = "item"): Promise<boolean> {
  let rows: unknown[][];
  try {
    rows = await database.read(`select number, name from ${table} where name = any($1::text[])`, [
      `{n${index}}`,
    ]);
  } catch (error) {
    assert.equal((error as { code?: string }).code, "database_unavailable", String(error));
    return false;
  }
  assert.deepEqual(rows.map((row) => [...row].slice(0, 2)), index <= 100 ? [[index, `n${index}`]] : []);
  return true;
}

/** Writes a number to a row, by default its current one; `false` for an outage. */
export async function isChanged(database: Database, index: number, number = index): Promise<boolean> {
  try {
    const rows = await database.transaction(async (transaction) => {
      const found = await transaction.query("select number from item where name = $1 for update", [
        `n${index}`,
      ]);
      assert.deepEqual([...found[0]!], [index]);
      return await transaction.query("update item set number = $2 where name = $1 returning name", [
        `n${index}`,
        number,
      ]);
    });
    assert.deepEqual([...rows[0]!], [`n${index}`]);
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, "database_unavailable", String(error));
    return false;
  }
}

/** Locks a table until the returned function is called. */
export async function lock(home: TestDatabase, table: string): Promise<() => Promise<void>> {
  const sql = postgres(home.url, { max: 1 });
  let release = (): void => {};
  let held: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve) => {
    held = sql.begin(async (inner) => {
      await inner.unsafe(`lock table ${table} in access exclusive mode`);
      resolve();
      await new Promise<void>((free) => release = free);
    });
  });
  return async () => {
    release();
    await held;
    await sql.end();
  };
}

export function isLocal(): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(SERVER_URL ?? "postgres://elsewhere").hostname);
}

export function signal(pid: number, name: "SIGSTOP" | "SIGCONT"): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
