/** Accounts: registration (`create_user` of Django's UserManager) and changing one's own password. */

import { DatabaseError } from "../../errors.ts";
import { AuthenticationError, InvalidUser } from "../../account_errors.ts";
import { isWellFormed } from "../../internal/bytes.ts";
import { randomUuid } from "../../internal/random.ts";
import { pythonStrip } from "../../internal/python/strip.ts";
import { normalizeEmail, normalizeUsername } from "../../users/normalize.ts";
import { isUnwritable } from "../../users/column_values.ts";
import { misfit } from "../../stores/values.ts";
import { columnKind } from "../../users/user_table.ts";
import type { ColumnType } from "../../users/columns.ts";
import { parseLookupText } from "../../users/primary_key.ts";
import type { UserStore, UserValues } from "../../users/store.ts";
import { notePassword } from "../../users/django_user.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import { refusedCredentials } from "./authenticate.ts";
import type { AuthCore } from "../core/core.ts";
import { keepLogin, logout } from "./session_login.ts";
import type { RequestState } from "../request/request_state.ts";

/** The values of a new user: a password, and columns of the table. */
export type NewUser<Row extends object = DjangoUserRow> = Partial<Row> & {
  /** The password in plain text; `null` for a user without a usable password. */
  password: string | null;
};

/** The fields that visitors may set for their own account, in addition to username and email address. */
const HARMLESS: readonly string[] = ["first_name", "last_name", "password"];

/**
 * Refuses fields that visitors may not set for their own account.
 *
 * @param fields further columns that the application lets visitors set
 * @throws {TypeError} for any other field, for the primary key in `fields`, and without a password
 * @throws {InvalidUser} `invalid_user` for an empty password, and for a value that does not fit its column
 */
export function requireVisitorFields<Row extends object>(
  { table }: Pick<AuthCore<Row>, "table">,
  values: object,
  fields: readonly string[] = [],
): void {
  if (fields.includes(table.primaryKey)) {
    throw new TypeError(`register() never takes the primary key "${table.primaryKey}" in fields`);
  }
  const given = values as Readonly<Record<string, unknown>>;
  const { password } = given;
  requirePassword("register()", password);
  // Django's forms refuse it as well: a missing field must not make an account that everybody can log in to.
  if (password === "") throw new InvalidUser("The password of a new user is empty");
  const allowed = [table.usernameField, table.emailField, ...HARMLESS, ...fields];
  // Handlers pass on whole forms: an extra field must not create an administrator, whatever the column is called.
  const name = Object.keys(values).find((name) => !allowed.includes(name));
  if (name !== undefined) {
    throw new TypeError(
      `register() does not take "${name}": name it in { fields } if a visitor may set it, or use createUser()`,
    );
  }
  // Before the password is hashed: visitors may send any JSON.
  for (const [name, type] of Object.entries<ColumnType>(table.columns)) {
    // createUser() itself requires a username that fits.
    if (given[name] === undefined || name === table.usernameField) continue;
    const expected = misfit(columnKind(type), type.endsWith("?"), given[name]);
    if (expected === null) continue;
    throw new InvalidUser(`The ${name} of a new user cannot be stored, expected ${expected}`);
  }
}

/** Strips the username, as Django's forms do: nobody could ever log in with whitespace around it. */
export function withStrippedUsername<Row extends object, Values extends object>(
  { table: { usernameField } }: Pick<AuthCore<Row>, "table">,
  values: Values,
): Values {
  const username = (values as Readonly<Record<string, unknown>>)[usernameField];
  return typeof username === "string" ? { ...values, [usernameField]: pythonStrip(username) } : values;
}

/** Requires a password or an explicit `null`: a missing one is a programming error. */
function requirePassword(who: string, password: unknown): void {
  if (password === null || typeof password === "string") return;
  const given = password === undefined ? "no password" : `a password of the type ${typeof password}`;
  throw new TypeError(`${who} got ${given}, expected a string, or null for a user without a usable password`);
}

