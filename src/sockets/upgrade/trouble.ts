/** The close reason of an error: errors are not refusals, and an outage must never look like a login that has ended. */

import type { AuthEvent, EventListener } from "../../auth/events/events.ts";
import type { RefusalCode } from "../../error_codes.ts";
import { isOutage } from "../../internal/outages.ts";
import { DjauthError, PermissionDenied, SessionError } from "../../errors.ts";
import { NotAuthenticated } from "../../account_errors.ts";

/** Where errors can occur. */
export type TroubleSource = Extract<AuthEvent, { type: "error" }>["where"];

/** Returns the reason for the client, and reports an error that is not a refusal. */
export function reasonOf(error: unknown, where: TroubleSource, emit: EventListener): RefusalCode {
  if (error instanceof NotAuthenticated) return error.code;
  if (error instanceof PermissionDenied) return "permission_denied";
  if (error instanceof SessionError && error.code === "session_deleted") return "session_ended";
  if (isOutage(error)) {
    emit({ type: "auth.unavailable", error });
    return "try_again_later";
  }
  // The socket has closed: any reason will do, since none can be sent.
  if (error instanceof DjauthError && error.code === "socket_closed") return "try_again_later";
  // Already reported as `auth.limited`.
  if (error instanceof DjauthError && error.code === "server_busy") return "try_again_later";
  emit({ type: "error", where, error });
  return "server_error";
}
