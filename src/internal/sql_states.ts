/** The SQLSTATEs that djauth handles individually, under their names in Postgres (Appendix A of its manual). */
export const SQL_STATE = {
  /** NULL in a column that does not allow it. */
  NOT_NULL_VIOLATION: "23502",
  /** A value that must be unique exists already. */
  UNIQUE_VIOLATION: "23505",
  /** A write in a read-only transaction, or on a standby that has not been promoted. */
  READ_ONLY_SQL_TRANSACTION: "25006",
  /** The database of the connection URL does not exist. */
  INVALID_CATALOG_NAME: "3D000",
  /** The role lacks a right. */
  INSUFFICIENT_PRIVILEGE: "42501",
  /** The table has no such column. */
  UNDEFINED_COLUMN: "42703",
  /** No operator or function takes these types. */
  UNDEFINED_FUNCTION: "42883",
  /** There is no such table. */
  UNDEFINED_TABLE: "42P01",
  /** The server has no free connection. */
  TOO_MANY_CONNECTIONS: "53300",
  /** Closed for maintenance, or in recovery. */
  OBJECT_NOT_IN_PREREQUISITE_STATE: "55000",
  /** `lock_timeout` passed. */
  LOCK_NOT_AVAILABLE: "55P03",
  /** An administrator ended the connection. */
  ADMIN_SHUTDOWN: "57P01",
  /** Another process of the server crashed. */
  CRASH_SHUTDOWN: "57P02",
  /** The server is starting up or shutting down. */
  CANNOT_CONNECT_NOW: "57P03",
  /** `idle_session_timeout` passed. */
  IDLE_SESSION_TIMEOUT: "57P05",
} as const;