/** Creates a user, with the defaults of Django's `AbstractUser` for the columns that the table has. */
export async function createUser<Row extends object>(
  core: AuthCore<Row>,
  newUser: NewUser<Row>,
): Promise<User<Row>> {
  const { password, ...given } = newUser as NewUser<Row> & Record<string, unknown>;
  requirePassword("A new user", password);
  const { usernameField, emailField } = core.table;
  const values: Record<string, unknown> = { ...defaultsFor(core), ...given };
  // Length-checked before normalization, which takes quadratic time on unordered combining marks.
  const username = parseLookupText(values[usernameField]);
  if (username === null) {
    throw new InvalidUser(`The ${usernameField} of a new user is missing or cannot be stored`);
  }
  values[usernameField] = normalizeUsername(username);
  // A lone surrogate would be hashed as U+FFFD, so that different passwords become equal.
  if (password !== null && !isWellFormed(password)) {
    throw new InvalidUser("The password of a new user cannot be hashed");
  }
  const types: Readonly<Record<string, ColumnType>> = core.table.columns;
  const unwritable = Object.keys(given).find((name) => isUnwritable(given[name], types[name]));
  if (unwritable !== undefined) throw new InvalidUser(`The ${unwritable} of a new user cannot be stored`);
  if (emailField !== null && typeof values[emailField] === "string") {
    values[emailField] = normalizeEmail(values[emailField] as string);
  }
  values["password"] = await core.passwords.makePassword(password);
  try {
    return core.userOf(await core.users.insert(values as UserValues<Row>));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.code === "not_null_violation" && error.column === core.table.primaryKey) {
      throw keyIsMissing(core, error);
    }
    // The input is too long or cannot be stored: not a server error.
    if (error.code !== "invalid_value") throw error;
    throw new InvalidUser("A value of the new user is too long or cannot be stored", { cause: error });
  }
}

/** Creates the error for string keys, and for numbers without a sequence: only the application knows the next one. */
function keyIsMissing<Row extends object>({ table }: AuthCore<Row>, cause: DatabaseError): TypeError {
  return new TypeError(
    `The database generates no key for a new row of "${table.table}": use createUser() with a value for "${table.primaryKey}"`,
    { cause },
  );
}

/** Changes the password of the signed-in user after checking the old one; other sessions of the user end. */
export async function replacePassword<Row extends object>(
  state: RequestState<Row>,
  passwords: { readonly oldPassword: string; readonly newPassword: string },
): Promise<void> {
  // `null` would make the account unusable: a misspelt form field must not do that.
  if (typeof passwords.newPassword !== "string") {
    throw new TypeError(`newPassword is of type ${typeof passwords.newPassword}, expected a string`);
  }
  if (passwords.newPassword === "") throw new InvalidUser("The new password is empty");
  if (!isWellFormed(passwords.newPassword)) throw new InvalidUser("The new password cannot be hashed");
  // Based on the session row, which is opened below in any case: a cached login may have just ended.
  if ((await state.identity()).user !== null) await state.session();
  const { user } = await state.identity();
  if (user === null) throw await state.notAuthenticated();
  if (!await user.checkPassword(passwords.oldPassword)) throw wrongOldPassword(state.core);
  const { core } = state;
  const before = user.password;
  const encoded = await core.passwords.makePassword(passwords.newPassword);

  async function write(users: Pick<UserStore<Row>, "update">): Promise<void> {
    const values = { password: encoded } as UserValues<Row>;
    // Of two concurrent changes, the second no longer has the right old password.
    if (!await users.update(user!.pk, values, { password: before })) throw wrongOldPassword(core);
  }

  try {
    await keepLogin(state, user, encoded, async (session) => {
      // In one transaction: an outage in between would leave an invalid session, or a password change reported as
      // failed.
      if (session.sessionKey !== null) return await session.cycleKey(core.jointReplace(write));
      // Signed in by a token: no session depends on the password.
      await session.cycleKey();
      await write(core.users);
    });
  } catch (error) {
    if (error instanceof AuthenticationError) await logout(state);
    throw error;
  }
  notePassword(user, encoded);
}

function wrongOldPassword<Row extends object>(core: AuthCore<Row>): AuthenticationError {
  return refusedCredentials(core, "wrong_old_password", "The old password is wrong");
}

/** Returns the defaults of Django's own models for columns that were not given. */
function defaultsFor<Row extends object>(core: AuthCore<Row>): Record<string, unknown> {
  const defaults: Record<string, unknown> = {
    first_name: "",
    last_name: "",
    email: "",
    is_staff: false,
    is_superuser: false,
    is_active: true,
    date_joined: new Date(core.clock.now()),
  };
  // As `default=uuid.uuid4` of a model: Django generates the key, the table has no default for it.
  if (core.table.primaryKeyType === "uuid") defaults[core.table.primaryKey] = randomUuid(core.randomBytes);
  // An account created inactive could never be used.
  if (core.table.activeField !== null) defaults[core.table.activeField] = true;
  return Object.fromEntries(
    Object.entries(defaults).filter(([name]) => Object.hasOwn(core.table.columns, name)),
  );
}
