/**
 * Passwords and accounts of a `DjangoAuth`, as users see them. The implementation is in `login/authenticate.ts` and
 * `login/accounts.ts`.
 */

import { namesOf } from "../../internal/names_of.ts";
import { quoted, requireMethodOptions } from "../../internal/option_checks.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import {
  createUser,
  type NewUser,
  replacePassword,
  requireVisitorFields,
  withStrippedUsername,
} from "../login/accounts.ts";
import { authenticate, type Credentials } from "../login/authenticate.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import type { AuthCore } from "../core/core.ts";
import { type CsrfChoice, guardCsrf } from "../guards/csrf_guard.ts";
import { updateSessionAuthHash } from "../login/session_login.ts";

/** Options of `register()`. */
export interface RegisterOptions<Row extends object = DjangoUserRow> extends CsrfChoice {
  /** Columns that a visitor may set in addition to username, email address, password, `first_name` and `last_name`. */
  fields?: readonly (keyof Row & string)[];
}

/** The methods of a `DjangoAuth` for passwords and accounts. */
export interface AuthAccounts<Row extends object = DjangoUserRow> {
  /**
   * Returns the user with this username and password. Mirrors `django.contrib.auth.authenticate`; a refusal takes as
   * long as a correct password. If no user has the exact name, it is normalized as Django's forms do: surrounding
   * whitespace is stripped and NFKC applied.
   *
   * @throws {AuthenticationError} `user_not_found`, `wrong_password` or `user_inactive`; the client gets the same
   * answer for all three
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not read users
   * @throws {DjauthError} `server_busy` if too many passwords are waiting to be hashed
   * @throws {TypeError} for anything but an object, and for credentials without the username field
   *
   * @example Credentials from JSON
   * ```ts
   * import type { DjangoAuth, User } from "@djauth/djauth";
   *
   * export async function check(auth: DjangoAuth, request: Request): Promise<User> {
   *   const { username, password } = await request.json();
   *   return await auth.authenticate({ username, password });
   * }
   * ```
   */
  authenticate(credentials: Credentials): Promise<User<Row>>;

  /**
   * Creates an account for a visitor from username, email address, password, `first_name` and `last_name`; whitespace
   * around the username is stripped, as by Django's forms. Every other column must be listed in `fields`, so that
   * passing on a whole form cannot create an administrator.
   *
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {DjauthError} `method_not_allowed` for a safe method, unless `{ csrf: false }`; `body_too_large` for a form
   * beyond 2.5 MB or 1,000 fields; `server_busy` if too many passwords are waiting to be hashed
   * @throws {UserExists} `user_exists`, with the `constraint`, if the username or another unique value is taken
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {TypeError} for a column that is not listed, a missing password, and if neither Django's default (a UUID)
   * nor the database generates the primary key: use {@link createUser} then; also if the form was read without
   * `context.formData()`
   * @throws {KeysUnavailable} `keys_unavailable` if the request carries a token whose key must be fetched and cannot be
   * @throws {InvalidUser} `invalid_user` for a missing username, a value that does not fit its column, or a password that
   * is empty or cannot be hashed
   * @throws {DatabaseError} `not_null_violation`, with the `column`, if a column needs a value that was not given;
   * `database_permission_denied` if the role may not write users
   *
   * @example Register, and log in immediately
   * ```ts
   * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
   *
   * export async function signUp(auth: DjangoAuth, context: RequestContext): Promise<void> {
   *   const form = await context.formData();
   *   const user = await auth.register(context, {
   *     username: String(form.get("username") ?? ""),
   *     email: String(form.get("email") ?? ""),
   *     password: String(form.get("password") ?? ""),
   *   });
   *   await auth.login(context, user);
   * }
   * ```
   */
  register(
    context: RequestContext<Row>,
    user: NewUser<Row>,
    options?: RegisterOptions<Row>,
  ): Promise<User<Row>>;

  /**
   * Creates a user, with any columns. A UUID primary key is generated if not given, as by Django's
   * `default=uuid.uuid4`. Mirrors `UserManager.create_user`.
   *
   * @throws {UserExists} `user_exists`, with the `constraint`, if the username or another unique value is taken
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `not_null_violation`, with the `column`, if a column needs a value that was not given;
   * `database_permission_denied` if the role may not write users
   * @throws {TypeError} without a password, for values that do not fit their column, and without a primary key if the
   * database does not generate one
   * @throws {DjauthError} `server_busy` if too many passwords are waiting to be hashed
   * @throws {InvalidUser} `invalid_user` for a missing username, a value that cannot be stored, or a password that
   * cannot be hashed
   *
   * @example A staff member
   * ```ts
   * import type { DjangoAuth, User } from "@djauth/djauth";
   *
   * export async function hire(auth: DjangoAuth, username: string, password: string): Promise<User> {
   *   return await auth.createUser({ username, password, is_staff: true });
   * }
   * ```
   */
  createUser(user: NewUser<Row>): Promise<User<Row>>;

