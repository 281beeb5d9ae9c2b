/** The close codes of refusals, and which codes and reasons a close frame can hold. */

import { HTTP_STATUS, type RefusalCode } from "../../error_codes.ts";
import { isLongerInUtf8 } from "../../internal/bytes.ts";
import { quoted } from "../../internal/option_checks.ts";
import { CLOSE_CODES } from "../../internal/close_codes.ts";

/** How a socket is closed, and the HTTP status of a refusal that is sent over HTTP instead. */
export interface SocketRefusal {
  /** The close code. */
  readonly code: number;
  /** The close reason, under 123 bytes. */
  readonly reason: RefusalCode;
  /** The HTTP status. */
  readonly status: number;
}

/** Returns the close code and HTTP status of a reason. */
export function refusal(reason: RefusalCode): SocketRefusal {
  return { code: CLOSE_CODES[reason], reason, status: HTTP_STATUS[reason] };
}

/** RFC 6455 section 7.4.1: the connection ended without a close frame. */
export const ABNORMAL_CLOSURE = 1006;

/**
 * Returns whether an endpoint may send this code: the runtimes send any number, but clients fail on 1006 in a frame.
 */
export function isSendableCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return code >= 3000 && code <= 4999 || code >= 1000 && code <= 1014 && !NEVER_SENT.has(code);
}

/**
 * Rejects a code that no endpoint may send.
 *
 * @throws {RangeError} with the code and those that may be sent
 */
export function requireSendableCode(code: number): void {
  if (isSendableCode(code)) return;
  throw new RangeError(
    `The close code is ${quoted(code)}, expected 1000, 3000 to 4999, or a server's of RFC 6455`,
  );
}

/** RFC 6455 section 7.4.1: reserved for reporting to the application, never sent in a frame. */
const NEVER_SENT: ReadonlySet<number> = new Set([1004, 1005, ABNORMAL_CLOSURE]);

/** UTF-8; the payload of a control frame is 125 bytes, less 2 for the code (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123;

/**
 * Cuts a reason between characters to fit a close frame. Of the runtimes, Bun cuts as well, but Deno throws.
 */
export function fitReason(reason: string): string {
  if (!isLongerInUtf8(reason, MAX_REASON_BYTES)) return reason;
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES));
  return reason.slice(0, read);
}
