/** Who is to be logged in: a user, or the id of one. Anything else is a mistake of the program, and said so. */

import { parsePrimaryKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import type { AuthCore } from "../core/core.ts";
import { rejectCredentials } from "./authenticate.ts";

/** A user, or the id of one. */
export type LoginSubject<Row extends object = DjangoUserRow> = User<Row> | { readonly userId: UserId };

/**
 * The user who is meant.
 *
 * @throws {TypeError} as {@link requireSubject}
 * @throws {AuthenticationError} `user_not_found` for an id that nobody has
 */
export async function subjectOf<Row extends object>(
  core: AuthCore<Row>,
  subject: LoginSubject<Row>,
): Promise<User<Row>> {
  const named = requireSubject(subject);
  return "userId" in named ? await requireUser(core, named.userId) : named.user;
}

/**
 * The user or the id that is meant.
 *
 * @throws {TypeError} for neither a user nor an id, for both, for anything beside an id, and for an id that is neither text
 * nor a whole number
 */
export function requireSubject<Row extends object>(
  subject: LoginSubject<Row>,
): { readonly user: User<Row> } | { readonly userId: UserId } {
  const { isAuthenticated, userId } = (subject ?? {}) as { isAuthenticated?: unknown; userId?: unknown };
  const isUser = isAuthenticated === true;
  // A table may have a column of that name: then it is a user all the same.
  const hasId = userId !== undefined && !(isUser && (subject as User<Row>).has("userId"));
  if (isUser && hasId) throw new TypeError("login() got both a user and a userId, expected one of them");
  if (isUser) return { user: subject as User<Row> };
  if (!hasId) throw new TypeError("login() got neither a user nor { userId }, expected one of them");
  const other = Object.keys(subject).find((name) => name !== "userId");
  // A user under some name would be passed over for the id.
  if (other !== undefined) {
    throw new TypeError(`login() got "${other}" beside the userId, expected a user or { userId } alone`);
  }
  if (!isIdShape(userId)) {
    throw new TypeError(
      `login() got a userId of the type ${typeOf(userId)}, expected text or a whole number`,
    );
  }
  return { userId };
}

/** The user of this id, who is logged in without a password. */
async function requireUser<Row extends object>(core: AuthCore<Row>, id: UserId): Promise<User<Row>> {
  const key = parsePrimaryKey(core.table.primaryKeyType, id);
  const record = key === null ? null : await core.users.findById(key);
  if (record === null) throw rejectCredentials(core, "user_not_found", "There is no user with this id");
  return core.userOf(record);
}

function isIdShape(id: unknown): id is UserId {
  return typeof id === "string" || parsePrimaryKey("bigint", id) !== null;
}

function typeOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
