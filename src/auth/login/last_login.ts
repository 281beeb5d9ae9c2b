/** `last_login`, which every login moves. */

import type { Clock } from "../../types.ts";
import type { User } from "../../users/user.ts";

/** `update_last_login` of `django.contrib.auth.models`; nothing where the table has no such column. */
export async function updateLastLogin<Row extends object>(clock: Clock, user: User<Row>): Promise<void> {
  if (!user.has("last_login")) return;
  Object.assign(user, { last_login: new Date(clock.now()) });
  await user.save(["last_login" as keyof Row & string]);
}
