/** The errors of logins and accounts: who is refused, who is not signed in, and users that cannot be made. */

import type { AuthenticationCode, NotAuthenticatedCode } from "./error_codes.ts";
import { DjauthError, type DjauthErrorOptions } from "./errors.ts";

/**
 * Credentials were refused. `code` says why, for logs and for your own decisions; what is sent to a client is the
 * same for all logins, so that no client can find out which usernames exist. A wrong old password is told as it is.
 *
 * @example A login page that is shown again
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

  /** Makes the error; the message is for logs, but for that of a wrong old password, which the client gets. */
  constructor(code: AuthenticationCode, message: string) {
    super(code, 401, message);
  }
}

const NOT_AUTHENTICATED: Readonly<Record<NotAuthenticatedCode, string>> = {
  not_authenticated: "Authentication credentials were not provided",
  session_ended: "The session has ended",
  session_expired: "The session has expired",
  token_invalid: "The token is invalid",
  token_expired: "The token has expired",
  token_revoked: "The token has been revoked",
  ticket_invalid: "The ticket was used, is too old, or is none",
  bad_authorization_header: "The Authorization header must hold one token",
  credentials_conflict: "The request carries the logins of two different users",
  password_changed: "The password has been changed",
  user_inactive: "The user is inactive",
  user_not_found: "The user is not there any more",
};

/** What a 401 has beside its code where tokens are in use. */
export interface NotAuthenticatedOptions {
  /** The WWW-Authenticate header. */
  challenge?: string | undefined;
  /** The JSON body in the place of a problem; nothing of a token is in it. */
  body?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Nobody is signed in, where a user is needed.
 *
 * @example In the place of a handler's answer
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
  /** The WWW-Authenticate header of the response, where it is not that of sessions. */
  readonly challenge: string | undefined;
  /** simplejwt's own JSON body, where a token was refused. */
  readonly body: Readonly<Record<string, unknown>> | undefined;

  /** Makes the error with its reason, as `context.refusal()` has it. */
  constructor(
    code: NotAuthenticatedCode = "not_authenticated",
    message: string = NOT_AUTHENTICATED[code],
    { challenge, body }: NotAuthenticatedOptions = {},
  ) {
    super(code, 401, message);
    this.challenge = challenge;
    this.body = body;
  }
}

/**
 * A user with this username (or another unique value) is there already.
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
 */
export class UserExists extends DjauthError {
  /** The stable code of the condition. */
  declare readonly code: "user_exists";

  /** Makes the error; the message speaks of the username if none is given, and its status is 409. */
  constructor(message: string = "A user with that username already exists", options?: DjauthErrorOptions) {
    super("user_exists", 409, message, options);
  }
}

/**
 * A new user cannot be made of these values: a username is missing, or a value is longer than its column.
 *
 * @example What the visitor is told
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

  /** Makes the error; the message names the field and never quotes a value. */
  constructor(message: string, options?: DjauthErrorOptions) {
    super("invalid_user", 400, message, options);
  }
}
