/** One transaction in the shape of a `Database`, so that several stores can write together. */

import type { Database, Queryable } from "../database.ts";

/** Wraps a transaction: writes through it are committed or rolled back with it. Not usable after the transaction. */
export function withinTransaction(transaction: Queryable): Database {
  return {
    query: (statement, parameters) => transaction.query(statement, parameters),
    read: (statement, parameters) => transaction.query(statement, parameters),
    transaction: (work) => work(transaction),
    close: () => Promise.resolve(),
  };
}
