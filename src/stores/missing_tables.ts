/** Explains errors about a missing table or column: the likely reason, and the option that names it. */

import type { Database } from "../database.ts";
import { DatabaseError } from "../errors.ts";
import { SQL_STATE } from "../internal/sql_states.ts";

/** The options that name the tables and columns of one store. */
export interface Naming {
  /** The option that names the tables. */
  readonly tables: string;
  /** Which columns the tables must have, and the option that names them or their table. */
  readonly columns: string;
}

/**
 * Wraps a database so that its errors about missing tables and columns name the option.
 *
 * @param naming for all statements that are sent through the result
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
  // Another store, used within a transaction of this one, has explained it already.
  if (help === null || error.cause instanceof DatabaseError) return error;
  const { message, code, sqlState } = error;
  return new DatabaseError(`${message}; ${help}`, code, { sqlState, cause: error });
}

function helpFor(sqlState: string | undefined, { tables, columns }: Naming): string | null {
  switch (sqlState) {
    case SQL_STATE.UNDEFINED_TABLE:
      return `has Django migrated this database? The table is named by ${tables}`;
    case SQL_STATE.UNDEFINED_COLUMN:
      return `expected ${columns}`;
    default:
      return null;
  }
}
