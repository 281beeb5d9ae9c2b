/**
 * Every error that djauth throws on purpose: one base class and one stable `code` per condition, which decides the HTTP
 * status. A caller's own mistake (a wrong argument) stays a `TypeError` or `RangeError`. Subclasses `declare` their
 * codes, so that a `switch` can be exhaustive; a real field would overwrite what the base class has set.
 */

import { type DatabaseErrorCode, type ErrorCode, HTTP_STATUS } from "./error_codes.ts";

/** Options of an error besides its message. */
export interface DjauthErrorOptions {
  /** The underlying error; never a value that came from a client. */
  cause?: unknown;
}

/**
 * The base class of all djauth errors.
 *
 * @example Branch on the code
 * ```ts
 * import { DjauthError } from "@djauth/djauth";
 *
 * const error: unknown = new DjauthError("permission_denied", "Not yours");
 * if (error instanceof DjauthError && error.code === "permission_denied") {
 *   console.log(error.status); // 403
 * }
 * ```
 */
export class DjauthError extends Error {
  /** The stable code of the condition. */
  readonly code: ErrorCode;
  /** The HTTP status of a response to this error. */
  readonly status: number;

  /** Creates an error with its code, which decides its HTTP status. */
  constructor(code: ErrorCode, message: string, options?: DjauthErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    // JavaScript may pass a code of its own, whose response must not look like a success.
    this.status = HTTP_STATUS[code] ?? 500;
  }
}

/**
 * An option is missing, has the wrong type or contradicts another one. Mirrors Django's `ImproperlyConfigured`.
 *
 * @example A wrong option
 * ```ts
 * import { createPasswords, ImproperlyConfigured } from "@djauth/djauth";
 *
 * try {
 *   createPasswords({ concurrency: 0 });
 * } catch (error) {
 *   console.log(error instanceof ImproperlyConfigured && error.message);
 *   // passwords.concurrency is 0, expected a positive integer
 * }
 * ```
 */
export class ImproperlyConfigured extends DjauthError {
  /** The stable code of the condition. */
  declare readonly code: "improperly_configured";

  /** Creates the error; the message names the option, quotes its value and states what was expected. */
  constructor(message: string, options?: DjauthErrorOptions) {
    super("improperly_configured", message, options);
  }
}

/**
 * A signature does not match. Mirrors `django.core.signing.BadSignature`.
 *
 * @example A forged value
 * ```ts
 * import { BadSignature, Signer } from "@djauth/djauth";
 *
 * try {
 *   new Signer({ key: "the SECRET_KEY" }).unsign("ann:forged");
 * } catch (error) {
 *   console.log(error instanceof BadSignature && error.code); // bad_signature
 * }
 * ```
 */
export class BadSignature extends DjauthError {
  /** The stable code of the condition; `signature_expired` in the subclass only. */
  declare readonly code: "bad_signature" | "signature_expired";

  /** Creates the error; only the subclass passes a code. */
  constructor(
    message: string = "Signature does not match",
    code: "bad_signature" | "signature_expired" = "bad_signature",
  ) {
    super(code, message);
  }
}

/**
 * A signature is valid but older than `maxAge`. Mirrors `django.core.signing.SignatureExpired`.
 *
 * @example A value that was signed too long ago
 * ```ts
 * import { SignatureExpired, TimestampSigner } from "@djauth/djauth";
 *
 * const signer = new TimestampSigner({ key: "the SECRET_KEY" });
 * try {
 *   console.log(signer.unsign(signer.sign("ann"), { maxAge: 60 })); // ann
 * } catch (error) {
 *   if (error instanceof SignatureExpired) console.log("Ask for another link");
 * }
 * ```
 */
export class SignatureExpired extends BadSignature {
  /** The stable code of the condition. */
  declare readonly code: "signature_expired";

  /** Creates the error; the message may reach a client and never contains the signed value. */
  constructor(message: string = "Signature is older than maxAge") {
    super(message, "signature_expired");
  }
}

/**
 * A session could not be saved: its row was deleted in the meantime (`session_deleted`, Django's `UpdateError`), or a
 * row with its key already exists (`session_exists`, Django's `CreateError`).
 *
 * @example A session that may have ended in the meantime
 * ```ts
 * import { type Session, SessionError } from "@djauth/djauth";
 *
 * export async function isSaved(session: Session): Promise<boolean> {
 *   try {
 *     await session.save();
 *     return true;
 *   } catch (error) {
 *     if (error instanceof SessionError && error.code === "session_deleted") return false;
 *     throw error;
 *   }
 * }
 * ```
 */
export class SessionError extends DjauthError {
  /** Whether the session is gone or already exists. */
  declare readonly code: "session_deleted" | "session_exists";

