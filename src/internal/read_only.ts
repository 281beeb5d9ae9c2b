/** How a database says that it takes no writes. */

/** SQLSTATE `read_only_sql_transaction`: the transaction, or the whole server, as a standby until it takes the other's place. */
export const READ_ONLY = "25006";
