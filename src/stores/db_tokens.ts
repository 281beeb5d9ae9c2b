/**
 * The store on simplejwt's blacklist app: rows of `token_blacklist_outstandingtoken` and
 * `token_blacklist_blacklistedtoken`. What tokens are, and when they are blacklisted, is decided in `src/jwt/`.
 */

import type { Database } from "../database.ts";
import { SYSTEM_CLOCK } from "../internal/time/clock.ts";
import type { Timers } from "../internal/time/timers.ts";
import type { JwtSettings } from "../jwt/options/settings.ts";
import { isJtiShape, type TokenStore } from "../jwt/tokens/store.ts";
import type { Clock } from "../types.ts";
import type { UserTable } from "../users/user_table.ts";
import { createBatcher } from "./batcher.ts";
import { keyedRead } from "./keyed_read.ts";
import { namingTables } from "./missing_tables.ts";
import { rememberPresence } from "./remembered_presence.ts";
import { arrayLiteral } from "./sql.ts";
import { endToken } from "./token_ends.ts";
import { flushExpiredTokens } from "./token_flush.ts";
import { rotateToken } from "./token_rotation.ts";
import { createTokenRows } from "./token_rows.ts";
import { tokenStatements } from "./token_statements.ts";
import { READERS } from "./values.ts";

/** The dependencies of {@link createDatabaseTokens}. */
export interface DatabaseTokensOptions<Row extends object> {
  /** Where the tables are. */
  readonly database: Database;
  /** The table of the users that tokens belong to. */
  readonly users: UserTable<Row>;
  /** From `jwtSettings()`. */
  readonly settings: Pick<
    JwtSettings<never>,
    "userIdField" | "blacklistTables" | "leeway" | "slidingTokenRefreshLifetime"
  >;
  /** Decides what has expired; the system clock if not given. */
  readonly clock?: Clock | undefined;
  /** Seconds that a look-up may take, including its wait for other look-ups; 5 if not given. */
  readonly deadline?: number | undefined;
  /** The runtime's if not given. */
  readonly timers?: Timers | undefined;
  /** Called whenever the tables were looked for and do not exist. */
  readonly onAbsent?: (() => void) | undefined;
}

/**
 * Creates the store on simplejwt's own tables; simplejwt reads and writes every row as well. Look-ups need only SELECT,
 * and those that arrive together are one query.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for invalid names, or a `userIdField` that is not a column
 */
export function createDatabaseTokens<Row extends object>(options: DatabaseTokensOptions<Row>): TokenStore {
  const { users, settings, clock = SYSTEM_CLOCK, deadline, timers } = options;
  const database = namingTables(options.database, {
    tables: "jwt.blacklist, or by userTable({ schema, table }) for that of users",
    columns:
      "simplejwt's columns in the tables of jwt.blacklist, and those of userTable({ columns }) in the user table",
  });
  const sql = tokenStatements(users, settings.userIdField, settings.blacklistTables);
  // A sliding token can be refreshed, and so outlive the expiry in its row, for as long as the refresh lifetime.
  const survivalMs = (settings.slidingTokenRefreshLifetime + 2 * settings.leeway) * 1000;
  const cutoff = (): string => new Date(clock.now() - survivalMs).toISOString();
  const rows = createTokenRows(sql, clock, cutoff);

  const readBlacklisted = keyedRead<string>(database, { one: sql.isBlacklisted, many: sql.areBlacklisted });
  const lookUp = createBatcher<string, true, unknown[]>({
    deadline,
    timers,
    read: () => true,
    load: async (jtis) => new Map((await readBlacklisted(jtis)).map((row) => [row[0] as string, row])),
  });

  return {
    isInstalled: rememberPresence(clock, async () => {
      const [row] = await database.read(sql.isInstalled, sql.tables);
      const isPresent = row !== undefined && READERS.boolean(row[0]) === true;
      if (!isPresent) options.onAbsent?.();
      return isPresent;
    }),
    isBlacklisted: async (jti) => isJtiShape(jti) && await lookUp(jti) === true,
    outstand: (token) => rows.outstand(database, token),
    blacklist: (token) => database.transaction((transaction) => rows.blacklist(transaction, token)),
    rotate: (rotation) => database.transaction((transaction) => rotateToken(rows, transaction, rotation)),
    end: (ending) => database.transaction((transaction) => endToken(rows, transaction, ending)),

    async isOutstanding(jtis) {
      const shaped = jtis.filter(isJtiShape);
      return shaped.length > 0 &&
        (await database.read(sql.areOutstanding, [arrayLiteral(shaped)])).length > 0;
    },

    async blacklistUser(userId) {
      // A claim that names nobody needs no transaction.
      if (sql.userKey(userId) === null) return [];
      return await database.transaction((transaction) => rows.blacklistUser(transaction, userId));
    },

    flushExpired: () => flushExpiredTokens(database, sql, cutoff),
  };
}
