/**
 * Passwords and accounts of a `DjangoAuth`. What they do is in `login/authenticate.ts` and `login/accounts.ts`; here is what
 * users read about them.
 */

import { requireTaken } from "../../internal/option_checks.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import { asTyped, createUser, type NewUser, replacePassword, requireHarmless } from "../login/accounts.ts";
import { authenticate, type Credentials } from "../login/authenticate.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import type { AuthCore } from "../core/core.ts";
import { type CsrfChoice, guardCsrf } from "../guards/csrf_guard.ts";
import { updateSessionAuthHash } from "../login/session_login.ts";

/** How an account is made for a visitor. */
export interface RegisterOptions<Row extends object = DjangoUserRow> extends CsrfChoice {
  /** Columns that a visitor may set beside username, e-mail address, password, `first_name` and `last_name`. */
  fields?: readonly (keyof Row & string)[];
}

/** What a `DjangoAuth` knows of passwords and accounts. */
export interface AuthAccounts<Row extends object = DjangoUserRow> {
  /**
   * The user with this username and password. Mirrors `django.contrib.auth.authenticate`; every refusal takes as long
   * as a right password. Where nobody has the name as it is given, it is read as Django's forms read what is typed: without white
   * space around it, and in NFKC.
   *
   * @throws {AuthenticationError} `user_not_found`, `wrong_password` or `user_inactive`; a client is told the same for all
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DjauthError} `server_busy` when too many passwords wait to be hashed
   * @throws {TypeError} for what is no object, and for credentials without the username field
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
   * Makes an account for a visitor out of username, e-mail address, password, `first_name` and `last_name`; the username
   * without white space around it, as Django's forms read it. Every other column has to be named in `fields`, so that a form
   * that is passed on whole cannot make an administrator.
   *
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields; `server_busy` when too many passwords
   * wait to be hashed
   * @throws {UserExists} `user_exists`
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {TypeError} for a column that is not named, a value of the wrong type, no password, a GET request, and where
   * neither Django's default (a UUID) nor the database makes a key: use {@link createUser} there
   * @throws {InvalidUser} `invalid_user` for a missing username, a value that cannot be stored, or a password that cannot be hashed
   * @throws {DatabaseError} `not_null_violation`, with the `column`, where one needs a value that was not given;
   * `database_permission_denied` where the role may not write users
   *
   * @example Registered, and logged in at once
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
   * Makes a user, with any columns. A UUID that is the key is made up if not given, as by Django's `default=uuid.uuid4`.
   * Mirrors `UserManager.create_user`.
   *
   * @throws {UserExists} `user_exists`
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `not_null_violation`, with the `column`, where one needs a value that was not given;
   * `database_permission_denied` where the role may not write users
   * @throws {TypeError} without a password, for values that fit no column, and without a key where the database makes none
   * @throws {DjauthError} `server_busy` when too many passwords wait to be hashed
   * @throws {InvalidUser} `invalid_user` for a missing username, a value that cannot be stored, or a password that cannot be hashed
   *
   * @example A member of the staff
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
   * The user with this primary key, whoever is signed in; `null` when there is none.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   *
   * @example The name of somebody else
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
   * Changes the password of the signed-in user. This session goes on under a new key; all others of the user end. An outage
   * meanwhile undoes all of it.
   *
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {AuthenticationError} `wrong_old_password`, which a client is told
   * @throws {NotAuthenticated} with the reason why nobody is signed in
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields; `server_busy` when too many passwords
   * wait to be hashed
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` where the role may not write users or sessions
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   * @throws {TypeError} for a GET request, an unknown option, and a new password that is no text
   * @throws {InvalidUser} `invalid_user` for a new password that cannot be hashed
   *
   * @example From Django's form
   * ```ts
   * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
   *
   * export async function change(auth: DjangoAuth, context: RequestContext): Promise<void> {
   *   const form = await context.formData();
   *   await auth.changePassword(context, {
   *     oldPassword: String(form.get("old_password")),
   *     newPassword: String(form.get("new_password")),
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
   * Keeps this session alive after `user.setPassword()` and `user.save()`, under a new key. A login that had ended before stays
   * so. Mirrors `django.contrib.auth.update_session_auth_hash`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` where the role may not write sessions
   * @throws {SessionError} `session_deleted` when the session was ended meanwhile
   *
   * @example A password that is set without the old one
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

/** The accounts of a site. */
export function createAccounts<Row extends object>(core: AuthCore<Row>): AuthAccounts<Row> {
  return {
    authenticate: (credentials) => authenticate(core, credentials, true),

    async register(context, user, options = {}) {
      requireTaken("register()", options, ["fields", "csrf"]);
      requireHarmless(core, user, options.fields);
      await guardCsrf(stateOf(context), "register", options);
      return await createUser(core, asTyped(core, user));
    },

    createUser: (user) => createUser(core, user),

    async findUser(id) {
      const record = await core.users.findById(id);
      return record === null ? null : core.userOf(record);
    },

    async changePassword(context, passwords, options = {}) {
      const state = stateOf(context);
      requireTaken("changePassword()", options, ["csrf"]);
      await guardCsrf(state, "changePassword", options);
      await replacePassword(state, passwords);
    },

    updateSessionAuthHash: (context, user) => updateSessionAuthHash(stateOf(context), user),
  };
}
