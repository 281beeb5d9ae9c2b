/** The codes of errors and refusals, one for each condition. The errors are in `errors.ts` and `account_errors.ts`. */

/**
 * The stable, machine-readable code of a `DjauthError`. Where a socket closes for the same condition, its reason
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
  | "wrong_password"
  | "wrong_old_password"
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
  | DatabaseErrorCode
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

/** Why credentials were refused; `wrong_old_password` by a change of the password, the others by a login. */
export type AuthenticationCode = "user_not_found" | "user_inactive" | "wrong_password" | "wrong_old_password";

/** What a database did not do: it was away, a right was missing, a rule of the schema was broken, or something else. */
export type DatabaseErrorCode =
  | "database_unavailable"
  | "database_permission_denied"
  | "database_error"
  | "unique_violation"
  | "not_null_violation"
  | "invalid_value";

/** Why a request or a socket is not signed in, or was refused. The same words as close reasons and problem codes. */
export type RefusalCode =
  | NotAuthenticatedCode
  | "origin_not_allowed"
  | "permission_denied"
  | "message_too_big"
  | "too_many_connections"
  | "authentication_timeout"
  | "replaced"
  | "server_restart"
  | "try_again_later"
  | "server_error";

/** What a client is told when a limit on sockets or upgrades is reached. */
export type LimitCode = Extract<RefusalCode, "too_many_connections" | "replaced" | "try_again_later">;
