/** What a refused or ended socket is told, and which codes and reasons a close frame can hold. */

import type { RefusalCode } from "../../error_codes.ts";
import { isLongerInUtf8 } from "../../internal/bytes.ts";
import { quoted } from "../../internal/option_checks.ts";
import { REFUSALS } from "../../internal/refusals.ts";

/** How a socket is closed, and which HTTP status an upgrade gets instead where refusals are sent as HTTP. */
export interface SocketRefusal {
  /** The close code. */
  readonly code: number;
  /** The close reason, under 123 bytes. */
  readonly reason: RefusalCode;
  /** The HTTP status. */
  readonly status: number;
}

/** The close code and HTTP status of a reason. */
export function refusal(reason: RefusalCode): SocketRefusal {
  const [code, status] = REFUSALS[reason];
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
