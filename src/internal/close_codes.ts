/**
 * The close code of each refusal: it tells a client whether to reconnect, and the reason beside it tells why. Reasons
 * are the same strings as the `code` of an HTTP problem, whose status is in `error_codes.ts`.
 */

import type { RefusalCode } from "../error_codes.ts";

/** The close codes of refused and closed sockets. */
export const CLOSE_CODES: Readonly<Record<RefusalCode, number>> = {
  not_authenticated: 4401,
  session_ended: 4401,
  session_expired: 4401,
  token_invalid: 4401,
  token_expired: 4401,
  token_revoked: 4401,
  ticket_invalid: 4401,
  bad_authorization_header: 4401,
  credentials_conflict: 4401,
  password_changed: 4401,
  user_inactive: 4401,
  user_not_found: 4401,
  origin_not_allowed: 4403,
  permission_denied: 4403,
  message_too_big: 1009,
  authentication_timeout: 4408,
  replaced: 4409,
  too_many_connections: 4429,
  server_restart: 1012,
  try_again_later: 1013,
  server_error: 1011,
};
