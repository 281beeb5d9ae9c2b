/**
 * The codes of errors and refusals, one for each condition, and the HTTP status that belongs to each. The errors
 * themselves are in `errors.ts` and `account_errors.ts`; the close codes of sockets in `internal/close_codes.ts`.
 */

/**
 * The stable, machine-readable code of a `DjauthError`. A socket that closes for the same condition has the same word
 * as its close reason.
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
  | "method_not_allowed"
  | "origin_not_allowed"
  | "claim_invalid"
  | "user_mismatch"
  | "socket_closed"
  | "body_too_large"
  | "malformed_body"
  | "server_busy"
  | DatabaseErrorCode
  | "keys_unavailable";

/** Why nobody is signed in: no credentials came, or they are no longer valid. */
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

/** Why credentials were refused: `wrong_old_password` by a password change, the others by a login. */
export type AuthenticationCode = "user_not_found" | "user_inactive" | "wrong_password" | "wrong_old_password";

/** Why a query failed: the database was unreachable, a privilege was missing, a constraint was violated, or other. */
export type DatabaseErrorCode =
  | "database_unavailable"
  | "database_permission_denied"
  | "database_error"
  | "unique_violation"
  | "not_null_violation"
  | "invalid_value";

/** Why a request or a socket was refused. Close reasons and problem codes use the same words. */
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

/** The refusals for a reached limit on sockets or upgrades. */
export type LimitCode = Extract<RefusalCode, "too_many_connections" | "replaced" | "try_again_later">;

/** The HTTP status of a response to each error and each refusal. */
export const HTTP_STATUS: Readonly<Record<ErrorCode | RefusalCode, number>> = {
  improperly_configured: 500,
  bad_signature: 400,
  signature_expired: 400,
  invalid_algorithm: 500,
  unknown_algorithm: 500,
  // As Django answers a SessionInterrupted.
  session_deleted: 400,
  session_exists: 409,
  user_exists: 409,
  user_deleted: 404,
  invalid_user: 400,
  wrong_password: 401,
  wrong_old_password: 401,
  not_authenticated: 401,
  session_ended: 401,
  session_expired: 401,
  token_invalid: 401,
  token_expired: 401,
  token_revoked: 401,
  ticket_invalid: 401,
  bad_authorization_header: 401,
  credentials_conflict: 401,
  password_changed: 401,
  user_inactive: 401,
  user_not_found: 401,
  claim_invalid: 401,
  permission_denied: 403,
  csrf_failed: 403,
  origin_not_allowed: 403,
  method_not_allowed: 405,
  authentication_timeout: 408,
  replaced: 409,
  user_mismatch: 409,
  socket_closed: 409,
  body_too_large: 413,
  message_too_big: 413,
  malformed_body: 400,
  too_many_connections: 429,
  server_error: 500,
  database_permission_denied: 500,
  database_error: 500,
  unique_violation: 500,
  not_null_violation: 500,
  invalid_value: 500,
  database_unavailable: 503,
  keys_unavailable: 503,
  server_busy: 503,
  server_restart: 503,
  try_again_later: 503,
};
