/** What is said of a table or a column that is not there: which it is, what may be the reason, and the option that names it. */

import type { Database } from "../database.ts";
import { DatabaseError } from "../errors.ts";

/** What names the tables and columns of the statements of one store. */
export interface Naming {
  /** The option that names the tables. */
  readonly tables: string;
  /** Which columns the tables must have, and the option that names them or their table. */
  readonly columns: string;
}

/** SQLSTATE. */
const UNDEFINED_TABLE = "42P01";
/** SQLSTATE. */
const UNDEFINED_COLUMN = "42703";

/**
 * The same database, but an error about a missing table or column leads to the option.
 *
 * @param naming what names those of all statements that go to the result
 */
export function namingTables(database: Database, naming: Naming): Database {
  const tell = (error: unknown): never => {
    throw explained(error, naming);
  };
  return {
    read: (statement, parameters) => database.read(statement, parameters).catch(tell),
    query: (statement, parameters) => database.query(statement, parameters).catch(tell),
    transaction: (work) => database.transaction(work).catch(tell),
    close: () => database.close(),
  };
}

function explained(error: unknown, naming: Naming): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const help = helpFor(error.sqlState, naming);
  // Another store has explained it already, within the transaction of this one.
  if (help === null || error.cause instanceof DatabaseError) return error;
  const { message, code, sqlState } = error;
  return new DatabaseError(`${message}; ${help}`, code, { sqlState, cause: error });
}

function helpFor(sqlState: string | undefined, { tables, columns }: Naming): string | null {
  switch (sqlState) {
    case UNDEFINED_TABLE:
      return `has Django migrated this database? The table is named by ${tables}`;
    case UNDEFINED_COLUMN:
      return `expected ${columns}`;
    default:
      return null;
  }
}
