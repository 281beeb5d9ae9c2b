/** Replaces a session's key and writes users in the same transaction. */

import type { Database } from "../../database.ts";
import type { SessionStore } from "../../session/store.ts";
import { withinTransaction } from "../../stores/within_transaction.ts";
import type { UserStore } from "../../users/store.ts";
import type { UserId } from "../../users/user_table.ts";
import { observedUsers, type OwnChangesListener } from "./own_changes.ts";

/**
 * Returns the engine's `replace()`, which runs `beside` in the same transaction: both happen, or neither. `replace()`
 * throws what `beside` throws; `beside` is not called if the session is gone.
 */
export type JointReplace<Row extends object> = (
  beside: (users: Pick<UserStore<Row>, "update">) => Promise<void>,
) => Pick<SessionStore, "replace">;

/** The dependencies of {@link createJointReplace}. */
export interface JointReplaceParts<Row extends object> {
  readonly database: Database;
  /** The stores on a given database. */
  readonly sessionsOn: (database: Database) => SessionStore;
  readonly usersOn: (database: Database) => UserStore<Row>;
  /** Called for what was written, after the commit. */
  readonly announce: OwnChangesListener;
}

/** Creates the function for the sessions and users of one database. */
export function createJointReplace<Row extends object>(
  { database, sessionsOn, usersOn, announce }: JointReplaceParts<Row>,
): JointReplace<Row> {
  return (beside) => ({
    async replace(oldKey, newKey, change) {
      const changed: UserId[] = [];
      // Announced after the commit: listeners that read the row then see the change.
      const later = { ...announce, userChanged: (id: UserId) => void changed.push(id) };
      const isReplaced = await database.transaction(async (transaction) => {
        const within = withinTransaction(transaction);
        if (!await sessionsOn(within).replace(oldKey, newKey, change)) return false;
        await beside(observedUsers(usersOn(within), later));
        return true;
      });
      if (isReplaced) announce.sessionReplaced(oldKey);
      for (const id of changed) announce.userChanged(id);
      return isReplaced;
    },
  });
}
