/** The end of a socket whose login has ended or was refused. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { AuthEvent } from "../../auth/events/events.ts";
import type { RefusalCode } from "../../error_codes.ts";
import type { UserId } from "../../users/user_table.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { LiveSocket } from "../registry/registry.ts";

/** Why a socket is revoked, and how that was noticed. */
export interface Revocation {
  readonly code: RefusalCode;
  readonly occasion: Extract<AuthEvent, { type: "auth.revoked" }>["occasion"];
  readonly userId: UserId;
  /** `timers.now()` when the check began. */
  readonly startedAt: number;
}

/** Closes the socket and reports that as `auth.revoked`. */
export function revoke<Row extends object>(
  { emit, timers }: Pick<AuthCore<Row>, "emit" | "timers">,
  live: LiveSocket<Row>,
  { code, occasion, userId, startedAt }: Revocation,
): void {
  const { id: socketId } = live.socket;
  live.end(refusal(code).code, code);
  emit({ type: "auth.revoked", code, occasion, userId, socketId, milliseconds: timers.now() - startedAt });
}
