/**
 * Every error that djauth throws on purpose: one base class, one stable `code` per condition, the HTTP
 * status that belongs to it. A caller's own mistake (a wrong argument) stays a `TypeError` or `RangeError`.
 */

/**
 * The stable, machine-readable code of a {@link DjauthError}. Where a socket closes for the same condition, its reason
 * is the same word.
 */
export type ErrorCode =
  | "improperly_configured"
  | "bad_signature"
  | "signature_expired"
  | "invalid_algorithm"
  | "unknown_algorithm"
  | "session_deleted"
  | "session_exists"
  | "user_exists"
  | "user_deleted"
  | "invalid_user"
  | "invalid_value"
  | "wrong_password"
  | NotAuthenticatedCode
  | "permission_denied"
  | "csrf_failed"
  | "origin_not_allowed"
  | "claim_invalid"
  | "user_mismatch"
  | "socket_closed"
  | "body_too_large"
  | "malformed_body"
  | "server_busy"
  | "database_unavailable"
  | "database_permission_denied"
  | "database_error"
  | "unique_violation"
  | "not_null_violation"
  | "keys_unavailable";

/** Why nobody is signed in: without credentials, or with credentials that are worth nothing any more. */
export type NotAuthenticatedCode =
  | "not_authenticated"
  | "session_ended"
  | "session_expired"
  | "token_invalid"
  | "token_expired"
  | "token_revoked"
  | "ticket_invalid"
  | "bad_authorization_header"
  | "credentials_conflict"
  | "password_changed"
  | "user_inactive"
  | "user_not_found";

/** Why credentials were refused. */
export type AuthenticationCode = "user_not_found" | "user_inactive" | "wrong_password";

/** What an error may be made with beside its message. */
export interface DjauthErrorOptions {
  /** What led to it; never a value that came from a stranger. */
  cause?: unknown;
}

/**
 * The base of all errors of djauth.
 *
 * @example Decide by the code
 * ```ts
 * import { DjauthError } from "@djauth/djauth";
 *
 * const error: unknown = new DjauthError("permission_denied", 403, "Not yours");
 * if (error instanceof DjauthError && error.code === "permission_denied") {
 *   console.log(error.status); // 403
 * }
 * ```
 */
export class DjauthError extends Error {
  /** The stable code of the condition. */
  readonly code: ErrorCode;
  /** The HTTP status that a response to this error has. */
  readonly status: number;

  /** Makes an error with its code and HTTP status. */
  constructor(code: ErrorCode, status: number, message: string, options?: DjauthErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.status = status;
  }
}

/** An option is missing, has the wrong type or cannot go with another. Mirrors Django's `ImproperlyConfigured`. */
export class ImproperlyConfigured extends DjauthError {
  /** Makes the error; the message names the option, quotes what was given and says what is expected. */
  constructor(message: string, options?: DjauthErrorOptions) {
    super("improperly_configured", 500, message, options);
  }
}

/** A signature does not match. Mirrors `django.core.signing.BadSignature`. */
export class BadSignature extends DjauthError {
  /** Makes the error; `code` is `signature_expired` in the subclass only. */
  constructor(
    message: string = "Signature does not match",
    code: "bad_signature" | "signature_expired" = "bad_signature",
  ) {
    super(code, 400, message);
  }
}

/** A signature is right but older than `maxAge`. Mirrors `django.core.signing.SignatureExpired`. */
export class SignatureExpired extends BadSignature {
  /** Makes the error. */
  constructor(message: string = "Signature is older than maxAge") {
    super(message, "signature_expired");
  }
}

/**
 * A session could not be saved: its row was deleted meanwhile (`session_deleted`, Django's `UpdateError`), or a
 * row with its key is there already (`session_exists`, Django's `CreateError`).
 */
export class SessionError extends DjauthError {
  /** Makes the error. */
  constructor(code: "session_deleted" | "session_exists", message: string) {
    // A request whose session was ended is told so with 400, as by Django's SessionInterrupted.
    super(code, code === "session_deleted" ? 400 : 409, message);
  }
}

/**
 * Credentials were refused. `code` says why, for logs and for your own decisions; what is sent to a client is the
 * same for all three, so that no client can find out which usernames exist.
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
  /** Makes the error. */
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

/** Nobody is signed in, where a user is needed. */
export class NotAuthenticated extends DjauthError {
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

/** The user is known and may not. Mirrors `django.core.exceptions.PermissionDenied`. */
export class PermissionDenied extends DjauthError {
  /** Makes the error; the subclass for CSRF has a code of its own. */
  constructor(
    message: string = "You do not have permission to perform this action",
    code: "permission_denied" | "csrf_failed" = "permission_denied",
  ) {
    super(code, 403, message);
  }
}

/** A request failed Django's CSRF rules; the message is Django's own reason. */
export class CsrfError extends PermissionDenied {
  /** Makes the error with Django's reason, such as `CSRF cookie not set.` */
  constructor(reason: string) {
    super(reason, "csrf_failed");
  }
}

/**
 * A user with this username (or another unique value) is there already.
 *
 * @example
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
  /** Makes the error. */
  constructor(message: string = "A user with that username already exists", options?: DjauthErrorOptions) {
    super("user_exists", 409, message, options);
  }
}

/** A new user cannot be made of these values: a username is missing, or a value is longer than its column. */
export class InvalidUser extends DjauthError {
  /** Makes the error; the message names the field and never quotes a value. */
  constructor(message: string, options?: DjauthErrorOptions) {
    super("invalid_user", 400, message, options);
  }
}

/** What a {@link DatabaseError} may be made with beside its message and code. */
export interface DatabaseErrorOptions extends DjauthErrorOptions {
  /** The column whose rule was broken. */
  column?: string | undefined;
  /** What the server answered. */
  sqlState?: string | undefined;
}

/** The database did not do what it was asked. The subclass says that it could not be reached in time. */
export class DatabaseError extends DjauthError {
  /** The column that got no value, with `not_null_violation`, or that is declared with another type than it has. */
  readonly column: string | undefined;
  /** The SQLSTATE that the server answered, unless that means an outage. */
  readonly sqlState: string | undefined;

  /** Makes the error; `code` tells a broken rule of the schema from a missing right and from the rest. */
  constructor(
    message: string,
    code:
      | "database_error"
      | "database_unavailable"
      | "database_permission_denied"
      | "unique_violation"
      | "not_null_violation"
      | "invalid_value" = "database_error",
    options: DatabaseErrorOptions = {},
  ) {
    super(code, code === "database_unavailable" ? 503 : 500, message, options);
    this.column = options.column;
    this.sqlState = options.sqlState;
  }
}

/** The database is away or did not answer within the deadline: 503, never "nobody is signed in". */
export class DatabaseUnavailable extends DatabaseError {
  /** Makes the error. */
  constructor(message: string = "The database did not answer in time", options?: DjauthErrorOptions) {
    super(message, "database_unavailable", options);
  }
}

/** The public keys of tokens cannot be fetched: 503, never "the token is invalid". */
export class KeysUnavailable extends DjauthError {
  /** Makes the error. */
  constructor(message: string = "The keys of jwt.jwkUrl cannot be fetched", options?: DjauthErrorOptions) {
    super("keys_unavailable", 503, message, options);
  }
}
