/** The user to log in: a user object or an id. Anything else is a programming error, and reported as such. */

import { parsePrimaryKey, requirePrimaryKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import type { AuthCore } from "../core/core.ts";
import { refusedCredentials } from "./authenticate.ts";

/** A user, or a user id. */
export type LoginSubject<Row extends object = DjangoUserRow> = User<Row> | { readonly userId: UserId };

/**
 * Returns the user to log in.
 *
 * @throws {TypeError} as {@link requireSubject}, and for an id that no user can have
 * @throws {AuthenticationError} `user_not_found` for an id that does not exist
 */
export async function subjectOf<Row extends object>(
  core: AuthCore<Row>,
  subject: LoginSubject<Row>,
): Promise<User<Row>> {
  const named = requireSubject(subject);
  return "userId" in named ? await requireUser(core, named.userId) : named.user;
}

/**
 * Returns the user or the id to log in.
 *
 * @throws {TypeError} for neither a user nor an id, for both, for further fields beside an id, and for an id that is
 * neither a string nor an integer
 */
export function requireSubject<Row extends object>(
  subject: LoginSubject<Row>,
): { readonly user: User<Row> } | { readonly userId: UserId } {
  const { isAuthenticated, userId } = (subject ?? {}) as { isAuthenticated?: unknown; userId?: unknown };
  const isUser = isAuthenticated === true;
  // The table may have a column of that name: then it is still a user.
  const hasId = userId !== undefined && !(isUser && (subject as User<Row>).has("userId"));
  if (isUser && hasId) throw new TypeError("login() got both a user and a userId, expected one of them");
  if (isUser) return { user: subject as User<Row> };
  if (!hasId) throw new TypeError("login() got neither a user nor { userId }, expected one of them");
  const other = Object.keys(subject).find((name) => name !== "userId");
  // A user under another name would be ignored in favour of the id.
  if (other !== undefined) {
    throw new TypeError(`login() got "${other}" beside the userId, expected a user or { userId } alone`);
  }
  if (!isIdShape(userId)) {
    throw new TypeError(
      `login() got a userId of type ${typeOf(userId)}, expected a string or an integer`,
    );
  }
  return { userId };
}

/** Returns the user with this id, to log in without a password. */
async function requireUser<Row extends object>(core: AuthCore<Row>, id: UserId): Promise<User<Row>> {
  const record = await core.users.findById(requirePrimaryKey("login", core.table.primaryKeyType, id));
  if (record === null) throw refusedCredentials(core, "user_not_found", "There is no user with this id");
  return core.userOf(record);
}

function isIdShape(id: unknown): id is UserId {
  return typeof id === "string" || parsePrimaryKey("bigint", id) !== null;
}

function typeOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
