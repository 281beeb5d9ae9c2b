/** A user whose password was checked, once more: the check may have waited long behind those of others. */

import type { User } from "../../users/user.ts";
import type { AuthCore } from "../core/core.ts";

/**
 * The user as the table has it by now; `null` where it is gone or has another password. A session would find out at its
 * next request, by its hash: a token has none.
 */
export async function currentUser<Row extends object>(
  core: Pick<AuthCore<Row>, "users" | "userOf">,
  user: User<Row>,
): Promise<User<Row> | null> {
  const record = await core.users.findById(user.pk);
  return record === null || record.password !== user.password ? null : core.userOf(record);
}
