/** The users of one `djangoAuth()` and their passwords. */

import type { Database } from "../../database.ts";
import { HASHER_NAMES } from "../../passwords/hashers.ts";
import { createPasswords, type Passwords } from "../../passwords/passwords.ts";
import { createDatabaseUsers } from "../../stores/db_users.ts";
import type { RandomBytes } from "../../types.ts";
import type { UserStore } from "../../users/store.ts";
import { createUserFactory, type UserFactory } from "../../users/django_user.ts";
import { type DjangoUserRow, type UserTable, userTable } from "../../users/user_table.ts";
import type { EventListener } from "../events/events.ts";
import type { SettingsHints } from "../events/hints.ts";
import type { DjangoAuthOptions } from "../options/options.ts";
import { observedUsers, type OwnChangesListener } from "./own_changes.ts";

/** The services on the user table. */
export interface UserServices<Row extends object> {
  readonly table: UserTable<Row>;
  readonly users: UserStore<Row>;
  /** Returns the store on another database, such as a transaction; its changes are not announced. */
  readonly usersOn: (database: Database) => UserStore<Row>;
  readonly passwords: Passwords;
  /** Creates the user object of a record. */
  readonly userOf: UserFactory<Row>;
}

/** The dependencies of {@link createUserServices}. */
export interface UserServicesParts {
  readonly database: Database;
  readonly randomBytes: RandomBytes;
  readonly emit: EventListener;
  readonly hints: Pick<SettingsHints, "userAmbiguous" | "hasherMissing">;
  /** Called for users that are changed here. */
  readonly announce: OwnChangesListener;
}

/** Creates the users of these options. */
export function createUserServices<Row extends object>(
  options: DjangoAuthOptions<Row>,
  { database, randomBytes, emit, hints, announce }: UserServicesParts,
): UserServices<Row> {
  const passwords = createPasswords({
    django: options.django,
    randomBytes,
    hashers: options.passwords?.hashers,
    maxWaiting: options.passwords?.maxWaiting,
    onBusy: () => emit({ type: "auth.limited", code: "server_busy" }),
    onNoHasher: (algorithm) => hints.hasherMissing(algorithm, HASHER_NAMES.includes(algorithm)),
  });
  // Without `users`, the overloads of djangoAuth() make Row a DjangoUserRow.
  const djangoTable: UserTable<DjangoUserRow> = userTable();
  const table = options.users ?? djangoTable as unknown as UserTable<Row>;
  const usersOn = (database: Database): UserStore<Row> =>
    createDatabaseUsers<Row>({
      database,
      table,
      deadline: options.databaseDeadline,
      timers: options.timers,
      // Only tokens identify users by a column other than the key.
      onAmbiguous: (column) => hints.userAmbiguous(column),
    });
  const users = observedUsers(usersOn(database), announce);
  const userOf = createUserFactory({ table, store: users, passwords, timers: options.timers });
  return { table, users, usersOn, passwords, userOf };
}
