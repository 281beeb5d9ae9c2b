/** Re-reads a user whose password was checked: the check may have been queued for long behind others. */

import type { User } from "../../users/user.ts";
import type { AuthCore } from "../core/core.ts";

/**
 * Returns the user as currently stored; `null` if the user is gone or has a different password. A session would detect
 * this at its next request, by its hash; a token has none.
 */
export async function rereadUser<Row extends object>(
  core: Pick<AuthCore<Row>, "users" | "userOf">,
  user: User<Row>,
): Promise<User<Row> | null> {
  const record = await core.users.findById(user.pk);
  return record === null || record.password !== user.password ? null : core.userOf(record);
}
