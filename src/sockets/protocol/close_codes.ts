/**
 * The one table of what a refused or ended socket is told. The code says whether the client may come back, the
 * reason says why; reasons are the same words as the `code` of an HTTP problem.
 */

import type { RefusalCode } from "../../error_codes.ts";
import { isLongerInUtf8 } from "../../internal/bytes.ts";
import { quoted } from "../../internal/option_checks.ts";

/** How a socket is closed, and which HTTP status an upgrade gets instead where refusals are sent as HTTP. */
export interface SocketRefusal {
  /** The close code. */
  readonly code: number;
  /** The close reason, under 123 bytes. */
  readonly reason: RefusalCode;
  /** The HTTP status. */
  readonly status: number;
}

const CODES: Readonly<Record<RefusalCode, readonly [code: number, status: number]>> = {
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

/** The close code and HTTP status of a reason. */
export function refusal(reason: RefusalCode): SocketRefusal {
  const [code, status] = CODES[reason];
  return { code, reason, status };
}

/** RFC 6455 section 7.4.1: the connection ended without a close frame. */
export const ABNORMAL_CLOSURE = 1006;

/**
 * Whether an endpoint may send this code: the runtimes send any number, and a client that reads 1006 in a frame fails.
 */
export function isSendableCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return code >= 3000 && code <= 4999 || code >= 1000 && code <= 1014 && !NEVER_SENT.has(code);
}

/**
 * Refuses a code that no endpoint may send.
 *
 * @throws {RangeError} with the code and those that may be sent
 */
export function requireSendableCode(code: number): void {
  if (isSendableCode(code)) return;
  throw new RangeError(
    `The close code is ${quoted(code)}, expected 1000, 3000 to 4999, or a server's of RFC 6455`,
  );
}

/** RFC 6455 section 7.4.1: these tell a program what happened, and never stand in a frame. */
const NEVER_SENT: ReadonlySet<number> = new Set([1004, 1005, ABNORMAL_CLOSURE]);

/** A close reason may have this many bytes of UTF-8 (RFC 6455 section 5.5). */
const REASON_LIMIT = 123;

/**
 * Cuts a reason to what a close frame can hold, between characters. The runtimes differ: Bun cuts, Deno throws.
 */
export function fitReason(reason: string): string {
  if (!isLongerInUtf8(reason, REASON_LIMIT)) return reason;
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(REASON_LIMIT));
  return reason.slice(0, read);
}
