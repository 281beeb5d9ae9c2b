/** The errors of logins and accounts: refused credentials, nobody signed in, and users that cannot be created. */

import type { AuthenticationCode, NotAuthenticatedCode } from "./error_codes.ts";
import { type DatabaseErrorOptions, DjauthError, type DjauthErrorOptions } from "./errors.ts";

/**
 * Credentials were refused. `code` is the reason, for logs and for your own decisions; the response to the client is
 * the same for all logins, so that no client can find out which usernames exist. Only a wrong old password is reported
 * as such.
 *
 * @example Show the login page again
 * ```ts
 * import { AuthenticationError, type DjangoAuth } from "@djauth/djauth";
 *
 * export async function tryLogin(auth: DjangoAuth, username: string, password: string): Promise<string> {
 *   try {
 *     return `Hello ${(await auth.authenticate({ username, password })).username}`;
 *   } catch (error) {
 *     if (error instanceof AuthenticationError) return "Wrong username or password";
 *     throw error;
 *   }
 * }
 * ```
 */
export class AuthenticationError extends DjauthError {
  /** Why the credentials were refused. */
  declare readonly code: AuthenticationCode;

  /** Creates the error; the message is for logs, except that of a wrong old password, which the client gets. */
  constructor(code: AuthenticationCode, message: string) {
    super(code, message);
  }
}

const NOT_AUTHENTICATED: Readonly<Record<NotAuthenticatedCode, string>> = {
  not_authenticated: "Authentication credentials were not provided",
  session_ended: "The session has ended",
  session_expired: "The session has expired",
  token_invalid: "The token is invalid",
  token_expired: "The token has expired",
  token_revoked: "The token has been revoked",
  ticket_invalid: "The ticket is invalid, has expired, or was already used",
  bad_authorization_header: "The Authorization header must hold one token",
  credentials_conflict: "The request carries the logins of two different users",
  password_changed: "The password has been changed",
  user_inactive: "The user is inactive",
  user_not_found: "The user no longer exists",
};

/** Further parts of a 401 if tokens are in use. */
export interface NotAuthenticatedOptions {
  /** The WWW-Authenticate header. */
  challenge?: string | undefined;
  /** The JSON body in place of a problem; it contains no part of a token. */
  body?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Nobody is signed in, but a user is required.
 *
 * @example Require a user in a handler
 * ```ts
 * import { NotAuthenticated, type RequestContext, type User } from "@djauth/djauth";
 *
 * export async function owner(context: RequestContext): Promise<User> {
 *   const user = await context.user();
 *   if (user === null) throw new NotAuthenticated(await context.refusal() ?? undefined);
 *   return user;
 * }
 * ```
 */
export class NotAuthenticated extends DjauthError {
  /** Why nobody is signed in. */
  declare readonly code: NotAuthenticatedCode;
  /** The WWW-Authenticate header of the response, if it differs from that of sessions. */
  readonly challenge: string | undefined;
  /** simplejwt's own JSON body, if a token was refused. */
  readonly body: Readonly<Record<string, unknown>> | undefined;

  /** Creates the error with its reason, as returned by `context.refusal()`. */
  constructor(
    code: NotAuthenticatedCode = "not_authenticated",
    message: string = NOT_AUTHENTICATED[code],
    { challenge, body }: NotAuthenticatedOptions = {},
  ) {
    super(code, message);
    this.challenge = challenge;
    this.body = body;
  }
}

/**
 * A user with this username (or another unique value) already exists: `constraint` tells which. The message, which the
 * client gets, mentions the username alone only if the constraint has the name that Django's migrations give that of
 * the username.
 *
 * @example A username that is taken
 * ```ts
 * import { type DjangoAuth, UserExists } from "@djauth/djauth";
 *
 * export async function isCreated(auth: DjangoAuth, username: string, password: string): Promise<boolean> {
 *   try {
 *     await auth.createUser({ username, password });
 *     return true;
 *   } catch (error) {
 *     if (error instanceof UserExists) return false;
 *     throw error;
 *   }
 * }
 * ```
 *
 * @example Which value is taken, in a table with a unique phone number
 * ```ts
 * import type { UserExists } from "@djauth/djauth";
 *
 * export function fieldOf(error: UserExists): string {
 *   return error.constraint === "members_member_phone_key" ? "phone" : "username";
 * }
 * ```
 */
export class UserExists extends DjauthError {
  /** The stable code of the condition. */
  declare readonly code: "user_exists";
  /** The name of the violated unique constraint or index, as in `\d` of psql, if the database told it. */
  readonly constraint: string | undefined;

  /** Creates the error; the default message mentions the username, and the status is 409. */
  constructor(
    message: string = "A user with that username already exists",
    options: Pick<DatabaseErrorOptions, "cause" | "constraint"> = {},
  ) {
    super("user_exists", message, options);
    this.constraint = options.constraint;
  }
}

/**
 * A user cannot be created or saved with these values: the username is missing, or a value is too long for its column
 * or cannot be stored.
 *
 * @example Show the visitor why
 * ```ts
 * import { type AuthAccounts, InvalidUser, type NewUser } from "@djauth/djauth";
 *
 * export async function create(auth: AuthAccounts, values: NewUser): Promise<string> {
 *   try {
 *     return `Hello ${(await auth.createUser(values)).username}`;
 *   } catch (error) {
 *     if (error instanceof InvalidUser) return error.message;
 *     throw error;
 *   }
 * }
 * ```
 */
export class InvalidUser extends DjauthError {
  /** The stable code of the condition. */
  declare readonly code: "invalid_user";

  /** Creates the error; the message names the field and never quotes a value. */
  constructor(message: string, options?: DjauthErrorOptions) {
    super("invalid_user", message, options);
  }
}
