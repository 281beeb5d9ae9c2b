/** Accounts: registration (`create_user` of Django's UserManager) and the change of one's own password. */

import { AuthenticationError, NotAuthenticated } from "../errors.ts";
import { normalizeEmail, normalizeUsername } from "../users/normalize.ts";
import type { UserValues } from "../users/store.ts";
import type { User } from "../users/user.ts";
import type { AuthCore } from "./core.ts";
import { logout, updateSessionAuthHash } from "./login.ts";
import type { RequestState } from "./request_state.ts";

/** What a new user is made of: a password, and columns of the table. */
export type NewUser<Row extends object> = Partial<Row> & {
  /** The password in clear; `null` for a user who cannot log in with one. */
  password: string | null;
};

/** Columns that give rights, or that the server alone decides. A form must never be able to set them. */
const PRIVILEGED: readonly string[] = ["is_superuser", "is_staff", "is_active", "last_login", "date_joined"];

/** Refuses what a visitor may not say about the own account. */
export function requireHarmless<Row extends object>(core: AuthCore<Row>, values: object): void {
  // Handlers pass whole forms on: a hidden field must not make an administrator.
  for (const name of Object.keys(values)) {
    if (name === core.table.primaryKey || PRIVILEGED.includes(name)) {
      throw new TypeError(
        `register() does not take "${name}": name the fields that a visitor may set, and use createUser() for others`,
      );
    }
  }
}

/** Makes a user with the defaults of Django's `AbstractUser` for the columns that the table has. */
export async function createUser<Row extends object>(
  core: AuthCore<Row>,
  newUser: NewUser<Row>,
): Promise<User<Row>> {
  const { password, ...given } = newUser as NewUser<Row> & Record<string, unknown>;
  if (password !== null && typeof password !== "string") {
    throw new TypeError(`The password of a new user must be text or null, got ${typeof password}`);
  }
  const { usernameField, emailField } = core.table;
  const values: Record<string, unknown> = { ...defaultsFor(core), ...given };
  const username = values[usernameField];
  if (typeof username !== "string" || username === "") {
    throw new TypeError(
      `A new user needs ${usernameField}, got ${username === "" ? "an empty text" : typeof username}`,
    );
  }
  values[usernameField] = normalizeUsername(username);
  if (emailField !== null && typeof values[emailField] === "string") {
    values[emailField] = normalizeEmail(values[emailField] as string);
  }
  values["password"] = await core.passwords.makePassword(password);
  return core.userOf(await core.users.insert(values as UserValues<Row>));
}

/** Gives the signed-in user another password after checking the old one; other sessions of the user end. */
export async function replacePassword<Row extends object>(
  state: RequestState<Row>,
  passwords: { readonly oldPassword: string; readonly newPassword: string },
): Promise<void> {
  // `null` would make the account unusable: a misspelt field of a form must not.
  if (typeof passwords.newPassword !== "string") {
    throw new TypeError(`newPassword must be text, got ${typeof passwords.newPassword}`);
  }
  const { user, refusal } = await state.identity();
  if (user === null) throw new NotAuthenticated(refusal ?? undefined);
  if (!await user.checkPassword(passwords.oldPassword)) throw wrongPassword();
  const before = user.password;
  await user.setPassword(passwords.newPassword);
  // The session first: an old one beside the new password would be ended by whatever request comes in between.
  await updateSessionAuthHash(state, user);
  const values = { password: user.password } as UserValues<Row>;
  // Of two who change it at once, the second no longer knows the old one.
  if (!await state.core.users.update(user.pk, values, { password: before })) {
    await logout(state);
    throw wrongPassword();
  }
}

function wrongPassword(): AuthenticationError {
  return new AuthenticationError("wrong_password", "The old password is wrong");
}

/** The values that Django's own models put into columns which were not given. */
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
  return Object.fromEntries(
    Object.entries(defaults).filter(([name]) => Object.hasOwn(core.table.columns, name)),
  );
}
