/** A session that goes on under another key, and users that are written in the same transaction. */

import type { Database } from "../../database.ts";
import type { SessionStore } from "../../session/store.ts";
import { withinTransaction } from "../../stores/within_transaction.ts";
import type { UserStore } from "../../users/store.ts";
import type { UserId } from "../../users/user_table.ts";
import { observedUsers, type OwnChangesListener } from "./own_changes.ts";

/**
 * The engine's `replace()` with something beside it: both are done, or neither. What `beside` throws comes out of
 * `replace()`; it is not called where the session is not there any more.
 */
export type JointReplace<Row extends object> = (
  beside: (users: Pick<UserStore<Row>, "update">) => Promise<void>,
) => Pick<SessionStore, "replace">;

/** What {@link createJointReplace} stands on. */
export interface JointReplaceParts<Row extends object> {
  readonly database: Database;
  /** The stores over this database. */
  readonly sessionsOn: (database: Database) => SessionStore;
  readonly usersOn: (database: Database) => UserStore<Row>;
  /** Is told of what was written, when it was. */
  readonly announce: OwnChangesListener;
}

/** For sessions and users of one database. */
export function createJointReplace<Row extends object>(
  { database, sessionsOn, usersOn, announce }: JointReplaceParts<Row>,
): JointReplace<Row> {
  return (beside) => ({
    async replace(oldKey, newKey, change) {
      const changed: UserId[] = [];
      // Announced after the commit: whoever looks then sees what was written.
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
