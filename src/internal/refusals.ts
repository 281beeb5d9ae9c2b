/**
 * The one table of what who is refused is told, by close code and by HTTP status. The code says whether the client may come
 * back, the reason says why; reasons are the same words as the `code` of an HTTP problem.
 */

import type { RefusalCode } from "../error_codes.ts";

/** The close code of a socket, and the status of an upgrade where refusals are sent as HTTP. */
export const REFUSALS: Readonly<Record<RefusalCode, readonly [code: number, status: number]>> = {
  not_authenticated: [4401, 401],
  session_ended: [4401, 401],
  session_expired: [4401, 401],
  token_invalid: [4401, 401],
  token_expired: [4401, 401],
  token_revoked: [4401, 401],
  ticket_invalid: [4401, 401],
  bad_authorization_header: [4401, 401],
  credentials_conflict: [4401, 401],
  password_changed: [4401, 401],
  user_inactive: [4401, 401],
  user_not_found: [4401, 401],
  origin_not_allowed: [4403, 403],
  permission_denied: [4403, 403],
  message_too_big: [1009, 413],
  authentication_timeout: [4408, 408],
  replaced: [4409, 409],
  too_many_connections: [4429, 429],
  server_restart: [1012, 503],
  try_again_later: [1013, 503],
  server_error: [1011, 500],
};