  /**
   * Returns the user with this primary key, regardless of who is signed in; `null` if there is none.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not read users
   * @throws {TypeError} for anything but a number, a bigint or a string
   *
   * @example Another user's name
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export async function nameOf(auth: DjangoAuth, id: number): Promise<string | null> {
   *   return (await auth.findUser(id))?.username ?? null;
   * }
   * ```
   */
  findUser(id: UserId): Promise<User<Row> | null>;

  /**
   * Returns the user with exactly this username (`usernameField`), regardless of who is signed in; `null` if there is
   * none. Unlike `authenticate()`, it does not normalize the name. Mirrors `BaseUserManager.get_by_natural_key`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not read users
   * @throws {TypeError} for anything but a string
   *
   * @example Whether a name is taken
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export async function isTaken(auth: DjangoAuth, username: string): Promise<boolean> {
   *   return await auth.findUserByNaturalKey(username) !== null;
   * }
   * ```
   */
  findUserByNaturalKey(username: string): Promise<User<Row> | null>;

  /**
   * Changes the password of the signed-in user. This session continues under a new key; all other sessions of the user
   * end. An outage midway undoes all of it.
   *
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {AuthenticationError} `wrong_old_password`, which the client is told
   * @throws {NotAuthenticated} with the reason, if nobody is signed in
   * @throws {SessionError} `session_deleted` if the session ended in the meantime
   * @throws {DjauthError} `method_not_allowed` for a safe method, unless `{ csrf: false }`; `body_too_large` for a form
   * beyond 2.5 MB or 1,000 fields; `server_busy` if too many passwords are waiting to be hashed
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not write users or sessions
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   * @throws {TypeError} for an unknown option, a new password that is not a string, and if the form was read without
   * `context.formData()`
   * @throws {InvalidUser} `invalid_user` for a new password that is empty or cannot be hashed
   *
   * @example From Django's form
   * ```ts
   * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
   *
   * export async function change(auth: DjangoAuth, context: RequestContext): Promise<void> {
   *   const form = await context.formData();
   *   await auth.changePassword(context, {
   *     oldPassword: String(form.get("old_password") ?? ""),
   *     newPassword: String(form.get("new_password") ?? ""),
   *   });
   * }
   * ```
   */
  changePassword(
    context: RequestContext<Row>,
    passwords: { readonly oldPassword: string; readonly newPassword: string },
    options?: CsrfChoice,
  ): Promise<void>;

  /**
   * Keeps this session alive after `user.setPassword()` and `user.save()`, under a new key. A login that had already
   * ended stays ended. Mirrors `django.contrib.auth.update_session_auth_hash`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not write sessions
   * @throws {SessionError} `session_deleted` if the session was deleted in the meantime
   *
   * @example Set a password without the old one
   * ```ts
   * import type { DjangoAuth, RequestContext, User } from "@djauth/djauth";
   *
   * export async function reset(auth: DjangoAuth, context: RequestContext, user: User, password: string) {
   *   await user.setPassword(password);
   *   await user.save();
   *   await auth.updateSessionAuthHash(context, user);
   * }
   * ```
   */
  updateSessionAuthHash(context: RequestContext<Row>, user: User<Row>): Promise<void>;
}

const REGISTER_OPTIONS = namesOf<RegisterOptions>({ fields: true, csrf: true });
const CSRF_OPTIONS = namesOf<CsrfChoice>({ csrf: true });

/** Creates the account methods of a site. */
export function createAccounts<Row extends object>(core: AuthCore<Row>): AuthAccounts<Row> {
  return {
    authenticate: (credentials) => authenticate(core, credentials, true),

    async register(context, user, options = {}) {
      requireMethodOptions("register()", options, REGISTER_OPTIONS);
      requireVisitorFields(core, user, options.fields);
      await guardCsrf(stateOf(context), "register", options);
      return await createUser(core, withStrippedUsername(core, user));
    },

    createUser: (user) => createUser(core, user),

    async findUser(id) {
      if (!["number", "bigint", "string"].includes(typeof id)) {
        throw new TypeError(
          `findUser() got ${
            quoted(id)
          }, expected a primary key: a number, a bigint or a string, such as user.pk`,
        );
      }
      const record = await core.users.findById(id);
      return record === null ? null : core.userOf(record);
    },

    async findUserByNaturalKey(username) {
      if (typeof username !== "string") {
        throw new TypeError(
          `findUserByNaturalKey() got ${quoted(username)}, expected the username as a string`,
        );
      }
      const record = await core.users.findByUsername(username);
      return record === null ? null : core.userOf(record);
    },

    async changePassword(context, passwords, options = {}) {
      const state = stateOf(context);
      requireMethodOptions("changePassword()", options, CSRF_OPTIONS);
      await guardCsrf(state, "changePassword", options);
      await replacePassword(state, passwords);
    },

    updateSessionAuthHash: async (context, user) => await updateSessionAuthHash(stateOf(context), user),
  };
}