  /** Creates the error: 400 for a deleted session, 409 for a key that is taken. */
  constructor(code: "session_deleted" | "session_exists", message: string) {
    super(code, message);
  }
}

/**
 * The user is known but not allowed to do this. Mirrors `django.core.exceptions.PermissionDenied`.
 *
 * @example A right that depends on more than the user
 * ```ts
 * import { PermissionDenied, type User } from "@djauth/djauth";
 *
 * export function requireOwner(user: User, ownerId: number): void {
 *   if (user.pk !== ownerId) throw new PermissionDenied("This is not yours");
 * }
 * ```
 */
export class PermissionDenied extends DjauthError {
  /** The stable code of the condition; `csrf_failed` in the subclass only. */
  declare readonly code: "permission_denied" | "csrf_failed";

  /** Creates the error; only the subclass for CSRF passes a code. */
  constructor(
    message: string = "You do not have permission to perform this action",
    code: "permission_denied" | "csrf_failed" = "permission_denied",
  ) {
    super(code, message);
  }
}

/**
 * A request failed Django's CSRF rules; the message is Django's own reason.
 *
 * @example Its status and its code
 * ```ts
 * import { CsrfError } from "@djauth/djauth";
 *
 * const error = new CsrfError("CSRF cookie not set.");
 * console.log(error.status, error.code); // 403 csrf_failed
 * ```
 */
export class CsrfError extends PermissionDenied {
  /** The stable code of the condition. */
  declare readonly code: "csrf_failed";

  /** Creates the error with Django's reason, such as `CSRF cookie not set.` */
  constructor(reason: string) {
    super(reason, "csrf_failed");
  }
}

/** Options of a {@link DatabaseError} besides its message and code. */
export interface DatabaseErrorOptions extends DjauthErrorOptions {
  /** The column whose rule was broken. */
  column?: string | undefined;
  /** The constraint that was violated: its name in the schema, never a value. */
  constraint?: string | undefined;
  /** The SQLSTATE that the server answered. */
  sqlState?: string | undefined;
}

/**
 * A query failed. The subclass {@link DatabaseUnavailable} means that the database could not be reached in time.
 *
 * @example A driver of your own
 * ```ts
 * import { DatabaseError } from "@djauth/djauth";
 *
 * export function translate(state: string): DatabaseError {
 *   const code = state === "23505" ? "unique_violation" : "database_error";
 *   return new DatabaseError(`The database answered SQLSTATE ${state}`, code, { sqlState: state });
 * }
 * ```
 */
export class DatabaseError extends DjauthError {
  /** What failed. */
  declare readonly code: DatabaseErrorCode;
  /** The column that got no value (`not_null_violation`), or whose type differs from the declared one. */
  readonly column: string | undefined;
  /** The name of the constraint or unique index that was violated, if the server told it. */
  readonly constraint: string | undefined;
  /** The SQLSTATE that the server answered, unless that means an outage. */
  readonly sqlState: string | undefined;

  /** Creates the error; `code` distinguishes a violated constraint, a missing privilege and everything else. */
  constructor(
    message: string,
    code: DatabaseErrorCode = "database_error",
    options: DatabaseErrorOptions = {},
  ) {
    super(code, message, options);
    this.column = options.column;
    this.constraint = options.constraint;
    this.sqlState = options.sqlState;
  }
}

/**
 * The database is unreachable or did not answer within the deadline: 503, never "nobody is signed in".
 *
 * @example A page that works without the database
 * ```ts
 * import { DatabaseUnavailable, type RequestContext } from "@djauth/djauth";
 *
 * export async function greeting(context: RequestContext): Promise<string> {
 *   try {
 *     return `Hello ${(await context.user())?.username ?? "stranger"}`;
 *   } catch (error) {
 *     if (error instanceof DatabaseUnavailable) return "Hello";
 *     throw error;
 *   }
 * }
 * ```
 */
export class DatabaseUnavailable extends DatabaseError {
  /** The stable code of the condition. */
  declare readonly code: "database_unavailable";

  /** Creates the error. */
  constructor(message: string = "The database did not answer in time", options?: DjauthErrorOptions) {
    super(message, "database_unavailable", options);
  }
}

/**
 * The public keys that verify tokens cannot be fetched: 503, never "the token is invalid".
 *
 * @example Its status
 * ```ts
 * import { KeysUnavailable } from "@djauth/djauth";
 *
 * console.log(new KeysUnavailable().status); // 503
 * ```
 */
export class KeysUnavailable extends DjauthError {
  /** The stable code of the condition. */
  declare readonly code: "keys_unavailable";

  /** Creates the error. */
  constructor(message: string = "The keys of jwt.jwkUrl cannot be fetched", options?: DjauthErrorOptions) {
    super("keys_unavailable", message, options);
  }
}
