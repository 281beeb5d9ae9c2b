/** A database with the tables of simplejwt's blacklist app, and a store on it at a fixed time. */

import type { Database } from "../../../src/database.ts";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import type { JwtOptions } from "../../../src/jwt/options/options.ts";
import { jwtSettings } from "../../../src/jwt/options/settings.ts";
import type { OutstandingToken, TokenStore } from "../../../src/jwt/tokens/store.ts";
import { createDatabaseTokens } from "../../../src/stores/db_tokens.ts";
import type { Clock } from "../../../src/types.ts";
import { type DjangoUserRow, type UserTable, userTable } from "../../../src/users/user_table.ts";
import { createDatabase, type TestDatabase } from "../../ground/database.ts";

/** The current time. */
export const NOW = Date.parse("2026-11-21T10:00:00.123Z");

/** A store with these options. */
export function storeOn<Row extends object = DjangoUserRow>(
  database: Database,
  options: JwtOptions = {},
  users?: UserTable<Row>,
  clock: Clock = { now: () => NOW },
): TokenStore {
  const settings = jwtSettings(options, "secret");
  if (users === undefined) return createDatabaseTokens({ database, users: userTable(), settings, clock });
  return createDatabaseTokens({ database, users, settings, clock });
}

/** A token of the user with the key 1, valid for a minute. */
export function token(jti: string, more: Partial<OutstandingToken> = {}): OutstandingToken {
  return { jti, token: `text of ${jti}`, userId: "1", createdAt: NOW, expiresAt: NOW / 1000 + 60, ...more };
}

/** Creates a database with these tables. */
export async function open(
  tables: string,
): Promise<{ home: TestDatabase; database: Database; close(): Promise<void> }> {
  const home = await createDatabase(tables);
  const database = createPostgresDatabase(home.url);
  return {
    home,
    database,
    close: async () => {
      await database.close();
      await home.drop();
    },
  };
}

/** SQL that inserts the user. */
export const USER =
  `insert into auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff,
  is_active, date_joined) values (1, '', false, 'bob', '', '', 'bob@example.com', false, true, now());`;
