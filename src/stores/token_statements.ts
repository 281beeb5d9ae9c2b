/** The statements on the tables of simplejwt's blacklist app. `token_rows.ts` and `token_flush.ts` run them. */

import type { TokenBlacklistOptions } from "../jwt/options/options.ts";
import { requireKeyType } from "../users/key_column.ts";
import { parsePrimaryKey } from "../users/primary_key.ts";
import type { UserId, UserTable } from "../users/user_table.ts";
import { quoteName, quoteTable } from "./sql.ts";
import { tokenTables } from "./token_tables.ts";
import { placeholder } from "./values.ts";

/** Every statement, and the conversion of their user parameter. */
export interface TokenStatements {
  /** The tables as `to_regclass` takes them. */
  readonly tables: readonly [outstanding: string, blacklisted: string];
  /** Parses a claim as a value of the column `userIdField`; `null` for one that names nobody. */
  readonly userKey: (claim: unknown) => UserId | null;
  readonly isInstalled: string;
  readonly isBlacklisted: string;
  readonly areBlacklisted: string;
  readonly areOutstanding: string;
  /** The user is looked up by the claim. */
  readonly outstand: string;
  /** The user is known by the primary key. */
  readonly outstandFor: string;
  readonly blacklist: string;
  readonly successors: string;
  readonly blacklistedAt: string;
  readonly shareUser: string;
  readonly lockUser: string;
  readonly blacklistUser: string;
  readonly flushBlacklisted: string;
  readonly flushOutstanding: string;
}

/** Rows that one statement deletes: it must finish within the deadline. */
export const FLUSH_BATCH_ROWS = 5000;

/**
 * Builds the statements for a site's tables.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for invalid names, or a `userIdField` that is not a column
 */
export function tokenStatements<Row extends object>(
  users: UserTable<Row>,
  userIdField: string,
  tables: TokenBlacklistOptions,
): TokenStatements {
  const names = tokenTables(tables);
  const outstanding = quoteTable(names.outstanding, names.schema);
  const blacklisted = quoteTable(names.blacklisted, names.schema);
  const kind = requireKeyType(users, "jwt.userIdField", userIdField);
  const field = quoteName("jwt.userIdField", userIdField);
  const primaryKey = quoteName("primaryKey", users.primaryKey);
  // NULL where the field is not unique and several users have the value: any of them may be the wrong one.
  const user = "(select case when count(*) = 1 then (array_agg(named.key))[1] end from (" +
    `select ${primaryKey} as key from ${quoteTable(users.table, users.schema)} ` +
    `where ${field} = ${placeholder(kind, 1)} limit 2) as named)`;
  const insert = (owner: string): string =>
    `insert into ${outstanding} (user_id, jti, token, created_at, expires_at) values (` +
    `${owner}, $2, $3, $4::text::timestamptz, $5::text::timestamptz) on conflict (jti) do nothing returning 1`;
  const both = `${blacklisted} as b join ${outstanding} as o on o.id = b.token_id`;
  const lock = "hashtextextended('djauth.tokens:' || $1::text, 0)";
  return {
    tables: [outstanding, blacklisted],
    userKey: (claim) => parsePrimaryKey(kind, claim),
    isInstalled: "select to_regclass($1::text) is not null and to_regclass($2::text) is not null",
    isBlacklisted: `select o.jti from ${both} where o.jti = $1`,
    areBlacklisted: `select o.jti from ${both} where o.jti = any($1::text[])`,
    areOutstanding: `select 1 from ${outstanding} where jti = any($1::text[]) limit 1`,
    outstand: insert(user),
    outstandFor: insert(placeholder(users.primaryKeyType, 1)),
    blacklist: `insert into ${blacklisted} (token_id, blacklisted_at) ` +
      `select id, $2::text::timestamptz from ${outstanding} where jti = $1 ` +
      "on conflict (token_id) do nothing returning 1",
    successors: `select o.jti, b.id::text from ${outstanding} as o left join ${blacklisted} as b ` +
      "on b.token_id = o.id where o.jti = any($1::text[])",
    blacklistedAt: `select b.blacklisted_at from ${both} where o.jti = $1`,
    // Held until the end of the transaction, and effective between servers that share only the database.
    shareUser: `select 1 from pg_advisory_xact_lock_shared(${lock})`,
    lockUser: `select 1 from pg_advisory_xact_lock(${lock})`,
    blacklistUser: `insert into ${blacklisted} as b (token_id, blacklisted_at) ` +
      `select id, $2::text::timestamptz from ${outstanding} ` +
      `where user_id = ${user} and expires_at > $3::text::timestamptz ` +
      `on conflict (token_id) do nothing returning (select o.jti from ${outstanding} as o where o.id = b.token_id)`,
    flushBlacklisted: `delete from ${blacklisted} where id in (` +
      `select b.id from ${both} where o.expires_at <= $1::text::timestamptz limit ${FLUSH_BATCH_ROWS}) returning 1`,
    flushOutstanding: `delete from ${outstanding} where id in (` +
      `select o.id from ${outstanding} as o where o.expires_at <= $1::text::timestamptz ` +
      `and not exists (select 1 from ${blacklisted} as b where b.token_id = o.id) ` +
      `limit ${FLUSH_BATCH_ROWS}) returning 1`,
  };
}
