/** Checks a username and password: `django.contrib.auth.authenticate` with its ModelBackend. */

import type { AuthenticationCode } from "../../error_codes.ts";
import { AuthenticationError } from "../../account_errors.ts";
import { isObject } from "../../internal/option_checks.ts";
import { ALLOW_ALL_USERS_BACKEND } from "../../internal/django_names.ts";
import { pythonStrip } from "../../internal/python/strip.ts";
import { normalizeUsername } from "../../users/normalize.ts";
import { parseLookupText } from "../../users/primary_key.ts";
import type { UserRecord } from "../../users/store.ts";
import type { User } from "../../users/user.ts";
import type { AuthCore } from "../core/core.ts";

/** A username, as `username` or under the name of the username field, and a password. */
export interface Credentials {
  /** The password. */
  readonly password: unknown;
  /** The username; or the username field of your table, such as `email`. */
  readonly [field: string]: unknown;
}

/**
 * Creates the error for refused credentials, and emits `auth.failed` for those who count attempts, whether or not it is
 * caught.
 */
export function refusedCredentials<Row extends object>(
  { emit }: Pick<AuthCore<Row>, "emit">,
  code: AuthenticationCode,
  message: string,
): AuthenticationError {
  emit({ type: "auth.failed", code });
  return new AuthenticationError(code, message);
}

/**
 * Returns the user with these credentials; every refusal takes as long as checking one password.
 *
 * @param isUserInput whether the name may be user input and is also looked up as normalized by Django's forms
 */
export async function authenticate<Row extends object>(
  core: AuthCore<Row>,
  credentials: Credentials,
  isUserInput: boolean = false,
): Promise<User<Row>> {
  const { usernameField } = core.table;
  // Not quoted: it may be a username, and people type their password into that field.
  if (!isObject(credentials)) {
    throw new TypeError(`The credentials are not an object, expected { ${usernameField}, password }`);
  }
  const { password } = credentials;
  // A missing key is a programming error; a field that the form lacks is present as `null`.
  if (!("username" in credentials) && !(usernameField in credentials)) {
    const given = Object.keys(credentials).join(", ");
    throw new TypeError(`authenticate() got { ${given} }, expected { ${usernameField}, password }`);
  }
  // A flood of logins must not become a flood of queries: the row would be looked up for nothing.
  core.passwords.requireRoom();
  const record = await findByName(core, credentials["username"] ?? credentials[usernameField], isUserInput);
  if (record === null || typeof password !== "string") {
    // Clients must not learn from the response time which usernames exist.
    await core.passwords.hardenRuntime(password);
    throw refusedCredentials(core, "user_not_found", "There is no user with this username");
  }
  const user = core.userOf(record);
  if (!await user.checkPassword(password)) {
    throw refusedCredentials(core, "wrong_password", "The password is wrong");
  }
  // Checked last: only someone with the password learns, from the code, that the account is inactive.
  if (!user.isActive && !core.backends.includes(ALLOW_ALL_USERS_BACKEND)) {
    throw refusedCredentials(core, "user_inactive", "The user is inactive");
  }
  return user;
}

/** Finds the user by the exact name, or else by the name as normalized by Django's forms: stripped and in NFKC. */
async function findByName<Row extends object>(
  core: AuthCore<Row>,
  given: unknown,
  isUserInput: boolean,
): Promise<UserRecord<Row> | null> {
  const username = parseLookupText(given);
  const record = username === null ? null : await core.users.findByUsername(username);
  if (record !== null || username === null || !isUserInput) return record;
  const read = parseLookupText(normalizeUsername(pythonStrip(username)));
  return read === null || read === username ? null : await core.users.findByUsername(read);
}
