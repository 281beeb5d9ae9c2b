/** What is said of a table that is not there: which it is, what may be the reason, and the option that names it. */

import type { Database } from "../database.ts";
import { DatabaseError } from "../errors.ts";

const UNDEFINED_TABLE = "42P01";

/**
 * The same database, but an error about a missing table leads to the option.
 *
 * @param option what names the tables of all statements that go to the result
 */
export function namingTables(database: Database, option: string): Database {
  const tell = (error: unknown): never => {
    throw explained(error, option);
  };
  return {
    read: (statement, parameters) => database.read(statement, parameters).catch(tell),
    query: (statement, parameters) => database.query(statement, parameters).catch(tell),
    transaction: (work) => database.transaction(work).catch(tell),
    close: () => database.close(),
  };
}

function explained(error: unknown, option: string): unknown {
  if (!(error instanceof DatabaseError) || error.sqlState !== UNDEFINED_TABLE) return error;
  // Another store has explained it already, within the transaction of this one.
  if (error.cause instanceof DatabaseError) return error;
  const { message, code, sqlState } = error;
  const help = `has Django migrated this database? The table is named by ${option}`;
  return new DatabaseError(`${message}; ${help}`, code as "database_error", { sqlState, cause: error });
}
