/** Reads rows by one key or by many, for the `load` of a batcher. */

import type { Database } from "../database.ts";
import { arrayLiteral } from "./sql.ts";

/** Two statements that select the same columns. */
export interface KeyedStatements {
  /** Takes the key as `$1`. */
  readonly one: string;
  /** Takes an array of keys as `$1`. */
  readonly many: string;
}

/**
 * Creates the function that reads the rows of some keys. A single key has a statement of its own: Postgres keeps one
 * plan for it, whereas it would plan anew for every list of one.
 */
export function keyedRead<Key extends string | number | bigint>(
  database: Database,
  { one, many }: KeyedStatements,
): (keys: readonly Key[]) => Promise<unknown[][]> {
  return (keys) =>
    keys.length === 1 ? database.read(one, [String(keys[0])]) : database.read(many, [arrayLiteral(keys)]);
}
