/** One transaction in the shape of a database, so that several stores can write together. */

import type { Database, Queryable } from "../database.ts";

/** What stores do over it is done when the transaction is, or not at all. It lives no longer than the transaction. */
export function withinTransaction(transaction: Queryable): Database {
  return {
    query: (statement, parameters) => transaction.query(statement, parameters),
    read: (statement, parameters) => transaction.query(statement, parameters),
    transaction: (work) => work(transaction),
    close: () => Promise.resolve(),
  };
}
