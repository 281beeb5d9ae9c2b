/**
 * Every error that djauth throws on purpose: one base class, one stable `code` per condition, the HTTP
 * status that belongs to it. A caller's own mistake (a wrong argument) stays a `TypeError` or `RangeError`. The classes
 * declare their codes, so that a `switch` can be exhaustive; a field of their own would undo what the base has set.
 */

import type { DatabaseErrorCode, ErrorCode } from "./error_codes.ts";

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

/**
 * An option is missing, has the wrong type or cannot go with another. Mirrors Django's `ImproperlyConfigured`.
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

  /** Makes the error; the message names the option, quotes what was given and says what is expected. */
  constructor(message: string, options?: DjauthErrorOptions) {
    super("improperly_configured", 500, message, options);
  }
}

/**
 * A signature does not match. Mirrors `django.core.signing.BadSignature`.
 *
 * @example A forged text
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

  /** Makes the error, with a code of its own for the subclass; its status is 400. */
  constructor(
    message: string = "Signature does not match",
    code: "bad_signature" | "signature_expired" = "bad_signature",
  ) {
    super(code, 400, message);
  }
}

/**
 * A signature is right but older than `maxAge`. Mirrors `django.core.signing.SignatureExpired`.
 *
 * @example A text that was signed too long ago
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

  /** Makes the error; the message, which a client may get, never says what was signed. */
  constructor(message: string = "Signature is older than maxAge") {
    super(message, "signature_expired");
  }
}

/**
 * A session could not be saved: its row was deleted meanwhile (`session_deleted`, Django's `UpdateError`), or a
 * row with its key is there already (`session_exists`, Django's `CreateError`).
 *
 * @example A session that may have been ended meanwhile
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
  /** Whether the session is gone, or there already. */
  declare readonly code: "session_deleted" | "session_exists";

  /** Makes the error; its status is 400 for a session that was deleted, 409 for a key that is taken. */
  constructor(code: "session_deleted" | "session_exists", message: string) {
    // A request whose session was ended is told so with 400, as by Django's SessionInterrupted.
    super(code, code === "session_deleted" ? 400 : 409, message);
  }
}

/**
 * The user is known and may not. Mirrors `django.core.exceptions.PermissionDenied`.
 *
 * @example A right that hangs on more than the user
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

  /** Makes the error; the subclass for CSRF has a code of its own. */
  constructor(
    message: string = "You do not have permission to perform this action",
    code: "permission_denied" | "csrf_failed" = "permission_denied",
  ) {
    super(code, 403, message);
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

  /** Makes the error with Django's reason, such as `CSRF cookie not set.` */
  constructor(reason: string) {
    super(reason, "csrf_failed");
  }
}

/** What a {@link DatabaseError} may be made with beside its message and code. */
export interface DatabaseErrorOptions extends DjauthErrorOptions {
  /** The column whose rule was broken. */
  column?: string | undefined;
  /** What the server answered. */
  sqlState?: string | undefined;
}

/**
 * The database did not do what it was asked. The subclass says that it could not be reached in time.
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
  /** What the database did not do. */
  declare readonly code: DatabaseErrorCode;
  /** The column that got no value, with `not_null_violation`, or that is declared with another type than it has. */
  readonly column: string | undefined;
  /** The SQLSTATE that the server answered, unless that means an outage. */
  readonly sqlState: string | undefined;

  /** Makes the error; `code` tells a broken rule of the schema from a missing right and from the rest. */
  constructor(
    message: string,
    code: DatabaseErrorCode = "database_error",
    options: DatabaseErrorOptions = {},
  ) {
    super(code, code === "database_unavailable" ? 503 : 500, message, options);
    this.column = options.column;
    this.sqlState = options.sqlState;
  }
}

/**
 * The database is away or did not answer within the deadline: 503, never "nobody is signed in".
 *
 * @example A page that does without
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

  /** Makes the error; its status is 503 whatever the message says. */
  constructor(message: string = "The database did not answer in time", options?: DjauthErrorOptions) {
    super(message, "database_unavailable", options);
  }
}

/**
 * The public keys of tokens cannot be fetched: 503, never "the token is invalid".
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

  /** Makes the error; its status is 503 whatever the message says. */
  constructor(message: string = "The keys of jwt.jwkUrl cannot be fetched", options?: DjauthErrorOptions) {
    super("keys_unavailable", 503, message, options);
  }
}
