/** `manage.py flushexpiredtokens` on simplejwt's blacklist tables. */

import type { Database } from "../database.ts";
import { FLUSH_BATCH_ROWS, type TokenStatements } from "./token_statements.ts";

/**
 * Deletes the rows of expired tokens.
 *
 * @param cutoff the `expires_at`, as ISO 8601, up to which no token can be valid any more. It applies to all tokens,
 *   since the tables do not tell which rows are of sliding ones, and a token without its row would escape
 *   `blacklistUser()`
 */
export async function flushExpiredTokens(
  database: Database,
  sql: TokenStatements,
  cutoff: () => string,
): Promise<void> {
  await deleteAll(database, sql.flushBlacklisted, cutoff());
  await deleteAll(database, sql.flushOutstanding, cutoff());
}

async function deleteAll(database: Database, statement: string, cutoff: string): Promise<void> {
  while ((await database.query(statement, [cutoff])).length >= FLUSH_BATCH_ROWS);
}
