/** The column `last_login`, which every login updates. */

import type { Clock } from "../../types.ts";
import type { User } from "../../users/user.ts";

/** Updates `last_login`, if the table has it: `update_last_login` of `django.contrib.auth.models`. */
export async function updateLastLogin<Row extends object>(clock: Clock, user: User<Row>): Promise<void> {
  if (!user.has("last_login")) return;
  Object.assign(user, { last_login: new Date(clock.now()) });
  await user.save(["last_login" as keyof Row & string]);
}
